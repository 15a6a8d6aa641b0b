"""Finds out whether g is a sum over samples: then its Hessian consists of one small block each.

Every value has an axis along which it is split into samples; an operation keeps the samples apart
as long as no entry of one meets an entry of another. What picks entries by known indices is
followed by moving the numbers of the samples the same way.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from scope.objective._curvature import (
    ENTRYWISE,
    RULES_KEPT_WHOLE,
    is_entrywise,
    keeps_sums,
)
from scope.objective._indexing import rearranged
from scope.objective._jax import jax_rule, open_jaxpr
from scope.objective._known import Known
from scope.objective._program import Atom, Equation, Program, Variable
from scope.typing import IndexArray

# Larger blocks are left to products with vectors.
_WIDEST = 32
_SUM = -1  # instead of an axis: a sum over samples
_REDUCTIONS = frozenset(
    {"reduce_sum", "reduce_max", "reduce_min", "reduce_prod", "reduce_and", "reduce_or", "argmax"}
)
_BY_INDEX = frozenset({"gather", "slice", "dynamic_slice", "rev", "split"})


def sample_blocks(program: Program, constants: Sequence[Any]) -> IndexArray | None:
    """Return (q, n) places in the input of the q entries of n samples; None if they interact."""
    for count in sorted(set(program.segments[0].shape), reverse=True):
        axes = [_axis_of_length(segment.shape, count) for segment in program.segments]
        if count < 2 or None in axes:
            continue
        table = _table(program, axes, count)
        if table.shape[0] <= _WIDEST and _Walk(program, constants, axes, count).is_sum():
            return table
    return None


def _axis_of_length(shape: tuple[int, ...], count: int) -> int | None:
    return shape.index(count) if count in shape else None


def _table(program: Program, axes: list[Any], count: int) -> IndexArray:
    parts = [
        np.moveaxis(np.arange(s.start, s.stop).reshape(s.shape), axis, 0).reshape(count, -1)
        for s, axis in zip(program.segments, axes, strict=True)
    ]
    return np.ascontiguousarray(np.concatenate(parts, axis=1).T)


class _Walk:
    """Follows the sample axis through the equations of a program."""

    def __init__(
        self, program: Program, constants: Sequence[Any], axes: list[Any], count: int
    ) -> None:
        self._program = program
        self._known = Known(constants)
        self._count = count
        self._axes: dict[int, int | None] = dict(enumerate(axes))

    def is_sum(self) -> bool:
        """Whether the result is a sum of functions of single samples."""
        for equation in self._program.equations:
            moving = [at for at, atom in enumerate(equation.inputs) if self._moves(atom)]
            if not moving:
                self._known.add(equation)
                continue
            axis = self._axis(equation, moving)
            if axis is None:
                return False  # whatever mixes samples is not taken apart again
            self._axes |= dict.fromkeys(equation.outputs, axis)
        result = self._program.result
        return isinstance(result, Variable) and self._axes.get(result.index) == _SUM

    def _moves(self, atom: Atom) -> bool:
        return isinstance(atom, Variable) and atom.index in self._axes

    def _axis(self, equation: Equation, moving: list[int]) -> int | None:
        axes = {self._axes[_variable(equation.inputs[at])] for at in moving}
        if len(axes) != 1:
            return self._of_two_axes(equation, moving)
        (axis,) = axes
        assert axis is not None
        if axis == _SUM:
            return _SUM if keeps_sums(equation, moving) else None
        name = equation.primitive.name
        if name in ENTRYWISE or is_entrywise(equation):
            return self._entrywise(equation, moving, axis)
        if name in RULES_KEPT_WHOLE:
            return self._own_rule(equation, moving, axis)
        rule = _RULES.get(name)
        found = rule(equation, moving, axis) if rule is not None else None
        if found is None and name in _BY_INDEX:
            found = self._by_index(equation, moving, axis)
        return found

    def _of_two_axes(self, equation: Equation, moving: list[int]) -> int | None:
        if equation.primitive.name != "dot_general" or len(moving) != 2:
            return None
        return _paired(equation, *(self._axes[_variable(atom)] for atom in equation.inputs))

    def _entrywise(self, equation: Equation, moving: list[int], axis: int) -> int | None:
        rank = len(equation.output_avals[0].shape)
        shapes = [equation.input_avals[at].shape for at in moving]
        aligned = all(len(shape) == rank and shape[axis] == self._count for shape in shapes)
        return axis if aligned else None

    def _own_rule(self, equation: Equation, moving: list[int], axis: int) -> int | None:
        """Follow the axis through functions that JAX itself gives a derivative: softmax."""
        if jax_rule(equation.params) is None or len(equation.inputs) != 1 or moving != [0]:
            return None
        shape = equation.input_avals[0].shape
        if equation.output_avals[0].shape != shape or len(equation.outputs) != 1:
            return None
        # A softmax along another axis keeps samples apart: all its sums are along that axis.
        names, summed = _reductions_of(equation.params)
        return axis if names and all(axis not in axes for axes in summed) else None

    def _by_index(self, equation: Equation, moving: list[int], axis: int) -> int | None:
        if moving != [0] or len(equation.outputs) != 1:
            return None
        shape = equation.input_avals[0].shape
        rest = [self._known.value(atom) for atom in equation.inputs[1:]]
        sizes = [1] * len(shape)
        sizes[axis] = self._count
        numbers = np.broadcast_to(np.arange(self._count).reshape(sizes), shape)
        moved = rearranged(equation, numbers, rest)
        for out in range(moved.ndim):
            if moved.shape[out] == self._count:
                aligned = np.moveaxis(moved, out, -1)
                if np.array_equal(aligned, np.broadcast_to(np.arange(self._count), aligned.shape)):
                    return out
        return None


def _variable(atom: Atom) -> int:
    assert isinstance(atom, Variable)
    return atom.index


def _reductions_of(params: dict[str, Any]) -> tuple[set[str], list[tuple[int, ...]]]:
    """Return the names and the axes of the reductions in a function; no names if others mix."""
    body, _ = open_jaxpr(params["call_jaxpr"])
    names: set[str] = set()
    axes: list[tuple[int, ...]] = []
    for equation in body.eqns:
        name = equation.primitive.name
        if name in _REDUCTIONS:
            axes.append(tuple(equation.params["axes"]))
        elif name not in ENTRYWISE | {"broadcast_in_dim", "stop_gradient"}:
            return set(), []
        names.add(name)
    return names, axes


def _reduced(equation: Equation, _moving: list[int], axis: int) -> int | None:
    axes: tuple[int, ...] = tuple(equation.params["axes"])
    if axis in axes:
        whole = equation.primitive.name == "reduce_sum" and equation.output_avals[0].shape == ()
        return _SUM if whole else None
    return axis - sum(a < axis for a in axes)


def _reshaped(equation: Equation, _moving: list[int], axis: int) -> int | None:
    before, after = equation.input_avals[0].shape, equation.output_avals[0].shape
    for out, length in enumerate(after):
        if length == before[axis] and math.prod(after[:out]) == math.prod(before[:axis]):
            return out
    return None


def _broadcast(equation: Equation, _moving: list[int], axis: int) -> int | None:
    out = int(equation.params["broadcast_dimensions"][axis])
    before, after = equation.input_avals[0].shape, equation.output_avals[0].shape
    return out if after[out] == before[axis] else None


def _transposed(equation: Equation, _moving: list[int], axis: int) -> int | None:
    return int(list(equation.params["permutation"]).index(axis))


def _concatenated(equation: Equation, _moving: list[int], axis: int) -> int | None:
    return axis if equation.params["dimension"] != axis else None


def _along_axis(equation: Equation, moving: list[int], axis: int) -> int | None:
    where = equation.params.get("axis", equation.params.get("dimension"))
    alone = moving == [0] and len(equation.inputs) == 1
    return axis if alone and where not in {None, axis} else None


def _dotted(equation: Equation, moving: list[int], axis: int) -> int | None:
    if len(moving) == 2:
        return _paired(equation, axis, axis)
    (at,) = moving
    contracted, batched = equation.params["dimension_numbers"]
    own, other = contracted[at], contracted[1 - at]
    if axis in own:
        return _SUM if math.prod(equation.output_avals[0].shape) == 1 else None
    if any(map(len, batched)):
        return None
    kept = [a for a in range(len(equation.input_avals[at].shape)) if a not in own]
    rest = len(equation.input_avals[1 - at].shape) - len(other)
    return kept.index(axis) + (rest if at == 1 else 0)


def _paired(equation: Equation, left: int | None, right: int | None) -> int | None:
    """Products of samples with themselves, place by place."""
    contracted, batched = equation.params["dimension_numbers"]
    if (left, right) in zip(*batched, strict=True):
        return int(list(batched[0]).index(left))
    same = (left, right) in zip(*contracted, strict=True)
    return _SUM if same and equation.output_avals[0].shape == () else None


_Rule = Callable[[Equation, list[int], int], int | None]
_RULES: dict[str, _Rule] = {
    **dict.fromkeys(_REDUCTIONS, _reduced),
    **dict.fromkeys(["reshape", "squeeze", "expand_dims"], _reshaped),
    **dict.fromkeys(["cumsum", "cumprod", "cummax", "cumlogsumexp", "sort"], _along_axis),
    "broadcast_in_dim": _broadcast,
    "transpose": _transposed,
    "concatenate": _concatenated,
    "dot_general": _dotted,
}
