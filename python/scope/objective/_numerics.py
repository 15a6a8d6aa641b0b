"""Functions of JAX's evaluated by NumPy: what is called once or twice is not worth compiling."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
from scipy import special

from scope.objective._curvature import MOVES, RULES_KEPT_WHOLE
from scope.objective._jax import Literal, inlined, literal_value, open_jaxpr
from scope.typing import FloatArray

_ENTRYWISE: dict[str, Callable[..., Any]] = {
    "abs": np.abs,
    "add": np.add,
    "add_any": np.add,
    "and": np.logical_and,
    "cbrt": np.cbrt,
    "ceil": np.ceil,
    "clamp": lambda low, x, high: np.minimum(np.maximum(x, low), high),
    "copy": np.array,
    "cos": np.cos,
    "cosh": np.cosh,
    "digamma": special.digamma,
    "div": np.divide,
    "eq": np.equal,
    "erf": special.erf,
    "erfc": special.erfc,
    "exp": np.exp,
    "exp2": np.exp2,
    "expm1": np.expm1,
    "floor": np.floor,
    "ge": np.greater_equal,
    "gt": np.greater,
    "is_finite": np.isfinite,
    "le": np.less_equal,
    "lgamma": special.gammaln,
    "log": np.log,
    "log1p": np.log1p,
    "logistic": special.expit,
    "lt": np.less,
    "max": np.maximum,
    "min": np.minimum,
    "mul": np.multiply,
    "ne": np.not_equal,
    "neg": np.negative,
    "not": np.logical_not,
    "or": np.logical_or,
    "pow": np.power,
    "rsqrt": lambda x: 1.0 / np.sqrt(x),
    "sign": np.sign,
    "sin": np.sin,
    "sinh": np.sinh,
    "sqrt": np.sqrt,
    "square": np.square,
    "sub": np.subtract,
    "tan": np.tan,
    "tanh": np.tanh,
}
# On integers these round, or work on bits.
_OF_FLOATS = frozenset({"div", "integer_pow", "pow", "rsqrt"})
_OF_TRUTHS = frozenset({"and", "not", "or"})


def dot(params: dict[str, Any], left: Any, right: Any) -> Any:
    """`dot_general` by its definition, without a copy of the operands."""
    (left_axes, right_axes), (left_batch, right_batch) = params["dimension_numbers"]
    letters = iter("abcdefghijklmnopqrstuvwxyz")
    left_names = [next(letters) for _ in left.shape]
    right_names = [next(letters) for _ in right.shape]
    pairs = [*zip(left_axes, right_axes, strict=True), *zip(left_batch, right_batch, strict=True)]
    for a, b in pairs:
        right_names[b] = left_names[a]
    batch = [left_names[axis] for axis in left_batch]
    summed = {left_names[axis] for axis in left_axes}
    rest = [n for n in left_names + right_names if n not in summed and n not in batch]
    rule = f"{''.join(left_names)},{''.join(right_names)}->{''.join(batch + rest)}"
    return np.einsum(rule, np.asarray(left), np.asarray(right), optimize=True)


def _broadcast(params: dict[str, Any], value: Any) -> Any:
    placed = [1] * len(params["shape"])
    for source, target in enumerate(params["broadcast_dimensions"]):
        placed[target] = value.shape[source]
    return np.broadcast_to(np.reshape(value, placed), params["shape"])


def _cumsum(params: dict[str, Any], value: Any) -> Any:
    axis = params["axis"]
    if params["reverse"]:
        return np.flip(np.cumsum(np.flip(value, axis), axis=axis), axis)
    return np.cumsum(value, axis=axis)


def _integer_pow(params: dict[str, Any], base: Any) -> Any:
    exponent = params["y"]
    return np.square(base) if exponent == 2 else np.power(base, float(exponent))


def _pad(params: dict[str, Any], value: Any, filling: Any) -> Any:
    widths = [(low, high) for low, high, _ in params["padding_config"]]
    return np.pad(value, widths, constant_values=filling)


def _select(_params: dict[str, Any], which: Any, *cases: Any) -> Any:
    return np.where(which, cases[1], cases[0])


_OTHERS: dict[str, Callable[..., Any]] = {
    "broadcast_in_dim": _broadcast,
    "concatenate": lambda params, *parts: np.concatenate(parts, params["dimension"]),
    "convert_element_type": lambda params, x: np.asarray(x).astype(params["new_dtype"]),
    "cumsum": _cumsum,
    "dot_general": dot,
    "integer_pow": _integer_pow,
    "pad": _pad,
    "reduce_max": lambda params, x: np.max(x, axis=params["axes"]),
    "reduce_min": lambda params, x: np.min(x, axis=params["axes"]),
    "reduce_sum": lambda params, x: np.sum(x, axis=params["axes"]),
    "select_n": _select,
    **{name: (lambda params, x, move=move: move(x, params)) for name, move in MOVES.items()},
}


@dataclass(frozen=True)
class _Step:
    """``values[output] = operation(values[inputs])``."""

    operation: Callable[..., Any]
    params: dict[str, Any] | None
    inputs: list[int]
    output: int
    dtype: Any


class _Unknown(Exception):
    """NumPy does not know an operation."""


class _Plan:
    """A jaxpr as a list of NumPy's operations; raises _Unknown."""

    def __init__(self, closed: Any) -> None:
        self._values: list[Any] = []  # constants in their places, None elsewhere
        self._steps: list[_Step] = []
        body, _ = open_jaxpr(closed)
        self._inputs = [self._new(None) for _ in body.invars]
        self._outputs = self._run(closed, self._inputs)

    def __call__(self, *arguments: Any) -> list[Any]:
        values = list(self._values)
        for place, argument in zip(self._inputs, arguments, strict=True):
            values[place] = np.asarray(argument)
        with np.errstate(all="ignore"):
            for step in self._steps:
                inputs = [values[place] for place in step.inputs]
                known = () if step.params is None else (step.params,)
                values[step.output] = np.asarray(step.operation(*known, *inputs), step.dtype)
        return [values[place] for place in self._outputs]

    def _new(self, value: Any) -> int:
        self._values.append(value)
        return len(self._values) - 1

    def _run(self, jaxpr: Any, inputs: Sequence[int]) -> list[int]:
        body, captured = open_jaxpr(jaxpr)
        places: dict[Any, int] = dict(zip(body.invars, inputs, strict=True))
        places |= {
            v: self._new(np.asarray(c)) for v, c in zip(body.constvars, captured, strict=True)
        }

        def place(atom: Any) -> int:
            return self._new(literal_value(atom)) if isinstance(atom, Literal) else places[atom]

        for equation in body.eqns:
            arguments = [place(atom) for atom in equation.invars]
            inner = _body(equation)
            outputs = (
                [self._append(equation, arguments)]
                if inner is None
                else self._run(inner, arguments)
            )
            places |= zip(equation.outvars, outputs, strict=True)
        return [place(atom) for atom in body.outvars]

    def _append(self, equation: Any, inputs: list[int]) -> int:
        name = equation.primitive.name
        if not _is_known(equation):
            raise _Unknown(name)
        entrywise = _ENTRYWISE.get(name)
        output = self._new(None)
        self._steps.append(
            _Step(
                operation=entrywise or _OTHERS[name],
                params=None if entrywise else equation.params,
                inputs=inputs,
                output=output,
                dtype=equation.outvars[0].aval.dtype,
            )
        )
        return output


def _body(equation: Any) -> Any | None:
    """Return what a call consists of; once differentiated, rules of derivatives are calls too."""
    if equation.primitive.name in RULES_KEPT_WHOLE:
        return equation.params.get("call_jaxpr")
    return inlined(equation.primitive, equation.params)


def _is_known(equation: Any) -> bool:
    name, params = equation.primitive.name, equation.params
    kinds = {np.dtype(atom.aval.dtype).kind for atom in equation.invars}
    if name in _OF_FLOATS:
        return kinds == {"f"}
    if name in _OF_TRUTHS:
        return kinds == {"b"}
    if name == "select_n":
        return len(equation.invars) == 3
    if name == "pad":
        return all(low >= 0 <= high and not inner for low, high, inner in params["padding_config"])
    return name in _ENTRYWISE or name in _OTHERS


class FewCalls:
    """A function of JAX's that is called a few times; its results come as a list of arrays.

    NumPy evaluates what it knows all operations of, which spares the compilation.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self._compiled: Any = jax.jit(function)
        self._plan: _Plan | None = None
        self._is_traced = False

    def trace(self, *arguments: Any) -> None:
        """Trace for arguments of these shapes and types: the only ones it is ever called with."""
        closed = jax.make_jaxpr(self._function)(*arguments)
        try:
            self._plan = _Plan(closed)
        except (_Unknown, TypeError):  # a TypeError: numbers of a type that NumPy does not have
            self._plan = None
        self._is_traced = True

    def is_known(self, *arguments: Any) -> bool:
        """Whether NumPy knows all of it."""
        if not self._is_traced:
            self.trace(*arguments)
        return self._plan is not None

    def __call__(self, *arguments: Any) -> list[FloatArray]:
        """Evaluate."""
        if not self.is_known(*arguments):
            return [np.asarray(leaf) for leaf in jax.tree.leaves(self._compiled(*arguments))]
        assert self._plan is not None
        return self._plan(*jax.tree.leaves(arguments))
