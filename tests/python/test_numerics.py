"""NumPy evaluates what JAX traced, operation by operation; JAX's own results are the reference."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from operations import CASES, X, primitives

from scope.objective import _numerics
from scope.objective._numerics import FewCalls


@pytest.mark.parametrize(("name", "function", "at"), CASES, ids=[case[0] for case in CASES])
def test_values_are_those_of_jax(name, function, at):
    with jax.enable_x64(True):
        evaluated = FewCalls(function)
        assert evaluated.is_known(at)
        (found,) = evaluated(at)
        expected = np.asarray(jax.jit(function)(at))
    assert found.dtype == expected.dtype
    np.testing.assert_allclose(found, expected, rtol=1e-13, atol=1e-13)


def test_every_operation_that_is_known_is_among_those():
    used = set()
    with jax.enable_x64(True):
        for _, function, at in CASES:
            used.update(primitives(jax.make_jaxpr(function)(at).jaxpr))
    # Squeezes and the like are written as reshapes by some versions of JAX, and only the derivative
    # of the hyperbolic tangent by newer ones has an operation of its own.
    not_in_all = {"expand_dims", "copy", "one_minus_square"}
    assert set(_numerics.ENTRYWISE) | set(_numerics._OTHERS) <= used | not_in_all


@pytest.mark.parametrize(
    "function",
    [
        lambda x: jnp.sort(x, axis=0),
        lambda x: (10.0 * x).astype(int) // 3,
        lambda x: jax.lax.fori_loop(0, 3, lambda _, at: jnp.sin(at), x),
    ],
    ids=["sort", "integers", "a loop"],
)
def test_what_numpy_does_not_know_is_compiled(function):
    with jax.enable_x64(True):
        evaluated = FewCalls(function)
        assert not evaluated.is_known(X)
        np.testing.assert_array_equal(evaluated(X)[0], jax.jit(function)(X))
