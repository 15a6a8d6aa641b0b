"""Compiled functions of traced programs, shared by content between solves."""

import threading
from collections import OrderedDict
from collections.abc import Hashable, Iterator, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from scope.objective._canonical import program_key
from scope.objective._curvature import has_diagonal_hessian, separable_sums
from scope.objective._degree import degree
from scope.objective._jax import abstract, on_cpu, precision_key
from scope.objective._lowered import Lowered, lower, lower_product
from scope.objective._numerics import FewCalls
from scope.objective._program import Program, Variable
from scope.typing import FloatArray

_CACHE_SIZE = 256
_SMALLEST_SUPPORT = 8
_LONG = 300
_BATCH = 16  # columns of a matrix that are computed at once


class _Functions:
    """What is compiled. Methods, not the program: JAX hashes what it compiles, in native code."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._sums = separable_sums(program)
        self.is_diagonal = has_diagonal_hessian(program)
        self.is_low_rank = not self.is_diagonal and bool(self._sums)

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

    def diagonal(self, eta: Any, constants: Sequence[Any]) -> Any:
        def first_order(at: Any) -> Any:
            return self.value_and_gradient(at, constants)

        # A diagonal Hessian times a vector of ones is its diagonal.
        (found, slope), (_, weight) = jax.jvp(first_order, (eta,), (jnp.ones_like(eta),))
        return found, slope, weight

    def low_rank(self, eta: Any, constants: Sequence[Any]) -> Any:
        wanted = [Variable(index) for index in self._sums]

        def sums(at: Any) -> list[Any]:
            found = self._program.evaluate(self._program.split(at), constants, wanted)
            return [jnp.reshape(value, ()) for value in found]

        def of_sums(found: list[Any]) -> Any:
            shapes = self._program.shapes()
            values = {i: found[k].reshape(shapes[i]) for k, i in enumerate(self._sums)}
            (result,) = self._program.evaluate(values, constants, [self._program.result])
            return jnp.reshape(result, ())

        def slope(at: Any) -> Any:
            return jax.grad(lambda inner: sum(map(jnp.multiply, pull, sums(inner))))(at)

        found, pullback = jax.vjp(sums, eta)
        pull = jax.grad(of_sums)(found)
        units = [list(row) for row in np.eye(len(found))]
        core = [jax.jvp(jax.grad(of_sums), (found,), (unit,))[1] for unit in units]
        factors = [pullback(unit)[0] for unit in units]
        (total, weight) = jax.jvp(slope, (eta,), (jnp.ones_like(eta),))
        return (
            of_sums(found),
            total,
            weight,
            jnp.stack(factors, axis=1),
            jnp.stack([jnp.stack(row) for row in core]),
        )

    def blocks(self, eta: Any, samples: Any, constants: Sequence[Any]) -> Any:
        def first_order(at: Any) -> Any:
            return self.value_and_gradient(at, constants)

        def column(entry: Any) -> Any:
            direction = jnp.zeros_like(eta).at[samples[entry]].set(1.0)
            return jax.jvp(first_order, (eta,), (direction,))[1][1][samples].T

        value, slope = first_order(eta)
        columns = jax.vmap(column, out_axes=2)(jnp.arange(samples.shape[0]))
        return value, slope, columns

    def product(self, eta: Any, direction: Any, constants: Sequence[Any]) -> Any:
        def first_order(at: Any) -> Any:
            return self.value_and_gradient(at, constants)

        (value, slope), (_, product) = jax.jvp(first_order, (eta,), (direction,))
        return value, slope, product

    def products(self, eta: Any, directions: Any, constants: Sequence[Any]) -> Any:
        def product(direction: Any) -> Any:
            return self.product(eta, direction, constants)[2]

        return jax.vmap(product, in_axes=1, out_axes=1)(directions)

    def batch(self, thetas: Any, constants: Sequence[Any]) -> Any:
        return jax.vmap(lambda theta: self._program(theta, constants))(thetas)


class Executables:
    """What is compiled of one program; each function when it is first called.

    All take the constants as their last argument and return arrays: JAX's, or NumPy's where
    `are_few_calls`.
    """

    def __init__(self, program: Program) -> None:
        functions = _Functions(program)
        # What was read of it, from zero or elsewhere, and whether that agreed with it.
        self.readings: dict[tuple[str, bool], bool] = {}
        self.is_diagonal = functions.is_diagonal
        self.is_low_rank = functions.is_low_rank
        self.is_quadratic = degree(program) <= 2
        # A quadratic function's Hessian is that at any point.
        self.are_few_calls = self.is_quadratic and (self.is_diagonal or self.is_low_rank)
        second_order: Any = FewCalls if self.are_few_calls else jax.jit
        self.length = len(program.equations)
        self._functions = functions
        self._lowered: Lowered | None = None
        self._was_lowered = False
        self.call = jax.jit(functions.call)
        self.value_and_gradient = jax.jit(functions.value_and_gradient)
        self.hessian = jax.jit(functions.hessian)
        self.diagonal = second_order(functions.diagonal)
        self.low_rank = second_order(functions.low_rank)
        self.blocks = jax.jit(functions.blocks)
        self.products = jax.jit(functions.products)
        self._batch = FewCalls(functions.batch)
        self._has_hessian: bool | None = None

    def placed(self, constants: Sequence[Any]) -> Sequence[Any]:
        """Return constants where they are used: NumPy takes them as they are."""
        return constants if self.are_few_calls else on_cpu(constants)

    def columns(self, dimension: int, constants: Sequence[Any]) -> Iterator[FloatArray]:
        """Compute the columns of a linear program's matrix, some at a time, as rows."""
        # XLA's convolutions crash on batches of some hundred (jaxlib 0.10.2).
        size = min(_BATCH, dimension)
        if not self._batch.is_known(np.eye(size, dimension), constants):
            constants = on_cpu(constants)
        for first in range(0, dimension, size):
            basis = np.eye(size, dimension, k=first)
            count = min(size, dimension - first)
            yield self._batch(basis, constants)[0][:count].reshape(count, -1)

    @property
    def is_long(self) -> bool:
        """Whether a general second derivative would take XLA minutes to compile."""
        return self.length > _LONG

    def lowered(self, eta: Any, constants: Sequence[Any]) -> Lowered | None:
        """Return the second order for the engine; None if it does not know all operations.

        That is `diagonal` or `low_rank` if the Hessian is so, else what finds its products.
        Arguments have the shapes and types that these are always called with. Raises what tracing
        raises.
        """
        if not self._was_lowered:
            if self.is_diagonal:
                self._lowered = lower(self._functions.diagonal, eta, constants)
            elif self.is_low_rank:
                self._lowered = lower(self._functions.low_rank, eta, constants)
            else:
                self._lowered = lower_product(self._functions.product, eta, constants)
            self._was_lowered = True
        return self._lowered

    def is_twice_differentiable(self, eta: Any, constants: Sequence[Any]) -> bool:
        """Whether JAX can differentiate a function of `eta` twice; found by tracing, once."""
        if self._has_hessian is None:
            self._has_hessian = _succeeds(self.lowered, eta, constants)
        return self._has_hessian

    def has_hessian(self, theta: Any, constants: Sequence[Any]) -> bool:
        """Whether JAX can differentiate the program twice; found by tracing, once."""
        if self._has_hessian is None and self.is_long:
            self._has_hessian = False
        if self._has_hessian is None:
            variables = abstract((_SMALLEST_SUPPORT,), jnp.int32)
            self._has_hessian = _succeeds(self.hessian.trace, theta, variables, constants)
        return self._has_hessian


def _succeeds(tracing: Any, *arguments: Any) -> bool:
    try:
        tracing(*arguments)
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
        entries = self._entries
        # Made without the lock: a user's derivative rule may run here, and solve itself.
        made = None if key in entries else Executables(program)
        with self._lock:
            entry = entries.get(key) or made or Executables(program)
            entries[key] = entry
            entries.move_to_end(key)
            while len(entries) > self._size:
                entries.popitem(last=False)
            return entry

    def clear(self) -> None:
        """Forget everything; without the lock, which nobody may hold after a fork."""
        self._entries = OrderedDict()


def padded_size(size: int) -> int:
    """Round a number of variables up, so that few sizes are ever compiled: 8, 16, 32, ..."""
    return max(_SMALLEST_SUPPORT, 1 << (size - 1).bit_length())
