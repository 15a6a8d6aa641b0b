"""Compares what was read of an objective with JAX's own derivatives of it."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from scope.objective import ObjectiveSpec, build_objective

QUICKLY = {"xla_backend_optimization_level": 0}  # no optimisation of what runs twice
ROUNDING = 1e-9  # both sides are computed in double precision, sums of some hundred terms


def build(objective, dimension):
    """Build an objective as a solver without groups does."""
    starts = np.arange(dimension + 1)
    return build_objective(ObjectiveSpec(objective, None, dimension, starts, np.zeros(dimension)))


def _as_the_engine_sees_it(built, objective, theta):
    """The engine minimises over the image of theta: f at its inverse, away from kinks."""
    if built.image is None:
        return objective, theta
    lower, upper = built.image.bounds
    theta = np.abs(theta) if lower == 0 else -np.abs(theta) if upper == 0 else theta
    image = np.clip(theta, 0.9 * lower, 0.9 * upper)
    if built.image.name == "square":
        return lambda squares: objective(jnp.sqrt(squares)), image
    return objective, image


def _by_jax(objective):
    """Return a function that finds value, gradient and Hessian, all compiled at once."""

    def derivatives(theta):
        gradient = jax.grad(objective)
        return (*jax.value_and_grad(objective)(theta), jax.jacfwd(gradient)(theta))

    compiled = jax.jit(derivatives, compiler_options=QUICKLY)

    def found(theta):
        with jax.enable_x64(True):
            value, gradient, hessian = compiled(jnp.asarray(theta))
        return float(value), np.asarray(gradient), np.asarray(hessian)

    return found


def assert_same_derivatives(built, objective, dimension, seed=1):
    """Check value, gradient and Hessian at a dense point, value and gradient at a sparse one."""
    theta = 0.3 * np.random.default_rng(seed).standard_normal(dimension)
    theta[np.abs(theta) < 0.01] = 0.01
    objective, theta = _as_the_engine_sees_it(built, objective, theta)
    by_jax = _by_jax(objective)
    value, gradient, hessian = by_jax(theta)
    scale = 1 + np.abs(hessian).max()
    found, full_gradient = built.engine.value_and_gradient(range(dimension), theta)
    assert found == pytest.approx(value, rel=ROUNDING, abs=ROUNDING)
    np.testing.assert_allclose(full_gradient, gradient, atol=ROUNDING * scale)
    on_support = built.engine.hessian(range(dimension), theta)
    np.testing.assert_allclose(on_support, hessian, atol=ROUNDING * scale)
    few = np.arange(0, dimension, 3)
    sparse = np.zeros(dimension)
    sparse[few] = theta[few]
    value, gradient, _ = by_jax(sparse)
    found, full_gradient = built.engine.value_and_gradient(few.tolist(), theta[few])
    assert found == pytest.approx(value, rel=ROUNDING, abs=ROUNDING, nan_ok=True)
    compared = few if built.image is not None else np.arange(dimension)  # kinks at zero
    np.testing.assert_allclose(full_gradient[compared], gradient[compared], atol=ROUNDING * scale)
