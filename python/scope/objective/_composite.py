"""Objectives read as g(M theta): M goes to native kernels, g is compiled."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from scope import _core
from scope.objective._black_box import Traced, cache
from scope.objective._canonical import program_key
from scope.objective._executables import Executables, padded_size
from scope.objective._jax import abstract, on_cpu, scoped
from scope.objective._kinds import Block, Product
from scope.objective._program import Program
from scope.objective._reader import Reading, Unread, read
from scope.typing import FloatArray

# Agreement between a program and its reading; sums of millions of terms lose a few digits.
_TOLERANCE = 1e-7
_PROBES = 5
# Columns of g'' V computed at once.
_CHUNK = 64


class Outer:
    """g with its constants, as the engine's OuterFunction asks for it."""

    def __init__(self, reading: Reading) -> None:
        self._constants = on_cpu(reading.constants)
        eta = abstract((reading.rows,), np.float64)
        self._executables: Executables = cache.get(reading.outer, self._constants, eta)
        self.diagonal = self._executables.has_diagonal_hessian
        self.twice_differentiable = self._executables.is_twice_differentiable(eta, self._constants)

    def evaluate(self, eta: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        """Return g, its gradient and its Hessian's diagonal (empty where it is not diagonal)."""
        with scoped(x64=True):
            value, slope, weight = self._executables.with_diagonal(eta, self._constants)
            return float(value), np.asarray(slope), np.asarray(weight)

    def require_agreement(self, traced: Traced, reading: Reading) -> None:
        """Compare a reading with its program at a random point, once for each structure."""
        signature = (
            program_key(traced.program, traced.constants, traced.theta, order=0),
            tuple((block.first_column, block.matrix.shape) for block in reading.blocks),
        )
        if signature in self._executables.readings:
            return
        if not _agree(traced, reading, self):
            raise Unread("the structure that was read does not reproduce it")
        self._executables.readings.add(signature)

    def hessian_products(self, eta: FloatArray, directions: FloatArray) -> FloatArray:
        """Return the Hessian of g at `eta` times the columns of `directions` (n, k)."""
        count = directions.shape[1]
        products = np.empty_like(directions)
        with scoped(x64=True):
            for first in range(0, count, _CHUNK):
                part = directions[:, first : first + _CHUNK]
                padded = np.zeros((len(eta), padded_size(part.shape[1])))
                padded[:, : part.shape[1]] = part
                found = self._executables.products(eta, padded, self._constants)
                products[:, first : first + _CHUNK] = np.asarray(found)[:, : part.shape[1]]
        return products


def read_composite(traced: Traced) -> tuple[_core.Objective, str]:
    """Read an objective and say what was found; raises Unread where it stays a black box."""
    if not traced.x64:
        raise Unread("it is traced in single precision")
    with scoped(x64=True):

        def materialise(linear: Program) -> FloatArray:
            used = on_cpu(traced.constants)
            basis = np.eye(traced.dimension)
            jacobian = cache.get(linear, used, traced.theta).jacobian(basis, used)
            return np.asarray(jacobian, dtype=np.float64).reshape(traced.dimension, -1).T

        reading = read(traced.program, traced.constants, traced.dimension, materialise)
        outer = Outer(reading)
        if not outer.twice_differentiable:
            raise Unread("JAX cannot differentiate it twice")
        outer.require_agreement(traced, reading)
    engine = _core.Composite(
        _design(reading.products, reading.rows, traced.dimension),
        outer.evaluate,
        hessian_products=None if outer.diagonal else outer.hessian_products,
    )
    return engine, _described(reading, outer)


def _described(reading: Reading, outer: Outer) -> str:
    """Say what M and g are."""
    sizes = ", ".join(
        f"{'x'.join(map(str, block.matrix.shape))} {block.matrix.dtype}" for block in reading.blocks
    )
    count = len(reading.blocks)
    hessian = "diagonal" if outer.diagonal else "by products"
    return (
        f"g(M theta) with M of {reading.rows} rows from {count} "
        f"block{'s' * (count > 1)} ({sizes}); the Hessian of g is {hessian}"
    )


def _agree(traced: Traced, reading: Reading, outer: Outer) -> bool:
    """Compare value and a directional derivative at a random point where both are finite."""

    def objective(theta: Any) -> Any:
        return jnp.reshape(traced.program(theta, traced.constants), ())

    rng = np.random.default_rng(traced.dimension)
    for attempt in range(_PROBES):
        point, direction = rng.standard_normal((2, traced.dimension)) / np.sqrt(traced.dimension)
        point *= 0.1 ** (attempt + 1)
        expected_value, gradient = jax.value_and_grad(objective)(point)
        expected = np.array([expected_value, gradient @ direction])
        moved = _times(reading, direction)
        value, slope, _ = outer.evaluate(_times(reading, point))
        if np.all(np.isfinite(expected)):
            break
    else:
        return False
    scale = abs(value) + np.abs(slope) @ np.abs(moved)
    found = np.array([value, slope @ moved])
    return bool(np.allclose(expected, found, rtol=_TOLERANCE, atol=_TOLERANCE * scale))


def _times(reading: Reading, theta: FloatArray) -> FloatArray:
    """M theta, by NumPy."""
    return np.concatenate(
        [
            sum(_block_times(block, theta) for block in product.blocks)
            for product in reading.products
        ]
    )


def _block_times(block: Block, theta: FloatArray) -> FloatArray:
    return np.asarray(block.matrix @ (block.scale * theta[block.columns]), dtype=np.float64)


def _design(products: tuple[Product, ...], rows: int, dimension: int) -> _core.DesignMatrix:
    design = _core.BlockMatrix(rows, dimension)
    first_row = 0
    for product in products:
        for block in product.blocks:
            design.place(_strided(block.matrix), first_row, block.first_column, block.scale)
        first_row += product.blocks[0].matrix.shape[0]
    return design


def _strided(matrix: Any) -> Any:
    """Return the matrix itself if one of its axes is contiguous, else a copy."""
    item = matrix.itemsize
    (rows, cols), (down, along) = matrix.shape, matrix.strides
    contiguous = item in (along, down) or 1 in (rows, cols)
    forward = min(down, along) >= item and down % item == 0 and along % item == 0
    return (
        matrix if contiguous and forward and matrix.flags.aligned else np.ascontiguousarray(matrix)
    )
