"""Functions of JAX's evaluated by NumPy: what is called once or twice is not worth compiling."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
from scipy import special

from scope.objective._curvature import MOVES, RULES_KEPT_WHOLE, broadcast
from scope.objective._indexing import gather, is_known_gather, scatter, scatter_add
from scope.objective._jax import Primitive, inlined, open_jaxpr
from scope.objective._program import (
    Atom,
    Constant,
    Equation,
    Fixed,
    Flattener,
    Variable,
    needed,
)
from scope.typing import FloatArray

ENTRYWISE: dict[str, Callable[..., Any]] = {
    "abs": np.abs,
    "acos": np.arccos,
    "acosh": np.arccosh,
    "add": np.add,
    "add_any": np.add,
    "and": np.logical_and,
    "asin": np.arcsin,
    "asinh": np.arcsinh,
    "atan": np.arctan,
    "atan2": np.arctan2,
    "atanh": np.arctanh,
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
    "one_minus_square": lambda x: (1.0 - x) * (1.0 + x),
    "or": np.logical_or,
    "pow": np.power,
    "rsqrt": lambda x: 1.0 / np.sqrt(x),
    "select_n": lambda which, first, second: np.where(which, second, first),
    "sign": np.sign,
    "sin": np.sin,
    "sinh": np.sinh,
    "sqrt": np.sqrt,
    "square": np.square,
    "stop_gradient": np.array,
    "sub": np.subtract,
    "tan": np.tan,
    "tanh": np.tanh,
}
# On integers these round, or work on bits.
_OF_FLOATS = frozenset({"div", "integer_pow", "one_minus_square", "pow", "rsqrt"})
_OF_TRUTHS = frozenset({"and", "not", "or"})


def contraction(
    dimension_numbers: Any, left_rank: int, right_rank: int
) -> tuple[tuple[list[int], list[int]], list[int], list[int]]:
    """Label the axes of two operands of `dot_general`, alike where they go together.

    Returns the labels of each operand, those of the result in order, and those that are summed.
    """
    (left_axes, right_axes), (left_batch, right_batch) = dimension_numbers
    left = list(range(left_rank))
    right = list(range(left_rank, left_rank + right_rank))
    for pairs in ((left_axes, right_axes), (left_batch, right_batch)):
        for a, b in zip(*pairs, strict=True):
            right[b] = left[a]
    batch, summed = [left[a] for a in left_batch], [left[a] for a in left_axes]
    own = [axis for axis in [*left, *right] if axis not in batch and axis not in summed]
    return (left, right), [*batch, *own], summed


def dot(params: dict[str, Any], left: Any, right: Any) -> Any:
    """`dot_general` by its definition, without a copy of the operands."""
    ranks = np.ndim(left), np.ndim(right)
    (left_axes, right_axes), result, _ = contraction(params["dimension_numbers"], *ranks)
    operands = np.asarray(left), left_axes, np.asarray(right), right_axes
    return np.einsum(*operands, result, optimize=True)


def _cumsum(params: dict[str, Any], value: Any) -> Any:
    axis = params["axis"]
    if params["reverse"]:
        return np.flip(np.cumsum(np.flip(value, axis), axis=axis), axis)
    return np.cumsum(value, axis=axis)


def _integer_pow(params: dict[str, Any], base: Any) -> Any:
    exponent = params["y"]
    return np.square(base) if exponent == 2 else np.power(base, float(exponent))


def _iota(params: dict[str, Any]) -> Any:
    shape, axis = params["shape"], params["dimension"]
    along = np.arange(shape[axis]).reshape([-1 if k == axis else 1 for k in range(len(shape))])
    return np.broadcast_to(along, shape)


def _pad(params: dict[str, Any], value: Any, filling: Any) -> Any:
    widths = [(low, high) for low, high, _ in params["padding_config"]]
    return np.pad(value, widths, constant_values=filling)


_OTHERS: dict[str, Callable[..., Any]] = {
    "broadcast_in_dim": lambda params, x: broadcast(x, params),
    "concatenate": lambda params, *parts: np.concatenate(parts, params["dimension"]),
    "convert_element_type": lambda params, x: np.asarray(x).astype(params["new_dtype"]),
    "cumsum": _cumsum,
    "dot_general": dot,
    "gather": gather,
    "integer_pow": _integer_pow,
    "iota": _iota,
    "pad": _pad,
    "reduce_max": lambda params, x: np.max(x, axis=params["axes"]),
    "reduce_min": lambda params, x: np.min(x, axis=params["axes"]),
    "reduce_sum": lambda params, x: np.sum(x, axis=params["axes"]),
    "scatter": scatter,
    "scatter-add": scatter_add,
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


class UnknownOperation(Exception):
    """An operation is not known to who would evaluate it."""


@dataclass(frozen=True)
class Flat:
    """A jaxpr without calls, those of rules of derivatives included."""

    inputs: list[Variable]
    outputs: list[Atom]
    equations: list[Equation]
    constants: list[Any]
    variable_count: int


def flattened(closed: Any) -> Flat:
    """Inline all calls of a jaxpr that was differentiated."""
    flattener = Flattener(_body)
    inputs = [flattener.new_variable() for _ in open_jaxpr(closed)[0].invars]
    outputs = flattener.run(closed, inputs)
    return Flat(inputs, outputs, flattener.equations, flattener.constants, flattener.variable_count)


class Plan:
    """What a function's inputs determine, by NumPy's operations; raises UnknownOperation."""

    def __init__(self, flat: Flat, inputs: Sequence[Variable], wanted: Sequence[Atom]) -> None:
        self._inputs = [variable.index for variable in inputs]
        # Variables in their places, then the constants.
        self._first_constant = flat.variable_count
        self._values: list[Any] = [None] * self._first_constant
        self._values += map(np.asarray, flat.constants)
        equations = needed(flat.equations, self._inputs, wanted)
        self._steps = [self._step(equation) for equation in equations]
        self._outputs = [self._place(atom) for atom in wanted]

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

    def _step(self, equation: Equation) -> _Step:
        name = equation.primitive.name
        if not _is_known(equation):
            raise UnknownOperation(name)
        entrywise = ENTRYWISE.get(name)
        return _Step(
            operation=entrywise or _OTHERS[name],
            params=None if entrywise else equation.params,
            inputs=[self._place(atom) for atom in equation.inputs],
            output=equation.outputs[0],
            dtype=equation.output_avals[0].dtype,
        )

    def _place(self, atom: Atom) -> int:
        match atom:
            case Variable(index):
                return index
            case Constant(index):
                return self._first_constant + index
            case Fixed(value):
                self._values.append(value)
                return len(self._values) - 1


def _body(primitive: Primitive, params: dict[str, Any]) -> Any | None:
    """Return what a call consists of; once differentiated, rules of derivatives are calls too."""
    if primitive.name in RULES_KEPT_WHOLE:
        return params.get("call_jaxpr")
    return inlined(primitive, params)


def _is_known(equation: Equation) -> bool:
    name, params = equation.primitive.name, equation.params
    avals = (*equation.input_avals, *equation.output_avals)
    if not all(isinstance(aval.dtype, np.dtype) for aval in avals):  # a type that is JAX's own
        return False
    kinds = {aval.dtype.kind for aval in equation.input_avals}
    if name in _OF_FLOATS:
        return kinds == {"f"}
    if name in _OF_TRUTHS:
        return kinds == {"b"}
    if name == "select_n":
        return len(equation.inputs) == 3
    if name == "gather":
        return is_known_gather(params, equation.input_avals[0].dtype)
    if name == "pad":
        return all(low >= 0 <= high and not inner for low, high, inner in params["padding_config"])
    return name in ENTRYWISE or name in _OTHERS


class FewCalls:
    """A function of JAX's that is called a few times; its results come as a list of arrays.

    NumPy evaluates what it knows all operations of, which spares the compilation.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self._compiled: Any = jax.jit(function)
        self._plan: Plan | None = None
        self._is_traced = False

    def trace(self, *arguments: Any) -> None:
        """Trace for arguments of these shapes and types: the only ones it is ever called with."""
        closed = jax.make_jaxpr(self._function)(*arguments)
        try:
            flat = flattened(closed)
            self._plan = Plan(flat, flat.inputs, flat.outputs)
        except UnknownOperation:
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
