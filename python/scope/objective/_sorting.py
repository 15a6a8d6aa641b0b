"""Sorts the equations of a program: what each result is to theta."""

import itertools
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from scope.objective import _arrangements, _contractions
from scope.objective._kinds import (
    Block,
    Entries,
    Factored,
    Form,
    Image,
    Linear,
    Offset,
    Paired,
    Product,
    Scaled,
    Spread,
    as_product,
    repeated,
)
from scope.objective._known import Known
from scope.objective._operators import PrefixSums, selection
from scope.objective._program import Atom, Equation, Variable

_LINEAR_IN_ALL = frozenset({"add", "sub", "neg", "concatenate", "add_any"})
_LINEAR_IN_FIRST = frozenset(
    """
    broadcast_in_dim convert_element_type copy cumsum expand_dims reduce_sum reduce_window_sum
    reshape rev slice split squeeze transpose
    """.split()  # noqa: SIM905  # a list of many quotes reads worse
)
_BILINEAR = frozenset({"mul", "dot_general", "conv_general_dilated"})
# What a scalar factor moves past, if everything else that goes in is known.
_HOMOGENEOUS = _arrangements.PRIMITIVES | {
    "bcoo_dot_general",
    "cumsum",
    "div",
    "dot_general",
    "mul",
    "neg",
    "reduce_sum",
}


class Kinds:
    """The kinds of a program's variables; equations are sorted one after the other."""

    def __init__(self, known: Known, dimension: int, images: bool) -> None:
        self._known = known
        self._images = images
        self._kinds: dict[int, Any] = {0: Entries(np.arange(dimension))}
        self._scalars: dict[int, Atom] = {}  # what a repeated number was before

    def __getitem__(self, variable: int) -> Any:
        return self._kinds[variable]

    def get(self, variable: int) -> Any:
        """Return the kind of a variable; None for what is known or of no kind."""
        return self._kinds.get(variable)

    def add(self, equation: Equation) -> None:
        """Sort the results of the next equation."""
        moving = [atom for atom in equation.inputs if atom not in self._known]
        if not moving:
            self._known.add(equation)
            return
        self._note_scalar(equation)
        if equation.primitive.name == "split":
            kinds = _arrangements.split(equation, self.of(moving[0]))
        else:
            kinds = [self._kind(equation, moving)] * len(equation.outputs)
        for output, kind in zip(equation.outputs, kinds, strict=True):
            self._kinds[output] = kind

    def of(self, atom: Atom) -> Any:
        """Return the kind of an atom that depends on theta."""
        assert isinstance(atom, Variable)
        return self._kinds[atom.index]

    def _note_scalar(self, equation: Equation) -> None:
        source, name = equation.inputs[0], equation.primitive.name
        if name == "broadcast_in_dim" and equation.input_avals[0].shape == ():
            self._scalars[equation.outputs[0]] = source

    def _kind(self, equation: Equation, moving: list[Atom]) -> Any:
        if any(aval.dtype != np.float64 for aval in equation.output_avals):
            return None
        kinds = [self.of(atom) for atom in moving]
        factored = self._factored(equation, kinds)
        if factored is not None:
            return factored
        if any(kind is None or isinstance(kind, Factored) for kind in kinds):
            return None
        found = self._by_rule(equation, kinds)
        return found if found is not None else self._generic_kind(equation, moving)

    def _by_rule(self, equation: Equation, kinds: list[Any]) -> Any:
        name = equation.primitive.name
        if name in _arrangements.PRIMITIVES:
            return _arrangements.arranged(equation, kinds, self._known)
        rule = _RULES.get(name)
        return rule(self, equation, kinds) if rule is not None else None

    def _generic_kind(self, equation: Equation, moving: list[Atom]) -> Any:
        name = equation.primitive.name
        linear = (
            (name in _LINEAR_IN_ALL and len(moving) == len(equation.inputs))
            or (name in _LINEAR_IN_FIRST and moving == [equation.inputs[0]])
            or (name in _BILINEAR and len(moving) == 1)
            or (name == "div" and moving == [equation.inputs[0]])
            or (name == "pad" and moving == [equation.inputs[0]] and self._pads_zeros(equation))
        )
        kinds = [self.of(atom) for atom in moving]
        return Linear() if linear and all(map(_is_linear, kinds)) else None

    def _pads_zeros(self, equation: Equation) -> bool:
        return not np.any(self._known.value(equation.inputs[1]))

    # --- scalar factors --------------------------------------------------------------------

    def _factored(self, equation: Equation, kinds: list[Any]) -> Factored | None:
        """``theta / sum(theta)``, and linear functions of it."""
        name = equation.primitive.name
        if len(kinds) == 1 and isinstance(kinds[0], Factored):
            if name not in _HOMOGENEOUS:
                return None
            base = self._by_rule(equation, [kinds[0].base])
            linearlike = isinstance(base, (Entries, Product, Spread, Scaled))
            return Factored(base, kinds[0].factors) if linearlike else None
        if name not in {"mul", "div"} or len(kinds) != 2:
            return None
        for kind, at in ((kinds[0], 1), (kinds[1], 0)):
            scalar = self._scalar(equation, at) if name == "mul" or at == 1 else None
            base, before = (kind.base, kind.factors) if isinstance(kind, Factored) else (kind, ())
            if scalar is not None and isinstance(base, Entries) and base.size > 1:
                return Factored(base, (*before, (name, scalar)))
        return None

    def _scalar(self, equation: Equation, at: int) -> Atom | None:
        """Return the number that an input is or repeats."""
        atom = equation.inputs[at]
        if equation.input_avals[at].shape == ():
            return atom
        return self._scalars.get(atom.index) if isinstance(atom, Variable) else None

    # --- sums ------------------------------------------------------------------------------

    def _added(self, equation: Equation, kinds: list[Any]) -> Any:
        """Read sums, and products of different parts of theta: ``theta[0] + X @ theta[1:]``."""
        shape = equation.output_avals[0].shape
        signs = (1.0, -1.0 if equation.primitive.name == "sub" else 1.0)
        if len(kinds) == 1:
            return self._shifted(equation, kinds[0], signs)
        if not all(isinstance(kind, (Entries, Product)) for kind in kinds):
            return None
        if all(isinstance(kind, Entries) and kind.size > 1 for kind in kinds):
            return _combined(kinds, signs, shape)
        terms = [_as_product(kind, shape) for kind in kinds]
        scaled = [t.scaled(sign) for t, sign in zip(terms, signs, strict=True) if t is not None]
        if len(scaled) != 2:
            return None
        left, right = scaled
        for a, b in itertools.product(left.blocks, right.blocks):
            if a.span[0] < b.span[1] and b.span[0] < a.span[1]:
                return None
        return Product((*left.blocks, *right.blocks), shape, (*left.offsets, *right.offsets))

    def _shifted(self, equation: Equation, kind: Any, signs: tuple[float, float]) -> Any:
        """Something linear plus known numbers."""
        shape = equation.output_avals[0].shape
        at = 0 if equation.inputs[0] in self._known else 1
        offset = self._offset(equation.inputs[at], signs[at], shape)
        if isinstance(kind, Entries) and kind.size == 1 != math.prod(shape):
            kind = repeated(kind, shape)
        if not isinstance(kind, (Entries, Product)) or kind.shape != shape:
            return None
        if isinstance(kind, Entries):
            moved = kind.times(signs[1 - at])
            return replace(moved, offsets=(*moved.offsets, offset))
        moved_product = kind.scaled(signs[1 - at])
        # A column of ones is made here, so it is not derived from a product of the program.
        derived = self.of(equation.inputs[1 - at]) is kind
        return replace(moved_product, offsets=(*moved_product.offsets, offset), derived=derived)

    def _offset(self, atom: Atom, sign: float, shape: tuple[int, ...]) -> Offset:
        return lambda: (
            sign * np.broadcast_to(np.asarray(self._known.value(atom), np.float64), shape).ravel()
        )

    def _negated(self, _equation: Equation, kinds: list[Any]) -> Any:
        (kind,) = kinds
        if isinstance(kind, Entries):
            return kind.times(-1.0)
        return kind.scaled(-1.0) if isinstance(kind, Product) else None

    # --- products --------------------------------------------------------------------------

    def _multiplied(self, equation: Equation, kinds: list[Any]) -> Any:
        if len(kinds) == 2:
            return _contractions.paired(kinds)
        (kind,) = kinds
        at = 0 if equation.inputs[0] in self._known else 1
        return self._weighted(equation, kind, at)

    def _divided(self, equation: Equation, kinds: list[Any]) -> Any:
        if len(kinds) == 2 or equation.inputs[1] not in self._known:
            return None
        return self._weighted(equation, kinds[0], at=1)

    def _weighted(self, equation: Equation, kind: Any, at: int) -> Any:
        """Something linear times known numbers, or divided by them."""
        shape = equation.output_avals[0].shape
        divides = equation.primitive.name == "div"
        known, known_shape = equation.inputs[at], equation.input_avals[at].shape
        if math.prod(known_shape) == 1 and getattr(kind, "shape", None) == shape:
            number = float(np.ravel(self._known.value(known))[0])
            if divides and number == 0.0:
                return None
            factor = 1.0 / number if divides else number
            if isinstance(kind, Entries):
                return kind.times(factor)
            return kind.scaled(factor) if isinstance(kind, Product) else None
        if isinstance(kind, Entries) and not divides:
            spread = _arrangements.spread(kind, shape)
            if spread is not None and known_shape == shape:
                return Scaled(known, spread.entries, spread.axis)
        return self._weighted_places(kind, known, known_shape, shape, divides)

    def _weighted_places(
        self,
        kind: Any,
        known: Atom,
        known_shape: tuple[int, ...],
        shape: tuple[int, ...],
        divides: bool,
    ) -> Any:
        if isinstance(kind, Spread):
            same = known_shape == shape and not divides
            return Scaled(known, kind.entries, kind.axis) if same else None
        if isinstance(kind, Entries) and kind.size == 1:
            kind = repeated(kind, shape)
        thin = isinstance(kind, Product) and all(len(b.columns) == 1 for b in kind.blocks)
        if not (thin or isinstance(kind, Entries)) or kind.shape != shape or known_shape != shape:
            return None
        weights = np.asarray(self._known.value(known), np.float64)
        if divides:
            weights = 1.0 / weights
        if isinstance(kind, Entries):
            return kind.times(weights) if np.all(np.isfinite(weights)) else None
        return _contractions.thin_product(kind, weights.ravel())

    def _contracted(self, equation: Equation, kinds: list[Any]) -> Any:
        if len(kinds) == 2:
            return _contractions.form(equation, kinds)
        return _contractions.contracted(equation, kinds[0], self._known)

    def _summed(self, equation: Equation, kinds: list[Any]) -> Any:
        return _contractions.summed(equation, kinds[0], self._known)

    def _cumulated(self, equation: Equation, kinds: list[Any]) -> Any:
        (kind,) = kinds
        if not isinstance(kind, Entries) or not kind.plain:
            return None
        axis, shape = equation.params["axis"], kind.shape
        operator = PrefixSums(
            math.prod(shape[:axis]),
            shape[axis],
            math.prod(shape[axis + 1 :]),
            equation.params["reverse"],
        )
        block = Block(operator, kind.indices.ravel(), float(kind.scale), kind.image)
        return Product((block,), shape)

    def _multiplied_sparse(self, equation: Equation, kinds: list[Any]) -> Any:
        return _contractions.contracted_sparse(equation, kinds, self._known)

    # --- images ----------------------------------------------------------------------------

    def _imaged(self, equation: Equation, kinds: list[Any]) -> Any:
        """``abs(theta)``, its square, and theta clipped."""
        kind = kinds[0]
        if not self._images or len(kinds) != 1 or not isinstance(kind, Entries):
            return None
        if kind.offsets or np.ndim(kind.scale) != 0 or kind.scale != 1.0:
            return None
        image = self._image(equation, kind.image or Image("clip"))
        return None if image is None else replace(kind, image=image)

    def _image(self, equation: Equation, before: Image) -> Image | None:
        name = equation.primitive.name
        if name in {"max", "min"}:
            atom = equation.inputs[0 if equation.inputs[0] in self._known else 1]
            bounds = np.unique(np.asarray(self._known.value(atom), np.float64))
            if before.name != "clip" or bounds.size != 1 or not np.isfinite(bounds[0]):
                return None
            (bound,) = bounds.tolist()
            lower = max(before.lower, bound) if name == "max" else min(before.lower, bound)
            upper = max(before.upper, bound) if name == "max" else min(before.upper, bound)
            return Image("clip", lower, upper)
        if before != Image("clip"):
            return None
        if name == "integer_pow" and equation.params["y"] != 2:
            return None
        return Image("absolute" if name == "abs" else "square")


def _is_linear(kind: Any) -> bool:
    """Whether something is linear in theta itself, with no known numbers beside."""
    if isinstance(kind, (Form, Paired)) or getattr(kind, "offsets", ()):
        return False
    parts: Any = getattr(kind, "blocks", None) or (getattr(kind, "entries", kind),)
    return all(getattr(part, "image", None) is None for part in parts)


def _as_product(kind: Entries | Product, shape: tuple[int, ...]) -> Product | None:
    if isinstance(kind, Entries):
        kind = repeated(kind, shape) if kind.size == 1 else as_product(kind)
    return kind if kind.shape == shape else None


def _combined(
    kinds: list[Entries], signs: tuple[float, float], shape: tuple[int, ...]
) -> Product | None:
    """Read sums and differences of entries: ``theta[1:] - theta[:-1]``."""
    left, right = (kind.times(sign) for kind, sign in zip(kinds, signs, strict=True))
    if left.shape != shape or right.shape != shape or left.image != right.image:
        return None
    rows = np.tile(np.arange(left.size), 2)
    entries = np.concatenate([left.indices.ravel(), right.indices.ravel()])
    columns, places = np.unique(entries, return_inverse=True)
    values = np.concatenate(
        [np.broadcast_to(kind.scale, kind.shape).ravel() for kind in (left, right)]
    )
    operator = selection(rows, places, values, (left.size, columns.size))
    block = Block(operator, columns, 1.0, left.image)
    return Product((block,), shape, (*left.offsets, *right.offsets))


_RULES: dict[str, Callable[[Kinds, Equation, list[Any]], Any]] = {
    "add": Kinds._added,
    "add_any": Kinds._added,
    "sub": Kinds._added,
    "neg": Kinds._negated,
    "mul": Kinds._multiplied,
    "div": Kinds._divided,
    "dot_general": Kinds._contracted,
    "reduce_sum": Kinds._summed,
    "cumsum": Kinds._cumulated,
    "bcoo_dot_general": Kinds._multiplied_sparse,
    "abs": Kinds._imaged,
    "square": Kinds._imaged,
    "integer_pow": Kinds._imaged,
    "max": Kinds._imaged,
    "min": Kinds._imaged,
}
