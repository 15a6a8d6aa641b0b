"""What the results of a program's equations are to theta.

*Known* (no theta), a *view* (consecutive entries of theta), a *product* (blocks of known matrices
times views), *linear* (any other linear function of theta), or none of these.
"""

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from scope.objective._known import Known
from scope.objective._program import Atom, Equation, Variable

_LINEAR_IN_ALL = frozenset({"add", "sub", "neg", "concatenate", "add_any"})
_LINEAR_IN_FIRST = frozenset(
    {
        "broadcast_in_dim",
        "convert_element_type",
        "copy",
        "cumsum",
        "dynamic_slice",
        "expand_dims",
        "gather",
        "pad",
        "reduce_sum",
        "reduce_window_sum",
        "reshape",
        "rev",
        "slice",
        "split",
        "squeeze",
        "transpose",
    }
)
_BILINEAR = frozenset({"mul", "dot_general", "conv_general_dilated"})


@dataclass(frozen=True)
class View:
    """Consecutive entries of theta, in any shape."""

    first: int
    shape: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Block:
    """A known matrix times consecutive entries of theta."""

    matrix: Any  # (n, k) of float64 or float32
    first_column: int
    scale: float = 1.0

    @property
    def columns(self) -> slice:
        """The entries of theta that it multiplies."""
        return slice(self.first_column, self.first_column + self.matrix.shape[1])


@dataclass(frozen=True, eq=False)
class Product:
    """A sum of blocks, in any shape."""

    blocks: tuple[Block, ...]
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Spread:
    """A view repeated along new leading axes: one factor of ``X * theta`` before it is summed."""

    view: View


@dataclass(frozen=True, eq=False)
class Scaled:
    """A known matrix whose columns are multiplied with a view: ``X * theta`` itself."""

    matrix: Atom
    view: View


class Linear:
    """Any other linear function of theta."""


def _repeated(entry: View, shape: tuple[int, ...]) -> Product:
    """Return a column of ones times one entry of theta: an intercept."""
    return Product((Block(np.ones((math.prod(shape), 1)), entry.first),), shape)


class Kinds:
    """Sorts the equations of a program, one after the other."""

    def __init__(self, known: Known, dimension: int) -> None:
        self._known = known
        self._kinds: dict[int, Any] = {0: View(0, (dimension,))}

    def __getitem__(self, variable: int) -> Any:
        return self._kinds[variable]

    def __contains__(self, variable: int) -> bool:
        return variable in self._kinds

    def add(self, equation: Equation) -> None:
        """Sort the results of the next equation."""
        moving = [atom for atom in equation.inputs if atom not in self._known]
        if not moving:
            self._known.add(equation)
            return
        kind = self._kind(equation, moving)
        for output in equation.outputs:
            self._kinds[output] = kind

    def _kind(self, equation: Equation, moving: list[Atom]) -> Any:
        kinds = [self._kinds[atom.index] for atom in moving if isinstance(atom, Variable)]
        if any(kind is None for kind in kinds):
            return None
        rule = _RULES.get(equation.primitive.name)
        found = rule(self, equation, kinds) if rule is not None else None
        return found if found is not None else self._generic_kind(equation, moving)

    def _generic_kind(self, equation: Equation, moving: list[Atom]) -> Any:
        name = equation.primitive.name
        linear = (
            (name in _LINEAR_IN_ALL and len(moving) == len(equation.inputs))
            or (name in _LINEAR_IN_FIRST and moving == [equation.inputs[0]])
            or (name in _BILINEAR and len(moving) == 1)
            or (name == "div" and moving == [equation.inputs[0]])
        )
        floating = all(np.issubdtype(aval.dtype, np.float64) for aval in equation.output_avals)
        return Linear() if linear and floating else None

    def _reshaped(self, equation: Equation, kinds: list[Any]) -> Any:
        """Reshape and its relatives keep the order of the entries."""
        (kind,) = kinds
        shape = equation.output_avals[0].shape
        if isinstance(kind, View):
            return View(kind.first, shape)
        return Product(kind.blocks, shape) if isinstance(kind, Product) else None

    def _sliced(self, equation: Equation, kinds: list[Any]) -> Any:
        (kind,) = kinds
        steps = equation.params["strides"]
        if not isinstance(kind, View) or len(kind.shape) != 1 or (steps and steps != (1,)):
            return None
        return View(
            kind.first + equation.params["start_indices"][0], equation.output_avals[0].shape
        )

    def _broadcast(self, equation: Equation, kinds: list[Any]) -> Any:
        (kind,) = kinds
        shape = equation.output_avals[0].shape
        if not isinstance(kind, View):
            return None
        if math.prod(shape) == math.prod(kind.shape):
            return View(kind.first, shape)
        if math.prod(kind.shape) == 1:
            return _repeated(kind, shape)
        last = len(shape) - 1
        along_last = equation.params["broadcast_dimensions"][-1:] == (last,)
        entries = kind.shape[-1] == math.prod(kind.shape) == shape[last]
        return Spread(kind) if along_last and entries else None

    def _dot(self, equation: Equation, kinds: list[Any]) -> Any:
        if len(kinds) != 1 or not isinstance(kinds[0], View) or len(kinds[0].shape) != 1:
            return None
        (left, right), (left_batch, _) = equation.params["dimension_numbers"]
        if left_batch:
            return None
        first_known = equation.inputs[0] in self._known
        matrix, scale = self._known.matrix(equation.inputs[0 if first_known else 1])
        contracted = left if first_known else right
        if len(contracted) != 1:
            return None
        return self._product(np.moveaxis(matrix, contracted[0], -1), scale, kinds[0], equation)

    @staticmethod
    def _product(columns: Any, scale: float, view: View, equation: Equation) -> Any:
        shape = equation.output_avals[0].shape
        if equation.output_avals[0].dtype != np.float64:
            return None
        flat = columns.reshape(math.prod(shape), columns.shape[-1])
        return Product((Block(flat, view.first, scale),), shape)

    def _scaled(self, equation: Equation, kinds: list[Any]) -> Any:
        """``X * theta``, to be summed over its last axis."""
        if len(kinds) != 1 or not isinstance(kinds[0], Spread):
            return None
        known = equation.inputs[0 if equation.inputs[0] in self._known else 1]
        return Scaled(known, kinds[0].view)

    def _summed(self, equation: Equation, kinds: list[Any]) -> Any:
        (kind,) = kinds
        rank = len(equation.input_avals[0].shape)
        if isinstance(kind, View) and len(equation.params["axes"]) == rank:
            return Product((Block(np.ones((1, math.prod(kind.shape))), kind.first),), ())
        if not isinstance(kind, Scaled) or tuple(equation.params["axes"]) != (rank - 1,):
            return None
        matrix, scale = self._known.matrix(kind.matrix)
        if matrix.shape != equation.input_avals[0].shape:
            return None
        return self._product(matrix, scale, kind.view, equation)

    def _added(self, equation: Equation, kinds: list[Any]) -> Any:
        """Products of different parts of theta: ``theta[0] + X @ theta[1:]``."""
        if len(kinds) != 2:
            return None
        shape = equation.output_avals[0].shape
        sign = -1.0 if equation.primitive.name == "sub" else 1.0
        left = self._as_product(kinds[0], shape)
        right = self._as_product(kinds[1], shape)
        if left is None or right is None:
            return None
        for a, b in itertools.product(left.blocks, right.blocks):
            if a.columns.start < b.columns.stop and b.columns.start < a.columns.stop:
                return None
        signed = (replace(block, scale=sign * block.scale) for block in right.blocks)
        return Product((*left.blocks, *signed), shape)

    @staticmethod
    def _as_product(kind: Any, shape: tuple[int, ...]) -> Product | None:
        if isinstance(kind, View) and math.prod(kind.shape) == 1:
            return _repeated(kind, shape)
        if isinstance(kind, Product) and kind.shape == shape:
            return kind
        return None


_RULES: dict[str, Callable[[Kinds, Equation, list[Any]], Any]] = {
    "reshape": Kinds._reshaped,
    "squeeze": Kinds._reshaped,
    "expand_dims": Kinds._reshaped,
    "slice": Kinds._sliced,
    "broadcast_in_dim": Kinds._broadcast,
    "dot_general": Kinds._dot,
    "mul": Kinds._scaled,
    "reduce_sum": Kinds._summed,
    "add": Kinds._added,
    "sub": Kinds._added,
}
