"""g, the part of an objective that is left to JAX, as the engine's OuterFunction asks for it."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from scope import _core
from scope.objective._black_box import cache
from scope.objective._executables import Executables, padded_size
from scope.objective._jax import abstract, scoped
from scope.objective._lowered import Lowered
from scope.objective._reader import Reading, Unread
from scope.objective._samples import sample_blocks
from scope.typing import FloatArray, IndexArray

# Columns of g'' V computed at once.
_CHUNK = 64

Curvature = _core.OuterCurvature
_NAMES = {
    Curvature.diagonal: "diagonal",
    Curvature.low_rank: "diagonal up to a low rank",
    Curvature.blocks: "blocks of {} a sample",
    Curvature.products: "by products",
}


class Outer:
    """g with its constants."""

    def __init__(self, reading: Reading) -> None:
        eta = abstract((reading.rows,), np.float64)
        self._executables: Executables = cache.get(reading.outer, reading.constants, eta)
        self._constants = reading.constants
        self.samples: IndexArray | None = None
        if self._executables.is_diagonal:
            self.curvature = Curvature.diagonal
        elif self._executables.is_low_rank:
            self.curvature = Curvature.low_rank
        else:
            self.samples = sample_blocks(reading.outer, reading.constants)
            blocks = self.samples is not None
            self.curvature = Curvature.blocks if blocks else Curvature.products
        self._eta = eta
        self.is_quadratic = self._executables.is_quadratic
        self.twice_differentiable = self._executables.is_twice_differentiable(eta, self._constants)
        natively = self.twice_differentiable and self._lowered() is not None
        if self.curvature is Curvature.products and self._executables.is_long and not natively:
            raise Unread(
                f"the Hessian of g, of {self._executables.length} operations, would take long to "
                "compile: it is fitted by gradients"
            )

    def __str__(self) -> str:
        width = 0 if self.samples is None else len(self.samples)
        curvature = _NAMES[self.curvature].format(width)
        quadratic = "quadratic and " if self.is_quadratic else ""
        where = "by JAX" if self._lowered() is None else "natively"
        return f"the Hessian of g is {curvature}; g is {quadratic}evaluated {where}"

    def composite(self, design: _core.DesignMatrix, lower: float, upper: float) -> _core.Composite:
        """Hand g to the engine together with M, the parameters bound to an interval."""
        lowered = self._lowered()
        samples = np.empty((0, 0), np.intp) if self.samples is None else self.samples
        if lowered is not None:
            product = lowered.product
            return _core.Composite(
                design,
                lowered.program,
                lowered.constants(self._constants),
                curvature=self.curvature,
                product=None if product is None else product.bound(self._constants),
                samples=samples,
                quadratic=self.is_quadratic,
                lower=lower,
                upper=upper,
            )
        by_products = self.curvature is Curvature.products
        return _core.Composite(
            design,
            self._evaluation(),
            curvature=self.curvature,
            hessian_products=self._hessian_products if by_products else None,
            samples=samples,
            quadratic=self.is_quadratic,
            lower=lower,
            upper=upper,
        )

    @cached_property
    def _placed(self) -> Sequence[Any]:
        """The constants where JAX's executables take them from."""
        return self._executables.placed(self._constants)

    def _lowered(self) -> Lowered | None:
        return self._executables.lowered(self._eta, self._constants)

    def _evaluation(self) -> Callable[[FloatArray], tuple[Any, ...]]:
        """Return the function of eta that finds value, slope and curvature of g."""
        executables, samples = self._executables, self.samples
        constants = self._placed

        def found(values: tuple[Any, ...]) -> tuple[Any, ...]:
            return (float(values[0]), *map(np.asarray, values[1:]))

        def diagonal(eta: FloatArray) -> tuple[Any, ...]:
            with scoped(x64=True):
                return found(executables.diagonal(eta, constants))

        def low_rank(eta: FloatArray) -> tuple[Any, ...]:
            with scoped(x64=True):
                return found(executables.low_rank(eta, constants))

        def blocks(eta: FloatArray) -> tuple[Any, ...]:
            with scoped(x64=True):
                return found(executables.blocks(eta, samples, constants))

        def first_order(eta: FloatArray) -> tuple[Any, ...]:
            with scoped(x64=True):
                return found(executables.value_and_gradient(eta, constants))

        return {
            Curvature.diagonal: diagonal,
            Curvature.low_rank: low_rank,
            Curvature.blocks: blocks,
            Curvature.products: first_order,
        }[self.curvature]

    def _hessian_products(self, eta: FloatArray, directions: FloatArray) -> FloatArray:
        """Return the Hessian of g at `eta` times the columns of `directions` (n, k)."""
        count = directions.shape[1]
        constants = self._placed
        products = np.empty_like(directions)
        with scoped(x64=True):
            for first in range(0, count, _CHUNK):
                part = directions[:, first : first + _CHUNK]
                padded = np.zeros((len(eta), padded_size(part.shape[1])))
                padded[:, : part.shape[1]] = part
                found = self._executables.products(eta, padded, constants)
                products[:, first : first + _CHUNK] = np.asarray(found)[:, : part.shape[1]]
        return products
