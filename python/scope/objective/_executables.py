"""Compiled functions of traced programs, shared by content between solves."""

import threading
from collections import OrderedDict
from collections.abc import Hashable, Sequence
from typing import Any

import jax
import jax.numpy as jnp

from scope.objective._canonical import program_key
from scope.objective._jax import abstract, precision_key
from scope.objective._program import Program

_CACHE_SIZE = 128
_SMALLEST_SUPPORT = 8


class Executables:
    """What is compiled of one program; each function when it is first called.

    All take the constants as their last argument and return JAX arrays.
    """

    def __init__(self, program: Program) -> None:
        # Plain functions only: JAX hashes what it compiles, in native code.
        def call(theta: Any, constants: Sequence[Any]) -> Any:
            return program(theta, constants)

        def value(theta: Any, constants: Sequence[Any]) -> Any:
            return jnp.reshape(program(theta, constants), ()).astype(theta.dtype)

        def hessian(theta: Any, variables: Any, constants: Sequence[Any]) -> Any:
            def on_support(z: Any) -> Any:
                return value(theta.at[variables].set(z, mode="drop"), constants)

            z = theta.at[variables].get(mode="fill", fill_value=0.0)
            return jax.jacfwd(jax.grad(on_support))(z)

        self.call = jax.jit(call)
        self.value_and_gradient = jax.jit(jax.value_and_grad(value))
        self.hessian = jax.jit(hessian)
        self._has_hessian: bool | None = None

    def has_hessian(self, theta: Any, constants: Sequence[Any]) -> bool:
        """Whether JAX can differentiate the program twice; found by tracing, once."""
        if self._has_hessian is None:
            variables = abstract((_SMALLEST_SUPPORT,), jnp.int32)
            try:
                self.hessian.trace(theta, variables, constants)
            except Exception:  # noqa: BLE001  # whatever a derivative rule raises: there is no second derivative
                self._has_hessian = False
            else:
                self._has_hessian = True
        return self._has_hessian


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
