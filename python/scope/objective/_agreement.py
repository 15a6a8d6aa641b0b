"""Compares a reading with the program that was read, once for each structure."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from scope import _core
from scope.objective._black_box import Traced
from scope.objective._jax import bind, on_cpu, scoped
from scope.objective._kinds import Image
from scope.objective._numerics import FewCalls, dot
from scope.objective._program import Constant, Equation, Fixed, Program, Variable
from scope.typing import FloatArray

# Agreement between a program and its reading; sums of millions of terms lose a few digits.
_TOLERANCE = 1e-7
_PROBES = 5
# Most matrix entries gathered for a point: it is dense if that suffices, else zero but for a few.
_GATHERED = 2**20
_FEW = 32
# Captured arrays of more bytes are not copied to JAX for the comparison.
_MOST_COPIED = 2**26


class Probe:
    """Values and directional derivatives of a program at random points, differentiated by JAX.

    The first is computed in a thread: what NumPy cannot evaluate compiles while the engine's
    functions do.
    """

    def __init__(self, traced: Traced, rows: int, image: Image | None, start: FloatArray) -> None:
        dimension = traced.dimension
        rng = np.random.default_rng(dimension)
        affordable = _GATHERED // max(1, rows)
        few = min(dimension, affordable) if dimension <= affordable else min(_FEW, affordable)
        few = min(dimension, max(2, few))
        # Points near the start, where f is finite, if what is not zero there can be gathered.
        near = start if np.count_nonzero(start) <= affordable else np.zeros(dimension)
        near = near if image is None else 0.5 * image.of(near)  # off the bounds that are not zero
        chosen = rng.choice(dimension, few, replace=False)
        self.variables = np.union1d(chosen, np.flatnonzero(near))
        self._points = []
        for attempt in range(_PROBES):
            point, direction = near.copy(), rng.standard_normal(dimension)
            moved = 0.1 ** (attempt + 1) * rng.standard_normal(few) / np.sqrt(few)
            point[chosen] += moved if image is None else _inside(moved, *image.bounds)
            if image is not None:  # inside its bounds, and nothing moves from where it has kinks
                direction[point == 0.0] = 0.0
            self._points.append((point, direction / np.sqrt(dimension)))
        self._traced = traced
        self._image = image

    def agrees(self, engine: _core.Objective) -> bool:
        """Whether the engine's objective has the program's value and derivative.

        Where the program is finite at none of the points, nothing is known: that is no agreement.
        """
        with _in_thread(self._expected, *self._points[0]) as first:
            found = self._found(engine, *self._points[0])
        expected = first()
        for point, direction in self._points[1:]:
            if np.all(np.isfinite(expected)):
                break
            expected = self._expected(point, direction)
            found = self._found(engine, point, direction)
        if not np.all(np.isfinite(expected)):
            return False
        value, derivative, scale = found
        return bool(
            np.allclose(
                [value, derivative], expected, rtol=_TOLERANCE, atol=_TOLERANCE * (1.0 + scale)
            )
        )

    def _found(
        self, engine: _core.Objective, point: FloatArray, direction: FloatArray
    ) -> tuple[float, float, float]:
        value, gradient = engine.value_and_gradient(self.variables.tolist(), point[self.variables])
        scale = abs(value) + float(np.abs(gradient) @ np.abs(direction))
        return value, float(gradient @ direction), scale

    def _expected(self, point: FloatArray, direction: FloatArray) -> FloatArray:
        if self._image is not None:
            # By the inverse of the image, with its derivative: theta = u, or the root of u.
            root = self._image.inverse(point)
            if self._image.name == "square":
                direction = np.divide(direction, 2.0 * root, where=root > 0, out=0.0 * root)
            point = root
        with scoped(x64=True):
            return _value_and_derivative(self._traced, point, direction)


def _inside(point: FloatArray, lower: float, upper: float) -> FloatArray:
    """Move a point into an interval that contains zero, away from bounds other than zero."""
    one_sided = np.abs(point) if lower == 0.0 else -np.abs(point) if upper == 0.0 else point
    return 0.5 * np.clip(one_sided, lower, upper)


@contextmanager
def _in_thread(function: Any, *arguments: Any) -> Iterator[Any]:
    """Run a function beside the block; the block's target returns its result afterwards."""
    with ThreadPoolExecutor(1) as executor:
        yield executor.submit(function, *arguments).result


def _value_and_derivative(traced: Traced, point: FloatArray, direction: FloatArray) -> FloatArray:
    program, constants = traced.program, traced.constants

    def value(theta: Any, used: Sequence[Any]) -> Any:
        return jnp.reshape(program(theta, used), ())

    def forward(theta: Any, along: Any, used: Sequence[Any]) -> Any:
        return jax.jvp(lambda at: value(at, used), (theta,), (along,))

    function = FewCalls(forward)
    try:
        known = function.is_known(point, direction, constants)
        if not known and sum(getattr(array, "nbytes", 8) for array in constants) > _MOST_COPIED:
            return _forward(program, constants, point, direction)
        return np.array(function(point, direction, constants if known else on_cpu(constants)))
    except TypeError:  # a custom_vjp has no forward rule
        found, gradient = FewCalls(jax.value_and_grad(value))(point, constants)
        return np.array([found, gradient @ direction])


def _forward(
    program: Program, constants: Sequence[Any], point: FloatArray, direction: FloatArray
) -> FloatArray:
    """Value and derivative, equation by equation: products with large arrays are NumPy's."""
    values: dict[int, Any] = {0: point}
    slopes: dict[int, Any] = {0: direction}

    def value(atom: Any) -> Any:
        match atom:
            case Variable(index):
                return values[index]
            case Constant(index):
                return constants[index]
            case Fixed(fixed):
                return fixed

    for equation in program.equations:
        inputs = [value(atom) for atom in equation.inputs]
        moving = [
            at
            for at, atom in enumerate(equation.inputs)
            if isinstance(atom, Variable) and atom.index in slopes
        ]
        found, moved = _step(equation, inputs, moving, slopes)
        values |= zip(equation.outputs, found, strict=True)
        slopes |= zip(equation.outputs, moved, strict=True) if moving else ()
    result = program.result
    return np.array([float(value(result)), float(slopes[result.index])])  # type: ignore[union-attr]


def _step(
    equation: Equation, inputs: list[Any], moving: list[int], slopes: dict[int, Any]
) -> tuple[list[Any], list[Any]]:
    if equation.primitive.name == "dot_general" and len(moving) == 1:
        (at,) = moving
        tangent = list(inputs)
        tangent[at] = slopes[equation.inputs[at].index]  # type: ignore[union-attr]
        return [dot(equation.params, *inputs)], [dot(equation.params, *tangent)]
    if not moving:
        return bind(equation.primitive, equation.params, list(map(jnp.asarray, inputs))), []

    def call(*changed: Any) -> list[Any]:
        full = list(inputs)
        for at, argument in zip(moving, changed, strict=True):
            full[at] = argument
        return bind(equation.primitive, equation.params, full)

    primals = tuple(jnp.asarray(inputs[at]) for at in moving)
    tangents = tuple(jnp.asarray(slopes[equation.inputs[at].index]) for at in moving)  # type: ignore[union-attr]
    found, moved = jax.jvp(call, primals, tangents)
    return list(found), list(moved)
