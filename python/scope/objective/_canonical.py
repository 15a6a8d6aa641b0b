"""Keys that are equal exactly when two traced programs compute the same function.

A key holds everything an executable depends on and no value of a constant. What cannot be compared
by content is compared by identity and kept alive by the key: that costs a recompilation, never a
wrong answer.
"""

import enum
import types
from collections.abc import Hashable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from scope.objective._jax import (
    ClosedJaxpr,
    Jaxpr,
    Literal,
    abstract,
    bind,
    jax_rule,
    literal_value,
    open_jaxpr,
)
from scope.objective._program import Atom, Constant, Fixed, Program, Variable

# Parameters that are function objects, new at every trace, of primitives with a rule of their own.
_RULE_PARAMS = {
    "custom_jvp_call": frozenset({"jvp_jaxpr_fun", "jvp_jaxpr_thunk"}),
    "custom_vjp_call": frozenset({"fwd_jaxpr_thunk", "bwd", "out_trees"}),
}


# Nothing is differentiated more than twice, so a rule inside a rule inside a rule is never used.
# Rules may well call the function that they belong to: without a limit they would not end.
_ORDER = 2


class _Identity:
    """Equal to nothing but another wrapper of the same object, which it keeps alive."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Identity) and other._value is self._value

    def __hash__(self) -> int:
        return id(self._value)


def program_key(
    program: Program, constants: Sequence[Any], theta: Any, order: int = _ORDER
) -> Hashable:
    """Key of a program with the shapes and dtypes, but not the values, of its arguments.

    Programs of equal keys have equal derivatives up to `order`.
    """
    equations = tuple(
        (
            _equation_key(equation.primitive, equation.params, equation.input_avals, order),
            tuple(_atom_key(atom) for atom in equation.inputs),
            equation.outputs,
        )
        for equation in program.equations
    )
    shapes = tuple((np.shape(value), jnp.result_type(value)) for value in constants)
    result = _atom_key(program.result)
    return (program.segments, equations, result, shapes, theta.shape, theta.dtype)


def _atom_key(atom: Atom) -> Hashable:
    match atom:
        case Variable(index):
            return ("variable", index)
        case Constant(index):
            return ("constant", index)
        case Fixed(value):
            return _array_key(value)


def _equation_key(
    primitive: Any, params: dict[str, Any], avals: Sequence[Any], order: int
) -> Hashable:
    dropped = _RULE_PARAMS.get(primitive.name, frozenset())
    kept = tuple((name, canonical(params[name], order)) for name in sorted(params.keys() - dropped))
    rule = _rule_key(primitive, params, avals, order) if dropped and order > 0 else None
    return (primitive.name, kept, rule, tuple(_aval_key(aval) for aval in avals))


def _aval_key(aval: Any) -> Hashable:
    return (getattr(aval, "shape", None), getattr(aval, "dtype", None) or str(aval))


def _rule_key(primitive: Any, params: dict[str, Any], avals: Sequence[Any], order: int) -> Hashable:
    """Trace a custom derivative rule: its body is part of what the program computes."""
    own = jax_rule(params)
    if own is not None:
        return own
    shapes: list[Any] = [abstract(aval.shape, aval.dtype) for aval in avals]
    inexact = [jnp.issubdtype(aval.dtype, jnp.inexact) for aval in avals]

    def rule(*arguments: Any) -> Any:
        def call(*moving: Any) -> list[Any]:
            rest = iter(moving)
            full = [
                next(rest) if moves else argument
                for moves, argument in zip(inexact, arguments, strict=True)
            ]
            return bind(primitive, params, full)

        point = tuple(a for a, moves in zip(arguments, inexact, strict=True) if moves)
        if primitive.name == "custom_jvp_call":
            return jax.jvp(call, point, point)
        values, pullback = jax.vjp(call, *point)
        return pullback(values)

    try:
        return _jaxpr_key(jax.make_jaxpr(rule)(*shapes), order - 1)
    except Exception:  # noqa: BLE001  # a rule that cannot be traced: compare by identity
        return tuple(
            _Identity(params[name]) for name in sorted(_RULE_PARAMS[primitive.name] & params.keys())
        )


def _jaxpr_key(jaxpr: Any, order: int) -> Hashable:
    body, captured = open_jaxpr(jaxpr)
    numbers: dict[Any, int] = {}

    def number(variable: Any) -> Hashable:
        if isinstance(variable, Literal):
            return _array_key(literal_value(variable))
        return numbers.setdefault(variable, len(numbers))

    inputs = tuple(
        (number(variable), _aval_key(variable.aval)) for variable in (*body.constvars, *body.invars)
    )
    equations = tuple(
        (
            _equation_key(
                equation.primitive,
                equation.params,
                [variable.aval for variable in equation.invars],
                order,
            ),
            tuple(number(variable) for variable in equation.invars),
            tuple(number(variable) for variable in equation.outvars),
        )
        for equation in body.eqns
    )
    outputs = tuple(number(variable) for variable in body.outvars)
    return (inputs, equations, outputs, tuple(canonical(value, order) for value in captured))


def canonical(value: Any, order: int = _ORDER) -> Hashable:
    """Key of a parameter of a primitive that is differentiated `order` times."""
    key: Hashable
    match value:
        case None | bool() | int() | str() | bytes():
            key = (type(value).__name__, value)
        case enum.Enum():
            key = (type(value).__qualname__, value.name)
        case tuple() | list():
            key = (type(value).__qualname__, *(canonical(entry, order) for entry in value))
        case dict():
            key = ("dict", *((canonical(k), canonical(v, order)) for k, v in value.items()))
        case ClosedJaxpr() | Jaxpr():
            key = _jaxpr_key(value, order)
        case float() | complex():
            key = _array_key(value)
        case _:
            key = _array_key(value) if hasattr(value, "__array__") else _object_key(value)
    return key


def _array_key(value: Any) -> Hashable:
    array = np.asarray(value)
    return ("array", array.shape, array.dtype, array.tobytes())


def _object_key(value: Any) -> Hashable:
    """Compare by the object's own equality where it has one that hashes."""
    if isinstance(value, types.FunctionType):
        return _Identity(value)
    try:
        hash(value)
    except TypeError:
        return _Identity(value)
    return (type(value), value)
