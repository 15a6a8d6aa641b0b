"""The primitives gather and scatter by NumPy: which entries of a flat array they mean.

The names are XLA's (https://openxla.org/xla/operation_semantics#gather). A place that is -1 is
outside of the array: there `filling` is read, and nothing is written.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from jax.lax import GatherScatterMode
from numpy.typing import NDArray

from scope.objective._curvature import MOVES, broadcast
from scope.objective._jax import bind
from scope.objective._program import Equation
from scope.typing import IndexArray

_OUTSIDE = -1


def gather(params: dict[str, Any], operand: NDArray[Any], indices: NDArray[Any]) -> NDArray[Any]:
    """Return the entries at indices."""
    places = gathered_places(params, operand.shape, indices)
    taken = operand.ravel()[places]
    outside = places == _OUTSIDE
    return np.where(outside, filling(params), taken) if np.any(outside) else taken


def scatter_add(
    params: dict[str, Any], operand: NDArray[Any], indices: NDArray[Any], updates: NDArray[Any]
) -> NDArray[Any]:
    """Add updates to the entries at indices."""
    places, inside = _written(params, operand, indices, updates)
    result = operand.ravel().copy()
    np.add.at(result, places[inside], updates[inside])
    return result.reshape(operand.shape)


def scatter(
    params: dict[str, Any], operand: NDArray[Any], indices: NDArray[Any], updates: NDArray[Any]
) -> NDArray[Any]:
    """Replace the entries at indices by updates; of several for one entry the last stays."""
    places, inside = _written(params, operand, indices, updates)
    result = operand.ravel().copy()
    result[places[inside]] = updates[inside]
    return result.reshape(operand.shape)


def _written(
    params: dict[str, Any], operand: NDArray[Any], indices: NDArray[Any], updates: NDArray[Any]
) -> tuple[IndexArray, NDArray[np.bool_]]:
    places = scattered_places(params, operand.shape, indices, updates.shape)
    return places, places != _OUTSIDE


def rearranged(equation: Equation, numbers: NDArray[Any], rest: Sequence[Any]) -> NDArray[Any]:
    """Apply a primitive that only moves entries to their numbers: by JAX what NumPy does not know.

    What comes from nowhere is JAX's number for that, or NaN.
    """
    primitive, params = equation.primitive, equation.params
    if primitive.name in MOVES:
        return np.asarray(MOVES[primitive.name](numbers, params))
    if primitive.name == "gather" and params["mode"] != GatherScatterMode.ONE_HOT:
        return gather(params, numbers, np.asarray(rest[0]))
    (found,) = bind(primitive, params, [np.ascontiguousarray(numbers), *rest])
    return np.asarray(found)


def places_of(equation: Equation, shape: Sequence[int], rest: Sequence[Any]) -> IndexArray | None:
    """Return which entries of an array a primitive moves where; None if some come from nowhere."""
    numbers = np.arange(math.prod(shape)).reshape(shape)
    if equation.primitive.name == "broadcast_in_dim":
        return broadcast(numbers, equation.params)
    places = rearranged(equation, numbers, rest)
    if equation.primitive.name in MOVES:
        return places
    # Numbered from two origins: what comes from nowhere does not follow the origin.
    following = rearranged(equation, numbers + numbers.size, rest) - places == numbers.size
    return places if np.all(following) else None


def filling(params: dict[str, Any]) -> float:
    """Return what a gather of floating-point numbers reads outside of its operand."""
    given = params["fill_value"]
    return float(np.nan if given is None else given)


def is_known_gather(params: dict[str, Any], dtype: Any) -> bool:
    """Whether it is known what is read outside of an operand of this type."""
    fills = params["mode"] == GatherScatterMode.FILL_OR_DROP
    known = dtype.kind == "f" or params["fill_value"] is not None or not fills
    return known and params["mode"] != GatherScatterMode.ONE_HOT


def gathered_places(
    params: dict[str, Any], shape: Sequence[int], indices: NDArray[Any]
) -> IndexArray:
    """Return the places of a gather's result in its operand, in the shape of the result."""
    names = params["dimension_numbers"]
    still = (*names.collapsed_slice_dims, *names.operand_batching_dims)
    clips = params["mode"] != GatherScatterMode.FILL_OR_DROP
    first = _first_places(
        shape,
        indices,
        names.start_index_map,
        dict(zip(names.operand_batching_dims, names.start_indices_batching_dims, strict=True)),
        params["slice_sizes"],
        clips=clips,
    )
    return _windows(shape, first, params["slice_sizes"], still, names.offset_dims)


def scattered_places(
    params: dict[str, Any], shape: Sequence[int], indices: NDArray[Any], updates: Sequence[int]
) -> IndexArray:
    """Return the places of a scatter's updates in its operand, in the shape of the updates."""
    names = params["dimension_numbers"]
    still = (*names.inserted_window_dims, *names.operand_batching_dims)
    extents = iter([updates[axis] for axis in names.update_window_dims])
    sizes = [1 if axis in still else next(extents) for axis in range(len(shape))]
    first = _first_places(
        shape,
        indices,
        names.scatter_dims_to_operand_dims,
        dict(zip(names.operand_batching_dims, names.scatter_indices_batching_dims, strict=True)),
        sizes,
        clips=params["mode"] == GatherScatterMode.CLIP,
    )
    return _windows(shape, first, sizes, still, names.update_window_dims)


def _first_places(
    shape: Sequence[int],
    indices: NDArray[Any],
    mapped: Sequence[int],
    batching: dict[int, int],
    sizes: Sequence[int],
    *,
    clips: bool,
) -> IndexArray:
    """Return the places of the first entries of all slices, those outside by `_OUTSIDE`."""
    batch = indices.shape[:-1]
    starts = np.zeros((*batch, len(shape)), np.intp)
    starts[..., list(mapped)] = indices
    for axis, of_indices in batching.items():
        numbers = np.arange(batch[of_indices])
        starts[..., axis] = np.expand_dims(
            numbers, [k for k in range(len(batch)) if k != of_indices]
        )
    last = np.subtract(shape, sizes)
    clipped = np.clip(starts, 0, last)
    places = clipped @ np.array(_strides(shape), np.intp)
    return places if clips else np.where(np.all(clipped == starts, axis=-1), places, _OUTSIDE)


def _windows(
    shape: Sequence[int],
    first: IndexArray,
    sizes: Sequence[int],
    still: Sequence[int],
    window_axes: Sequence[int],
) -> IndexArray:
    """Complete the places of slices, whose axes become `window_axes`; `still` ones are dropped."""
    moving = [axis for axis in range(len(shape)) if axis not in still]
    strides = _strides(shape)
    offsets = np.zeros([sizes[axis] for axis in moving], np.intp)
    for position, axis in enumerate(moving):
        steps = strides[axis] * np.arange(sizes[axis])
        offsets += np.expand_dims(steps, [k for k in range(len(moving)) if k != position])
    starts = first.reshape(first.shape + (1,) * len(moving))
    places = np.where(starts == _OUTSIDE, _OUTSIDE, starts + offsets)
    return np.moveaxis(places, range(first.ndim, places.ndim), window_axes)


def _strides(shape: Sequence[int]) -> list[int]:
    return [math.prod(shape[axis + 1 :]) for axis in range(len(shape))]
