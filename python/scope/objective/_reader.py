"""Reads f(theta) = g(M theta) from a traced program.

One walk over the equations sorts their results by kind; one walk back from the result collects what
is left to g. What g consumes of products, views and linear functions of theta becomes M. Whatever
is not understood raises `Unread`: the objective is a black box then, never a wrong answer.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from scope.objective._kinds import Block, Kinds, Product, View
from scope.objective._known import Known
from scope.objective._program import Atom, Constant, Equation, Program, Segment, Variable

# Entries of theta that may enter g by themselves, each as a row of M.
_MOST_VIEW_ROWS = 64
# Most bytes that a matrix and what is computed on the way to it may take.
MEMORY_BUDGET = 256 * 2**20


class Unread(Exception):
    """Why a program is not read as a composite."""


@dataclass(frozen=True, eq=False)
class Reading:
    """A program as g(M theta): g with its constants, and M as the products that feed it."""

    outer: Program
    constants: list[Any]
    products: tuple[Product, ...]

    @property
    def rows(self) -> int:
        """Length of M theta."""
        return self.outer.segments[-1].stop

    @property
    def blocks(self) -> list[Block]:
        """The blocks of all products."""
        return [block for product in self.products for block in product.blocks]


def read(
    program: Program,
    constants: Sequence[Any],
    dimension: int,
    materialise: Callable[[Program], Any],
) -> Reading:
    """Split a program; `materialise` turns a linear one into its matrix.

    Raises Unread where the structure is not found or does not pay.
    """
    return _Reader(program, constants, dimension, materialise).read()


class _Reader:
    def __init__(
        self,
        program: Program,
        constants: Sequence[Any],
        dimension: int,
        materialise: Callable[[Program], Any],
    ) -> None:
        self._program = program
        self._dimension = dimension
        self._materialise = materialise
        self._known = Known(constants)
        self._kinds = Kinds(self._known, dimension)
        self._equation_of: dict[int, Equation] = {}
        self._position: dict[int, int] = {}
        self._cheap: set[int] = set()  # what g can compute from products, without theta itself

    def read(self) -> Reading:
        for position, equation in enumerate(self._program.equations):
            self._kinds.add(equation)
            for output in equation.outputs:
                self._equation_of[output] = equation
                self._position[output] = position
                if self._is_cheap(output):
                    self._cheap.add(output)
        if self._program.result in self._known:
            raise Unread("the objective does not depend on its parameters")
        needed, inner = self._collect()
        return self._build(needed, inner)

    # --- what g consumes -------------------------------------------------------------------

    def _collect(self) -> tuple[dict[int, Product], list[Equation]]:
        """Walk back from the result; stop at M."""
        products: dict[int, Product] = {}
        inner: dict[int, Equation] = {}
        pending = [self._program.result]
        seen: set[int] = set()
        while pending:
            atom = pending.pop()
            if atom in self._known or not isinstance(atom, Variable) or atom.index in seen:
                continue
            seen.add(atom.index)
            product = self._cut(atom.index)
            if product is not None:
                products[atom.index] = product
                continue
            equation = self._equation_of[atom.index]
            inner[self._position[atom.index]] = equation
            seen.update(equation.outputs)
            pending.extend(equation.inputs)
        return products, [inner[position] for position in sorted(inner)]

    def _cut(self, variable: int) -> Product | None:
        """Return the product that a variable is, None if its equation belongs to g."""
        kind = self._kinds[variable]
        if isinstance(kind, Product):
            return kind
        if isinstance(kind, View):
            size = math.prod(kind.shape)
            if size > _MOST_VIEW_ROWS:
                raise Unread("parameters enter the objective outside of linear maps")
            return Product((Block(np.eye(size), kind.first),), kind.shape)
        if kind is None or variable in self._cheap:
            return None
        return self._materialised(variable)

    def _is_cheap(self, variable: int) -> bool:
        """Whether a result is a product, or linear in such results only."""
        if variable in self._kinds and isinstance(self._kinds[variable], (Product, View)):
            return isinstance(self._kinds[variable], Product)
        return all(
            atom in self._known or (isinstance(atom, Variable) and atom.index in self._cheap)
            for atom in self._equation_of[variable].inputs
        )

    def _materialised(self, variable: int) -> Product:
        equations = self._equations_up_to(variable)
        sizes = [math.prod(a.shape) for e in equations for a in e.output_avals]
        if 8 * self._dimension * max(sizes) > MEMORY_BUDGET:
            raise Unread("a linear map of the parameters exceeds the memory budget")
        equation = self._equation_of[variable]
        shape = equation.output_avals[equation.outputs.index(variable)].shape
        linear = Program(
            self._program.segments,
            tuple(equations),
            Variable(variable),
            self._program.variable_count,
        )
        return Product((Block(self._materialise(linear), 0),), shape)

    def _equations_up_to(self, variable: int) -> list[Equation]:
        found: dict[int, Equation] = {}
        pending = [variable]
        while pending:
            index = pending.pop()
            if index not in self._equation_of or self._position[index] in found:
                continue
            equation = self._equation_of[index]
            found[self._position[index]] = equation
            pending.extend(a.index for a in equation.inputs if isinstance(a, Variable))
        return [found[position] for position in sorted(found)]

    # --- g as a program of its own ---------------------------------------------------------

    def _build(self, products: dict[int, Product], inner: list[Equation]) -> Reading:
        if not products:
            raise Unread("no linear map of the parameters was found")
        segments: list[Segment] = []
        numbers: dict[int, Variable] = {}
        start = 0
        for index in sorted(products):
            numbers[index] = Variable(len(segments))
            segments.append(Segment(start, products[index].shape))
            start = segments[-1].stop
        constants = _Constants(self._known)
        equations = []
        for equation in inner:
            outputs = tuple(len(numbers) + k for k in range(len(equation.outputs)))
            inputs = tuple(
                constants.atom(a) if a in self._known else numbers[a.index]  # type: ignore[union-attr]
                for a in equation.inputs
            )
            for old, new in zip(equation.outputs, outputs, strict=True):
                numbers[old] = Variable(new)
            equations.append(
                Equation(
                    equation.primitive,
                    equation.params,
                    inputs,
                    equation.input_avals,
                    outputs,
                    equation.output_avals,
                )
            )
        result = numbers[self._program.result.index]  # type: ignore[union-attr]
        outer = Program(tuple(segments), tuple(equations), result, len(numbers))
        return Reading(outer, constants.values, tuple(products[i] for i in sorted(products)))


class _Constants:
    """Constants of g: those of the program that it uses, and known results."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._atoms: dict[Atom, Atom] = {}
        self.values: list[Any] = []

    def atom(self, atom: Atom) -> Atom:
        if not isinstance(atom, (Constant, Variable)):
            return atom
        if atom not in self._atoms:
            self._atoms[atom] = Constant(len(self.values))
            self.values.append(self._known.value(atom))
        return self._atoms[atom]
