"""Finds out from a program whether its Hessian is diagonal."""

import math
from typing import Any

from scope.objective._jax import open_jaxpr
from scope.objective._program import Atom, Equation, Program, Variable

_ENTRYWISE = frozenset(
    """
    abs add acos acosh and asin asinh atan atan2 atanh cbrt ceil clamp convert_element_type copy cos
    cosh digamma div eq erf erf_inv erfc exp exp2 expm1 floor ge gt integer_pow is_finite le lgamma
    log log1p logistic lt max min mul ne neg not or pow regularized_incomplete_beta rem round rsqrt
    select_n sign sin sinh sqrt square stop_gradient sub tan tanh xor
    """.split()  # noqa: SIM905  # a list of ninety quotes reads worse
)
_RULES_KEPT_WHOLE = frozenset({"custom_jvp_call", "custom_vjp_call"})

# What a variable is to the input vector: each entry a function of the one at its place, or a sum of
# such functions (up to constant factors). Both have diagonal second derivatives.
_ENTRIES = "entries"
_SUM = "sum"


def has_diagonal_hessian(program: Program) -> bool:
    """Whether the Hessian of a scalar program is certainly diagonal."""
    if len(program.segments) != 1:
        return False
    kinds: dict[int, str | None] = {0: _ENTRIES}
    size = program.segments[0].stop

    def kind_of(atom: Atom) -> str | None:
        return kinds.get(atom.index) if isinstance(atom, Variable) else None

    def is_moving(atom: Atom) -> bool:
        return isinstance(atom, Variable)

    for equation in program.equations:
        moving = [atom for atom in equation.inputs if is_moving(atom)]
        known = {kind_of(atom) for atom in moving}
        kind = None
        if known == {_ENTRIES}:
            kind = _of_entries(equation, moving, size)
        elif known == {_SUM}:
            kind = _of_sums(equation, moving)
        for output in equation.outputs:
            kinds[output] = kind
    return kind_of(program.result) == _SUM or (size == 1 and kind_of(program.result) == _ENTRIES)


def _of_entries(equation: Equation, moving: list[Atom], size: int) -> str | None:
    name = equation.primitive.name
    out = math.prod(equation.output_avals[0].shape)
    if name == "reduce_sum" and out == 1:
        return _SUM
    if name == "dot_general" and out == 1:
        (left, right), _ = equation.params["dimension_numbers"]
        # Products of two entries have to be of entries at the same place.
        return _SUM if len(moving) == 1 or left == right else None
    if name in {"reshape", "squeeze", "expand_dims"} and out == size:
        return _ENTRIES
    same_place = all(
        aval.shape in {equation.output_avals[0].shape, ()} or atom not in moving
        for atom, aval in zip(equation.inputs, equation.input_avals, strict=True)
    )
    if not same_place or out != size:
        return None
    if name in _ENTRYWISE or (name in _RULES_KEPT_WHOLE and _is_entrywise(equation.params)):
        return _ENTRIES
    return None


def _is_entrywise(params: dict[str, Any]) -> bool:
    """Whether a function with a rule of its own consists of entrywise operations."""
    body, _ = open_jaxpr(params["call_jaxpr"])
    for equation in body.eqns:
        name = equation.primitive.name
        if name in {"jit", "pjit"}:
            inner, _ = open_jaxpr(equation.params["jaxpr"])
            if not all(e.primitive.name in _ENTRYWISE for e in inner.eqns):
                return False
        elif name not in _ENTRYWISE:
            return False
    return True


def _of_sums(equation: Equation, moving: list[Atom]) -> str | None:
    name = equation.primitive.name
    if math.prod(equation.output_avals[0].shape) != 1:
        return None
    if name in {"add", "sub", "neg", "convert_element_type", "copy", "reshape", "squeeze"}:
        return _SUM
    if name == "mul" and len(moving) == 1:
        return _SUM
    return _SUM if name == "div" and moving == [equation.inputs[0]] else None
