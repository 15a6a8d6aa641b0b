"""Compiled functions of traced programs, shared by content between solves."""

import threading
from collections import OrderedDict
from collections.abc import Hashable, Sequence
from typing import Any

import jax
import jax.numpy as jnp

from scope.objective._canonical import program_key
from scope.objective._curvature import has_diagonal_hessian
from scope.objective._jax import abstract, precision_key
from scope.objective._program import Program

_CACHE_SIZE = 128
_SMALLEST_SUPPORT = 8


class _Functions:
    """What is compiled. Methods, not the program: JAX hashes what it compiles, in native code."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self.has_diagonal_hessian = has_diagonal_hessian(program)

    def call(self, point: Any, constants: Sequence[Any]) -> Any:
        return self._program(point, constants)

    def value(self, point: Any, constants: Sequence[Any]) -> Any:
        return jnp.reshape(self._program(point, constants), ()).astype(point.dtype)

    def value_and_gradient(self, point: Any, constants: Sequence[Any]) -> Any:
        return jax.value_and_grad(self.value)(point, constants)

    def hessian(self, theta: Any, variables: Any, constants: Sequence[Any]) -> Any:
        def on_support(z: Any) -> Any:
            return self.value(theta.at[variables].set(z, mode="drop"), constants)

        z = theta.at[variables].get(mode="fill", fill_value=0.0)
        return jax.jacfwd(jax.grad(on_support))(z)

    def with_diagonal(self, eta: Any, constants: Sequence[Any]) -> Any:
        if not self.has_diagonal_hessian:
            found, slope = self.value_and_gradient(eta, constants)
            return found, slope, slope[:0]

        def first_order(at: Any) -> Any:
            return self.value_and_gradient(at, constants)

        # A diagonal Hessian times a vector of ones is its diagonal.
        (found, slope), (_, weight) = jax.jvp(first_order, (eta,), (jnp.ones_like(eta),))
        return found, slope, weight

    def products(self, eta: Any, directions: Any, constants: Sequence[Any]) -> Any:
        def slope(at: Any) -> Any:
            return jax.grad(self.value)(at, constants)

        def product(direction: Any) -> Any:
            return jax.jvp(slope, (eta,), (direction,))[1]

        return jax.vmap(product, in_axes=1, out_axes=1)(directions)

    def jacobian(self, basis: Any, constants: Sequence[Any]) -> Any:
        return jax.vmap(lambda theta: self._program(theta, constants))(basis)


class Executables:
    """What is compiled of one program; each function when it is first called.

    All take the constants as their last argument and return JAX arrays.
    """

    def __init__(self, program: Program) -> None:
        functions = _Functions(program)
        self.readings: set[Hashable] = set()
        self.has_diagonal_hessian = functions.has_diagonal_hessian
        self.call = jax.jit(functions.call)
        self.value_and_gradient = jax.jit(functions.value_and_gradient)
        self.hessian = jax.jit(functions.hessian)
        self.with_diagonal = jax.jit(functions.with_diagonal)
        self.products = jax.jit(functions.products)
        self.jacobian = jax.jit(functions.jacobian)
        self._has_hessian: bool | None = None

    def is_twice_differentiable(self, eta: Any, constants: Sequence[Any]) -> bool:
        """Whether JAX can differentiate a function of `eta` twice; found by tracing, once."""
        if self._has_hessian is None:
            directions = abstract((*eta.shape, _SMALLEST_SUPPORT), eta.dtype)
            self._has_hessian = (
                _can_trace(self.with_diagonal, eta, constants)
                if self.has_diagonal_hessian
                else _can_trace(self.products, eta, directions, constants)
            )
        return self._has_hessian

    def has_hessian(self, theta: Any, constants: Sequence[Any]) -> bool:
        """Whether JAX can differentiate the program twice; found by tracing, once."""
        if self._has_hessian is None:
            variables = abstract((_SMALLEST_SUPPORT,), jnp.int32)
            self._has_hessian = _can_trace(self.hessian, theta, variables, constants)
        return self._has_hessian


def _can_trace(function: Any, *arguments: Any) -> bool:
    try:
        function.trace(*arguments)
    except Exception:  # noqa: BLE001  # whatever a derivative rule raises: it has no derivative
        return False
    return True


class ExecutableCache:
    """The executables used last, by key; safe to use from several threads."""

    def __init__(self, size: int = _CACHE_SIZE) -> None:
        self._size = size
        self._lock = threading.Lock()
        self._entries: OrderedDict[Hashable, Executables] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, program: Program, constants: Sequence[Any], theta: Any) -> Executables:
        """Return the executables of a program, those of an equal one if there are any."""
        key = (precision_key(), program_key(program, constants, theta))
        with self._lock:
            if key not in self._entries:
                self._entries[key] = Executables(program)
            self._entries.move_to_end(key)
            while len(self._entries) > self._size:
                self._entries.popitem(last=False)
            return self._entries[key]

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()


def padded_size(size: int) -> int:
    """Round a number of variables up, so that few sizes are ever compiled: 8, 16, 32, ..."""
    return max(_SMALLEST_SUPPORT, 1 << (size - 1).bit_length())
