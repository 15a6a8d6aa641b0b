"""Primitives that only rearrange entries: they act on the indices of the entries."""

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from scope.objective._curvature import MOVES
from scope.objective._indexing import places_of, scatter
from scope.objective._kinds import Entries, Product, Spread, repeated
from scope.objective._known import Known
from scope.objective._program import Equation, Variable

_BY_NUMPY: dict[str, Callable[[Any, dict[str, Any]], Any]] = MOVES | {
    "copy": lambda value, _params: value,
    "copy_p": lambda value, _params: value,
}
_KEEP_ORDER = frozenset({"reshape", "squeeze", "expand_dims", "copy", "copy_p"})
_BY_INDEX = frozenset({"gather", "dynamic_slice"})
PRIMITIVES = frozenset(_BY_NUMPY) | _BY_INDEX | {"broadcast_in_dim", "concatenate", "scatter"}


def arranged(equation: Equation, kinds: list[Any], known: Known) -> Any:
    """Return the kind of a rearrangement of something linear."""
    name, shape = equation.primitive.name, equation.output_avals[0].shape
    if name == "concatenate":
        return _concatenated(equation, kinds)
    kind = kinds[0]
    if name == "scatter":
        return _scattered(equation, kinds, known)
    if len(kinds) != 1 or equation.inputs[0] in known:
        return None
    if isinstance(kind, Product) and name in _KEEP_ORDER:
        return replace(kind, shape=shape, derived=True)
    if not isinstance(kind, Entries):
        return None
    if name == "broadcast_in_dim":
        return _broadcast(kind, equation)
    if name in _BY_NUMPY:
        if name in _KEEP_ORDER and np.ndim(kind.scale) == 0:
            return replace(kind, indices=kind.indices.reshape(shape))
        return kind.arranged(lambda value: _BY_NUMPY[name](value, equation.params))
    return _taken(equation, kind, known)


def split(equation: Equation, kind: Any) -> list[Any]:
    """Return the kinds of the pieces that an array is split into."""
    stops = np.cumsum(equation.params["sizes"])[:-1]
    axis = equation.params["axis"]
    if not isinstance(kind, Entries) or kind.offsets:
        return [None] * len(equation.outputs)

    def taken(piece: int, value: Any) -> Any:
        return np.split(value, stops, axis)[piece]

    return [kind.arranged(partial(taken, piece)) for piece in range(len(equation.outputs))]


def spread(kind: Entries, shape: tuple[int, ...]) -> Spread | None:
    """Return entries of shape (.., 1, k, 1, ..) as they meet an array of a larger shape."""
    lengths = [length for length in kind.shape if length != 1]
    if kind.offsets or len(lengths) > 1 or len(kind.shape) != len(shape) or kind.shape == shape:
        return None
    axis = kind.shape.index(lengths[0]) if lengths else 0
    flat = kind.arranged(np.ravel)
    assert flat is not None
    return Spread(flat, axis) if lengths and shape[axis] == lengths[0] else None


def _broadcast(kind: Entries, equation: Equation) -> Any:
    shape = equation.output_avals[0].shape
    if math.prod(shape) == kind.size:
        return kind.arranged(lambda value: value.reshape(shape))
    if kind.size == 1:
        return repeated(kind, shape)
    placed = [1] * len(shape)
    for source, target in enumerate(equation.params["broadcast_dimensions"]):
        placed[target] = kind.shape[source]
    in_place = kind.arranged(lambda value: value.reshape(placed))
    return None if in_place is None else spread(in_place, shape)


def _concatenated(equation: Equation, kinds: list[Any]) -> Entries | None:
    entries = all(isinstance(kind, Entries) and not kind.offsets for kind in kinds)
    if len(kinds) != len(equation.inputs) or not entries:
        return None
    if len({kind.image for kind in kinds}) != 1:
        return None
    axis = equation.params["dimension"]
    indices = np.concatenate([kind.indices for kind in kinds], axis)
    if all(kind.plain and kind.scale == kinds[0].scale for kind in kinds):
        return Entries(indices, kinds[0].scale, kinds[0].image)
    scales = [np.broadcast_to(kind.scale, kind.shape) for kind in kinds]
    return Entries(indices, np.concatenate(scales, axis), kinds[0].image)


def _taken(equation: Equation, kind: Entries, known: Known) -> Entries | None:
    """Take entries by known indices; None if some come from nowhere."""
    if any(isinstance(atom, Variable) and atom not in known for atom in equation.inputs[1:]):
        return None
    rest = [known.value(atom) for atom in equation.inputs[1:]]
    places = places_of(equation, kind.shape, rest)
    if places is None:
        return None
    return kind.arranged(lambda value: np.ravel(value)[places])


def _scattered(equation: Equation, kinds: list[Any], known: Known) -> Entries | None:
    """Entries written to known places of an array of zeros."""
    target, places, _ = equation.inputs
    if target not in known or places not in known or len(kinds) != 1:
        return None
    kind = kinds[0]
    if not isinstance(kind, Entries) or not kind.plain or np.any(known.value(target)):
        return None
    # Everything that is not written is zero times the first entry.
    numbers = np.arange(1.0, kind.size + 1).reshape(kind.shape)
    empty = np.zeros(equation.output_avals[0].shape)
    found = scatter(equation.params, empty, np.asarray(known.value(places)), numbers)
    positions = found.astype(np.int64)
    scale = np.where(positions > 0, float(kind.scale), 0.0)
    return replace(kind, indices=kind.indices.ravel()[np.maximum(positions, 1) - 1], scale=scale)
