"""Objectives of which nothing is used but their values and derivatives."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import jax
import jax.numpy as jnp
import numpy as np

from scope._calling import as_array, as_scalar
from scope.objective._executables import ExecutableCache, Executables, padded_size
from scope.objective._forks import TRACE_ERRORS
from scope.objective._jax import (
    abstract,
    converting_afresh,
    in_double_precision,
    on_cpu,
    scoped,
    traced_afresh,
)
from scope.objective._program import Program, trace
from scope.typing import FloatArray, IndexArray

PointFunction = Callable[[Any], Any]

cache = ExecutableCache()


class Derivatives(Protocol):
    """First derivatives, as the engine asks for them."""

    def value_and_gradient(self, point: FloatArray) -> tuple[float, FloatArray]:
        """Return f and its (p,) gradient."""
        ...


@dataclass(frozen=True, eq=False)
class Traced:
    """An objective as a program with its constants."""

    program: Program
    constants: list[Any]
    dimension: int
    x64: bool

    @property
    def theta(self) -> Any:
        """The abstract argument."""
        return abstract((self.dimension,), np.float64 if self.x64 else np.float32)


def trace_objective(function: PointFunction, dimension: int, x64: bool) -> Traced:
    """Trace in double or in single precision."""
    with scoped(x64):
        if x64:
            program, constants = traced_afresh(lambda: trace(function, dimension, np.float64))
        else:
            program, constants = trace(function, dimension, np.float32)
    return Traced(program, constants, dimension, x64)


class Compiled:
    """A traced objective: derivatives by JAX, compiled once for all equal programs."""

    def __init__(self, traced: Traced) -> None:
        self._x64 = traced.x64
        self._dtype = traced.theta.dtype
        with scoped(traced.x64):
            self._constants = on_cpu(traced.constants)
            self._executables: Executables = cache.get(
                traced.program, self._constants, traced.theta
            )
            self.has_hessian = self._executables.has_hessian(traced.theta, self._constants)

    def value_and_gradient(self, point: FloatArray) -> tuple[float, FloatArray]:
        """Return f and its (p,) gradient."""
        with scoped(self._x64):
            value, gradient = self._executables.value_and_gradient(
                point.astype(self._dtype), self._constants
            )
            return float(value), np.asarray(gradient, dtype=np.float64)

    def hessian(self, point: FloatArray, variables: IndexArray) -> FloatArray:
        """Return the (k, k) Hessian on k variables."""
        size = len(variables)
        padded = np.full(padded_size(size), len(point), dtype=np.int32)  # beyond the end: dropped
        padded[:size] = variables
        with scoped(self._x64):
            full = self._executables.hessian(point.astype(self._dtype), padded, self._constants)
            return np.asarray(full, dtype=np.float64)[:size, :size]


class CompiledCall:
    """A compiled function without derivatives: a user's gradient, or an objective beside it."""

    def __init__(self, function: PointFunction, dimension: int) -> None:
        theta = abstract((dimension,), np.float64)
        with scoped(x64=True):
            program, constants = traced_afresh(lambda: trace(function, dimension, np.float64))
            self._constants = on_cpu(constants)
            self._call = cache.get(program, self._constants, theta).call

    def __call__(self, point: FloatArray) -> Any:
        """Return what the function returns, as a JAX array."""
        return self._call(point, self._constants)


def compiled_call(function: PointFunction, dimension: int) -> PointFunction:
    """Compile a function where it can be traced."""
    try:
        return CompiledCall(function, dimension)
    except TRACE_ERRORS:
        return function


class UserGradient:
    """An objective and a gradient called as they are."""

    def __init__(self, objective: PointFunction, gradient: PointFunction) -> None:
        self._objective = objective
        self._gradient = gradient

    def value_and_gradient(self, point: FloatArray) -> tuple[float, FloatArray]:
        """Return f and its (p,) gradient; each function gets an array of its own."""
        return in_double_precision(self._value_and_gradient, point)

    def _value_and_gradient(self, point: FloatArray) -> tuple[float, FloatArray]:
        shape = point.shape
        value = as_scalar(self._objective(point.copy()), "objective")
        return value, as_array(self._gradient(point), shape, "gradient")


class Eager:
    """An objective that Python has to run anew each time, differentiated by JAX."""

    def __init__(self, objective: PointFunction) -> None:
        self._value_and_gradient = jax.value_and_grad(objective)

    def value_and_gradient(self, point: FloatArray) -> tuple[float, FloatArray]:
        """Return f and its (p,) gradient."""
        try:
            return converting_afresh(self._evaluate, point)
        except TRACE_ERRORS as error:
            error.add_note(
                "objective should be written in JAX (jax.numpy instead of numpy) to be "
                "differentiated, sparse matrices as jax.experimental.sparse."
                "BCOO.from_scipy_sparse(X); for any other code pass its gradient: "
                "solve(objective, gradient=...)."
            )
            raise

    def _evaluate(self, point: FloatArray) -> tuple[float, FloatArray]:
        with scoped(x64=True):
            value, gradient = self._value_and_gradient(jnp.asarray(point))
            return float(value), np.asarray(gradient, dtype=np.float64)
