"""What is compiled, and how often: counted by JAX's own events."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from sparse_regression import P, sparse_truth

import scope
from scope import ScopeSolver


def compiled_loss(residual):
    """A loss that only JAX can evaluate, for the gamma function is unknown to the engine."""
    return jnp.mean(jax.lax.lgamma(2.0 + residual**2))


def test_new_closures_over_new_data_do_not_compile_again(compilations):
    scope.clear_cache()

    def solve(seed, penalty):
        X, y = sparse_truth(seed)
        solver = ScopeSolver(P, 2)
        solver.solve(lambda t: compiled_loss(y - X @ t) + penalty * jnp.sum(t**2))
        return solver.get_support().tolist()

    assert solve(0, 0.01) == [0, 5]
    first = len(compilations)
    assert first > 0
    assert [solve(seed, 0.01 * seed) for seed in (1, 2, 3)] == [[1, 6], [2, 7], [3, 8]]
    assert len(compilations) == first


def test_a_new_support_size_below_the_padding_does_not_compile_again(compilations):
    scope.clear_cache()
    X, y = sparse_truth(0)

    def objective(t):
        return compiled_loss(y - X @ t)

    ScopeSolver(P, 1).solve(objective)
    first = len(compilations)
    assert first > 0
    ScopeSolver(P, 2).solve(objective)
    assert len(compilations) == first


def test_clearing_the_cache_compiles_again(compilations):
    X, y = sparse_truth(0)

    def objective(t):
        return compiled_loss(y - X @ t)

    ScopeSolver(P, 2).solve(objective)
    first = len(compilations)
    scope.clear_cache()
    ScopeSolver(P, 2).solve(objective)
    assert len(compilations) > first


@pytest.mark.parametrize(
    "loss",
    [
        lambda residual: jnp.mean(residual**2),
        lambda residual: jnp.mean(jnp.sqrt(1.0 + residual**2)),
        lambda residual: jnp.sum(jnp.logaddexp(residual, -residual)),
        lambda residual: jnp.mean(
            jnp.where(jnp.abs(residual) < 1, residual**2, 2 * jnp.abs(residual) - 1)
        ),
        lambda residual: jnp.log(jnp.sum(residual**2)),
    ],
    ids=["squares", "pseudo-Huber", "log cosh", "two branches", "logarithm of a sum"],
)
def test_losses_of_known_operations_compile_nothing(loss, compilations):
    scope.clear_cache()
    X, y = sparse_truth(0)
    solver = ScopeSolver(P, 2)
    solver.solve(lambda t: loss(y - X @ t) + 0.01 * jnp.sum(t**2))
    assert solver.get_support().tolist() == [0, 5]
    assert not compilations


def test_softmax_by_labels_compiles_nothing(compilations):
    scope.clear_cache()
    jax.clear_caches()
    X, y = sparse_truth(0)
    rows, labels = np.arange(len(y)), np.digitize(y, [-1.0, 1.0])
    solver = ScopeSolver(3 * P, 2, group=np.repeat(np.arange(P), 3))
    solver.solve(lambda t: -jnp.mean(jax.nn.log_softmax(X @ t.reshape(P, 3))[rows, labels]))
    assert solver.get_support().tolist() == [0, 1, 2, 15, 16, 17]
    assert "blocks of 3 a sample; g is evaluated natively" in solver.result.structure
    assert not compilations


def test_penalties_of_known_operations_compile_nothing(compilations):
    scope.clear_cache()
    X, y = sparse_truth(0)
    weights = np.linspace(0.5, 1.5, P)
    solver = ScopeSolver(P, 2)
    solver.solve(
        lambda t: jnp.mean((y - X @ t) ** 2) + 0.01 * jnp.sum(weights * jnp.sqrt(0.1 + t**2))
    )
    assert solver.get_support().tolist() == [0, 5]
    assert "a separable penalty" in solver.get_result()["structure"]
    assert not compilations
