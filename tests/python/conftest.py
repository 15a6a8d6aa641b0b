"""Shared problems."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import settings

# `nox -s random` runs with --hypothesis-profile=full.
settings.register_profile("default", max_examples=40)
settings.register_profile("full", max_examples=500)


@pytest.fixture
def regression():
    """Return a linear model with support {2, 5, 7} of 10 variables."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((60, 10))
    truth = np.zeros(10)
    truth[[2, 5, 7]] = [3.0, -2.0, 1.5]
    y = X @ truth + 0.1 * rng.standard_normal(60)
    return X, y


@pytest.fixture
def squared_error(regression):
    """Return the sum of squares of that model, in JAX."""
    X, y = regression
    return lambda theta: jnp.sum((y - X @ theta) ** 2)


_counted: list[str] = []


def _count_compilation(name, *_args, **_kwargs):
    if name.endswith("backend_compile_duration"):
        _counted.append(name)


# For good: JAX forgets all listeners or none, and one is the package's own.
jax.monitoring.register_event_duration_secs_listener(_count_compilation)


@pytest.fixture
def compilations():
    """Count XLA compilations by JAX's own monitoring events."""
    _counted.clear()
    return _counted
