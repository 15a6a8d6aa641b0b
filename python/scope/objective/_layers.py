"""Objectives of transformed parameters: f(T(x)), minimised over x."""

from collections.abc import Sequence
from typing import Any

import jax
import numpy as np

from scope._calling import as_array, require_real
from scope.exceptions import ArgumentTypeError, InvalidArgumentError
from scope.objective._black_box import PointFunction
from scope.objective._jax import scoped
from scope.typing import FloatArray, Layer


def transformed(layers: Sequence[Layer], point: Any) -> Any:
    """Apply all layers, the first one first."""
    for place, layer in enumerate(layers):
        name = f"layers[{place}].transform_params"
        point = _as_vector(layer.transform_params(point), layer.out_features, name)
    return point


def _as_vector(value: Any, size: int, name: str) -> Any:
    if isinstance(value, (list, tuple)):
        value = jax.numpy.asarray(value)
    if not hasattr(value, "shape") or not hasattr(value, "dtype"):
        raise ArgumentTypeError(f"{name} should return an array, got {type(value).__name__}.")
    require_real(value.dtype, name)
    if value.shape != (size,):
        raise InvalidArgumentError(f"{name} should return shape {(size,)}, got {value.shape}.")
    return value


def apply_layers(layers: Sequence[Layer], point: FloatArray) -> FloatArray:
    """Return the parameters that the objective sees, in double precision."""
    if not layers:
        return point
    with scoped(x64=True):
        return np.array(transformed(layers, point), dtype=np.float64)


def on_inputs(function: PointFunction, layers: Sequence[Layer]) -> PointFunction:
    """Return x -> function(T(x)); a value of T that is known comes as a NumPy array."""
    if not layers:
        return function

    def composed(point: Any) -> Any:
        return function(_known(transformed(layers, point)))

    return composed


def gradient_on_inputs(gradient: PointFunction, layers: Sequence[Layer]) -> PointFunction:
    """Return the gradient of x -> f(T(x)) by the chain rule, from the gradient of f."""
    if not layers:
        return gradient

    def chained(point: Any) -> Any:
        seen, pull_back = jax.vjp(lambda x: transformed(layers, x), point)
        slopes = gradient(_known(seen))
        if not isinstance(seen, jax.core.Tracer):
            slopes = as_array(slopes, seen.shape, "gradient")
        (result,) = pull_back(jax.numpy.asarray(slopes, dtype=seen.dtype))
        return result

    return chained


def _known(value: Any) -> Any:
    return value if isinstance(value, jax.core.Tracer) else np.asarray(value)
