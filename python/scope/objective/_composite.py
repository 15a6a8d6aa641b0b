"""Reads an objective as g(M theta) and hands it to the engine: M to native kernels, g compiled."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from scope import _core
from scope.objective._agreement import Probe
from scope.objective._black_box import Traced, cache
from scope.objective._jax import abstract, scoped
from scope.objective._kinds import Image
from scope.objective._operators import place, strided
from scope.objective._outer import Outer
from scope.objective._program import Program
from scope.objective._reader import Reading, Unread, read
from scope.objective._terms import Penalty, QuadraticTerms
from scope.typing import FloatArray, IndexArray


@dataclass(frozen=True)
class Composite:
    """An objective that was read: the engine's, what was found, and of what image it is one."""

    engine: _core.Objective
    explanation: str
    image: Image | None


def read_composite(traced: Traced, start: FloatArray, *, images: bool) -> Composite:
    """Read an objective, of images of theta only if asked; raises Unread for a black box.

    It is finite near `start`, if anywhere.
    """
    if not traced.x64:
        raise Unread("it is traced in single precision")
    with scoped(x64=True):

        def materialise(linear: Program) -> Iterator[FloatArray]:
            executables = cache.get(linear, traced.constants, traced.theta)
            return executables.columns(traced.dimension, traced.constants)

        reading = read(traced.program, traced.constants, traced.dimension, materialise, images)
        found = _built(reading, traced.dimension)
        verdicts = cache.get(traced.program, traced.constants, traced.theta).readings
        subject = (found.explanation, bool(np.any(start)))
        first = subject not in verdicts
        if first:
            rows = traced.dimension if isinstance(reading, QuadraticTerms) else reading.rows
            probe = Probe(traced, rows, found.image, start)
            verdicts[subject] = probe.agrees(found.engine)
        if not verdicts[subject]:
            raise Unread("the structure that was read does not reproduce it")
        if first:
            # What an engine was asked stays in its caches, and thus in the last digit of what it
            # answers: the first solve gets a fresh one, as all later ones do. Not beside the other:
            # in long columns they would be the peak.
            del found
            found = _built(reading, traced.dimension)
    return found


def _built(reading: Reading | QuadraticTerms, dimension: int) -> Composite:
    if isinstance(reading, QuadraticTerms):
        found = _form(reading)
    else:
        found = _composite(reading, dimension)
    if reading.penalty is None:
        return found
    return _penalised(found, reading.penalty, dimension)


def _composite(reading: Reading, dimension: int) -> Composite:
    outer = Outer(reading)
    if not outer.twice_differentiable:
        raise Unread("JAX cannot differentiate it twice")
    image = reading.image
    lower, upper = (-np.inf, np.inf) if image is None else image.bounds
    engine = outer.composite(_design(reading, dimension), lower, upper)
    names = ", ".join(str(block.operator) for block in reading.blocks)
    count = len(reading.blocks)
    explanation = (
        f"g(M {image or 'theta'}) with M of {reading.rows} rows from {count} "
        f"block{'s' * (count > 1)} ({names}); {outer}"
    )
    return Composite(engine, explanation, image)


def _design(reading: Reading, dimension: int) -> _core.DesignMatrix:
    design = _core.BlockMatrix(reading.rows, dimension)
    first_row = 0
    for product in reading.products:
        for block in product.blocks:
            place(block.operator, design, first_row, block.columns, block.scale)
        first_row += product.rows
    return design


def _form(terms: QuadraticTerms) -> Composite:
    matrix = strided(terms.matrix)
    count = len(matrix)
    plain, transposed = _core.BlockMatrix(count, count), _core.BlockMatrix(count, count)
    plain.place(matrix, 0, 0)
    transposed.place(matrix.T, 0, 0)
    diagonal = np.diagonal(matrix).astype(np.float64)
    engine = _core.QuadraticForm(
        plain, transposed, diagonal, terms.linear, scale=terms.scale, constant=terms.constant
    )
    explanation = f"a quadratic form with a known matrix ({count}x{count} {matrix.dtype})"
    return Composite(engine, explanation, None)


def _penalised(found: Composite, penalty: Penalty, dimension: int) -> Composite:
    terms = SeparableTerms(penalty, dimension)
    kind = "quadratic " if penalty.is_quadratic else ""
    explanation = f"{found.explanation}; a separable {kind}penalty"
    return Composite(terms.added_to(found.engine), explanation, found.image)


class SeparableTerms:
    """Separable terms of theta, as the engine asks for them."""

    def __init__(self, penalty: Penalty, dimension: int) -> None:
        self._dimension = dimension
        self._theta = abstract((dimension,), np.float64)
        self._is_quadratic = penalty.is_quadratic
        self._executables = cache.get(penalty.program, penalty.constants, self._theta)
        self._constants = penalty.constants

    def added_to(self, engine: _core.Objective) -> _core.Penalised:
        """Return the sum of an objective and these terms."""
        if self._is_quadratic:
            value, slope, curvature = self.full(np.zeros(self._dimension))
            return _core.Penalised(engine, slope, curvature, value)
        lowered = self._executables.lowered(self._theta, self._constants)
        if lowered is not None:
            return _core.Penalised(engine, lowered.program, lowered.constants(self._constants))
        _, slope, curvature = self.full(np.zeros(self._dimension))
        return _core.Penalised(engine, slope, curvature, self.evaluate)

    def full(self, theta: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        """Return the value with the slope and curvature of every entry."""
        with scoped(x64=True):
            value, slope, curvature = self._executables.diagonal(theta, self._placed)
            return float(value), np.asarray(slope), np.asarray(curvature)

    def evaluate(
        self, variables: IndexArray, values: FloatArray
    ) -> tuple[float, FloatArray, FloatArray]:
        """Return the value, and slopes and curvatures on a support, zero elsewhere."""
        theta = np.zeros(self._dimension)
        theta[variables] = values
        value, slope, curvature = self.full(theta)
        return value, slope[variables], curvature[variables]

    @cached_property
    def _placed(self) -> Sequence[Any]:
        """The constants where JAX's executables take them from."""
        return self._executables.placed(self._constants)
