"""The terms that an objective is a sum of: quadratic forms, and separable terms of theta itself."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from scope.objective._curvature import has_diagonal_hessian
from scope.objective._cuts import Walk
from scope.objective._degree import degree
from scope.objective._kinds import Entries, Form, Product, as_product
from scope.objective._operators import Dense
from scope.objective._program import Atom, Equation, Program, Variable
from scope.objective._sorting import Kinds
from scope.typing import FloatArray

_KEEPS_VALUE = frozenset({"reshape", "squeeze", "expand_dims", "copy", "convert_element_type"})


@dataclass(frozen=True, eq=False)
class Penalty:
    """A sum of functions of single entries of theta."""

    program: Program
    constants: list[Any]
    leaves: frozenset[int]

    @property
    def is_quadratic(self) -> bool:
        """Whether it is a polynomial of degree two at most."""
        return degree(self.program) <= 2


@dataclass(frozen=True, eq=False)
class QuadraticTerms:
    """``constant + linear' theta + scale theta' Q theta``, and perhaps a penalty."""

    matrix: Any
    scale: float
    linear: FloatArray
    constant: float
    penalty: Penalty | None


@dataclass(frozen=True)
class _Term:
    atom: Atom
    factor: float


class Terms:
    """What a program's result is a sum of."""

    def __init__(self, walk: Walk, kinds: Kinds, dimension: int) -> None:
        self._walk = walk
        self._kinds = kinds
        self._dimension = dimension
        self._terms: list[_Term] = []
        self._constant = 0.0
        self._expand()

    def penalty(self) -> Penalty | None:
        """Return the separable terms beside others; None where there are none of either."""
        separable = [term for term in self._terms if self._is_of_entries(term)]
        if not separable or len(separable) == len(self._terms):
            return None
        return self._penalty_of(separable)

    def as_quadratic(self) -> QuadraticTerms | None:
        """Return the terms if they are a quadratic form with known matrix, else None."""
        forms = [t for t in self._terms if isinstance(self._kind(t), Form)]
        rows = [t for t in self._terms if isinstance(self._kind(t), Product)]
        rest = [t for t in self._terms if t not in forms and t not in rows]
        if len(forms) != 1 or not all(map(self._is_of_entries, rest)):
            return None
        form = self._kind(forms[0])
        if form.matrix.shape[0] != self._dimension or form.image is not None:
            return None
        linear, constant = np.zeros(self._dimension), self._constant
        for term in rows:
            product = self._kind(term)
            if any(b.image or not isinstance(b.operator, Dense) for b in product.blocks):
                return None
            for block in product.blocks:
                row = np.asarray(block.operator.matrix, np.float64)[0]
                np.add.at(linear, block.columns, term.factor * block.scale * row)
            constant += term.factor * sum(float(offset()[0]) for offset in product.offsets)
        penalty = self._penalty_of(rest) if rest else None
        if rest and (penalty is None or not penalty.is_quadratic):
            return None
        scale = forms[0].factor * form.scale
        return QuadraticTerms(form.matrix, scale, linear, constant, penalty)

    def _penalty_of(self, terms: list[_Term]) -> Penalty | None:
        theta = as_product(Entries(np.arange(self._dimension)))
        cuts = self._walk.collect(
            [term.atom for term in terms],
            lambda variable: (theta, ()) if variable == 0 else None,
            frozenset(),
        )
        program, constants = cuts.outer([(term.atom, term.factor) for term in terms])
        leaves = frozenset(t.atom.index for t in terms if isinstance(t.atom, Variable))
        found = Penalty(program, constants, leaves)
        return found if has_diagonal_hessian(program) else None

    def _kind(self, term: _Term) -> Any:
        return self._kinds.of(term.atom)

    def _is_of_entries(self, term: _Term) -> bool:
        """Whether a term is computed from entries of theta without any product of them."""
        pending = [term.atom]
        seen: set[int] = set()
        while pending:
            atom = pending.pop()
            if atom in self._walk.known or not isinstance(atom, Variable) or atom.index in seen:
                continue
            seen.add(atom.index)
            kind = self._kinds[atom.index]
            if isinstance(kind, Product) and kind.rows > 1:
                return False
            if not isinstance(kind, Entries):
                pending.extend(self._walk.equation_of[atom.index].inputs)
        return True

    def _expand(self) -> None:
        pending = [_Term(self._walk.program.result, 1.0)]
        while pending:
            term = pending.pop()
            if term.atom in self._walk.known:
                self._constant += term.factor * self._number(term.atom)
                continue
            assert isinstance(term.atom, Variable)
            equation = self._walk.equation_of.get(term.atom.index)
            parts = self._parts(term, equation) if equation is not None else None
            if parts is None:
                self._terms.append(term)
            else:
                pending.extend(parts)

    def _parts(self, term: _Term, equation: Equation) -> list[_Term] | None:
        """Return the terms that a term is a sum of; None where it is not one.

        What is used elsewhere too is not taken apart: it could not be taken out of g.
        """
        if any(math.prod(aval.shape) != 1 for aval in equation.input_avals):
            return None
        inner = [a for a in equation.inputs if a not in self._walk.known]
        if any(self._walk.consumers[a.index] != 1 for a in inner if isinstance(a, Variable)):
            return None
        name, inputs, factor = equation.primitive.name, equation.inputs, term.factor
        if name in {"add", "add_any", "sub"}:
            sign = -1.0 if name == "sub" else 1.0
            return [_Term(inputs[0], factor), _Term(inputs[1], sign * factor)]
        if name == "neg":
            return [_Term(inputs[0], -factor)]
        if name in _KEEPS_VALUE:
            return [_Term(inputs[0], factor)]
        if name == "mul" and len(inner) == 1:
            known = inputs[1] if inner[0] is inputs[0] else inputs[0]
            return [_Term(inner[0], factor * self._number(known))]
        if name == "div" and inner == [inputs[0]]:
            return [_Term(inputs[0], factor / self._number(inputs[1]))]
        return None

    def _number(self, atom: Atom) -> float:
        return float(np.ravel(self._walk.known.value(atom))[0])
