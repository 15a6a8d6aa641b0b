"""Finds out from a program whether its Hessian is diagonal, or that and a low rank."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scope.objective._jax import jax_rule, open_jaxpr
from scope.objective._program import Atom, Equation, Program, Variable
from scope.typing import IndexArray

ENTRYWISE = frozenset(
    """
    abs add acos acosh and asin asinh atan atan2 atanh cbrt ceil clamp convert_element_type copy cos
    cosh digamma div eq erf erf_inv erfc exp exp2 expm1 floor ge gt integer_pow is_finite le lgamma
    log log1p logistic lt max min mul ne neg not one_minus_square or pow regularized_incomplete_beta
    rem round rsqrt select_n sign sin sinh sqrt square stop_gradient sub tan tanh xor
    """.split()  # noqa: SIM905  # a list of ninety quotes reads worse
)
_SHAPES_ONLY = frozenset({"reshape", "squeeze", "expand_dims", "broadcast_in_dim"})
RULES_KEPT_WHOLE = frozenset({"custom_jvp_call", "custom_vjp_call"})

# Beside arrays of entries: a sum of functions of single entries (up to constant factors), whose
# second derivatives are diagonal, or a number that is computed from such sums: its Hessian is
# diagonal up to a rank of their number.
_SUM = "sum"
_OF_SUMS = "of sums"
# More sums than this are not worth their products.
_MOST_SUMS = 8

# What a variable is to the input vector. An array: each entry is a function of the input's entry at
# that place.
_Kind = IndexArray | str | None


def sliced(value: Any, params: dict[str, Any]) -> Any:
    """Apply the primitive `slice` by NumPy."""
    steps = params["strides"] or (1,) * value.ndim
    bounds = zip(params["start_indices"], params["limit_indices"], steps, strict=True)
    return value[tuple(slice(*bound) for bound in bounds)]


def broadcast(value: Any, params: dict[str, Any]) -> NDArray[Any]:
    """Apply the primitive `broadcast_in_dim` by NumPy."""
    placed = [1] * len(params["shape"])
    for source, target in enumerate(params["broadcast_dimensions"]):
        placed[target] = np.shape(value)[source]
    return np.broadcast_to(np.reshape(value, placed), params["shape"])


# Rearrangements by NumPy.
MOVES: dict[str, Callable[[IndexArray, dict[str, Any]], IndexArray]] = {
    "reshape": lambda places, params: places.reshape(params["new_sizes"]),
    "squeeze": lambda places, params: np.squeeze(places, params["dimensions"]),
    "expand_dims": lambda places, params: np.expand_dims(places, params["dimensions"]),
    "transpose": lambda places, params: places.transpose(params["permutation"]),
    "rev": lambda places, params: np.flip(places, params["dimensions"]),
    "slice": sliced,
}


def has_diagonal_hessian(program: Program) -> bool:
    """Whether the Hessian of a scalar program is certainly diagonal."""
    kind = _kinds(program).get(_index(program.result))
    return _is_sum(kind)


def separable_sums(program: Program) -> list[int]:
    """Return the separable sums that a program's result is a function of; none if it is not one."""
    kinds = _kinds(program)
    if not _is(kinds.get(_index(program.result)), _OF_SUMS):
        return []
    found: dict[int, None] = {}
    for equation in program.equations:
        if any(_is(kinds.get(output), _OF_SUMS) for output in equation.outputs):
            inputs = map(_index, equation.inputs)
            found |= dict.fromkeys(index for index in inputs if _is_sum(kinds.get(index)))
    return list(found) if len(found) <= _MOST_SUMS else []


def _index(atom: Atom) -> int:
    return atom.index if isinstance(atom, Variable) else -1


def _is(kind: _Kind, name: str) -> bool:
    return isinstance(kind, str) and kind == name


def _is_sum(kind: _Kind) -> bool:
    return _is(kind, _SUM) or (isinstance(kind, np.ndarray) and kind.size == 1)


def _kinds(program: Program) -> dict[int, _Kind]:
    """Return the kind of every variable that depends on the input."""
    kinds: dict[int, _Kind] = {
        index: np.arange(segment.start, segment.stop).reshape(segment.shape)
        for index, segment in enumerate(program.segments)
    }
    for equation in program.equations:
        moving = [at for at, atom in enumerate(equation.inputs) if _index(atom) in kinds]
        if not moving:  # known numbers
            continue
        found = [kinds[_index(equation.inputs[at])] for at in moving]
        kind = _of_entries(equation, moving, found)
        if kind is None and all(map(_is_sum, found)) and keeps_sums(equation, moving):
            kind = _SUM
        if kind is None and all(_is_sum(k) or _is(k, _OF_SUMS) for k in found):
            kind = _of_numbers(equation)
        kinds |= dict.fromkeys(equation.outputs, kind)
    return kinds


def _of_entries(equation: Equation, moving: list[int], found: list[_Kind]) -> _Kind:
    """Follow entries through what moves them, works on each, or sums them."""
    places = [kind for kind in found if isinstance(kind, np.ndarray)]
    if len(places) < len(found):
        return None
    name, shape = equation.primitive.name, equation.output_avals[0].shape
    if name in ENTRYWISE or is_entrywise(equation):
        places = [_spread(kind, shape) for kind in places]
    if not all(map(partial(_same_places, places[0]), places)):
        return None
    if name in MOVES:
        return MOVES[name](places[0], equation.params)
    if name == "broadcast_in_dim":
        return broadcast(places[0], equation.params)
    if name == "reduce_sum" and math.prod(shape) == 1:
        return _SUM
    if name == "dot_general" and math.prod(shape) == 1:
        (left, right), _ = equation.params["dimension_numbers"]
        # Products of two entries have to be of entries at the same place.
        return _SUM if len(moving) == 1 or left == right else None
    return places[0] if name in ENTRYWISE or is_entrywise(equation) else None


def _spread(places: IndexArray, shape: tuple[int, ...]) -> IndexArray:
    """Return places in a shape; a single one may have more axes than the result of its equation."""
    if places.shape == shape:
        return places
    return (
        places.reshape(shape) if places.size == math.prod(shape) else np.broadcast_to(places, shape)
    )


def _same_places(first: IndexArray, second: IndexArray) -> bool:
    return first is second or np.array_equal(first, second)


def is_entrywise(equation: Equation) -> bool:
    """Whether a function with a derivative rule, one of JAX's own, has entrywise operations only.

    A user's rule need not have anything to do with the function.
    """
    if equation.primitive.name not in RULES_KEPT_WHOLE or jax_rule(equation.params) is None:
        return False
    body, _ = open_jaxpr(equation.params["call_jaxpr"])
    for inside in body.eqns:
        name = inside.primitive.name
        if name in {"jit", "pjit"}:
            inner, _ = open_jaxpr(inside.params["jaxpr"])
            if not all(e.primitive.name in ENTRYWISE for e in inner.eqns):
                return False
        elif name not in ENTRYWISE:
            return False
    return True


def keeps_sums(equation: Equation, moving: list[int]) -> bool:
    """Whether an operation on sums gives a sum of the same kind, up to a constant factor."""
    name = equation.primitive.name
    if math.prod(equation.output_avals[0].shape) != 1:
        return False
    if name in {"add", "sub", "neg", "convert_element_type", "copy", "reshape", "squeeze"}:
        return True
    return (name == "mul" and len(moving) == 1) or (name == "div" and moving == [0])


def _of_numbers(equation: Equation) -> _Kind:
    """Whatever is computed from single numbers has derivatives by them."""
    if any(math.prod(aval.shape) != 1 for aval in equation.output_avals):
        return None
    name = equation.primitive.name
    return _OF_SUMS if name in ENTRYWISE | _SHAPES_ONLY | RULES_KEPT_WHOLE else None
