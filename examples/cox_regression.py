"""
Cox regression: survival times without a model of the baseline
==============================================================

Model: the hazard at time t is ``h(t) exp(x'theta)`` with any h. Selected are the columns of X.

Sort the samples by time once, in the generator. The set at risk at a time is then everyone from
there on, and its sum a cumulative sum from the end: O(n), while a matrix of who is at risk would
have n^2 entries. Subtracting the largest ``x'theta`` first avoids overflow, and since it cancels
its derivative need not be followed. Every sample meets every other in g, so ``explain`` says that
the Hessian of g is known by its products only.
"""

import jax
import jax.numpy as jnp
import numpy as np

from scope import ScopeSolver


def generate(seed=0):
    """Return a design and event indicators, sorted by time, and the true support."""
    rng = np.random.default_rng(seed)
    n, p = 400, 150
    X = rng.standard_normal((n, p))
    truth = np.array([2, 70, 133])
    time = rng.exponential(np.exp(-X[:, truth] @ np.array([1.0, -1.0, 0.8])))
    censoring = rng.exponential(2.0, n)
    order = np.argsort(np.minimum(time, censoring))
    return X[order], (time <= censoring)[order].astype(float), truth


def objective(X, event):
    """Return the mean negative log partial likelihood as a function of theta."""

    def loss(theta):
        eta = X @ theta
        eta -= jax.lax.stop_gradient(jnp.max(eta))
        at_risk = jnp.cumsum(jnp.exp(eta)[::-1])[::-1]
        return jnp.mean(event * (jnp.log(at_risk) - eta))

    return loss


def main():
    """Select three columns."""
    X, event, truth = generate()
    solver = ScopeSolver(X.shape[1], sparsity=len(truth))
    solver.solve(objective(X, event))
    print("selected:", solver.get_support(), "truth:", truth)
    assert set(solver.get_support()) == set(truth)


if __name__ == "__main__":
    main()
