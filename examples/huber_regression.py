"""
Huber regression: quadratic near zero, linear in the tails
==========================================================

Model: ``y = X theta + noise`` with heavy tails (Student's t with 1.5 degrees of freedom). Selected
are the columns of X.

Huber's loss is ``r^2 / 2`` up to ``|r| = d`` and ``d |r| - d^2 / 2`` beyond. Without a branch it
is ``c (|r| - c / 2)`` with ``c = min(|r|, d)``. It has one continuous derivative, which is enough.
``explain`` says that the Hessian of g is diagonal.
"""

import jax.numpy as jnp
import numpy as np

from scope import ScopeSolver

DELTA = 1.0


def generate(seed=0):
    """Return a design in single precision, responses with heavy tails, and the true support."""
    rng = np.random.default_rng(seed)
    n, p = 500, 200
    X = rng.standard_normal((n, p), dtype=np.float32)
    truth = np.array([11, 85, 160])
    y = X[:, truth] @ np.array([1.0, -1.0, 1.5]) + rng.standard_t(1.5, n)
    return X, y, truth


def objective(X, y):
    """Return the mean of Huber's loss as a function of theta."""

    def loss(theta):
        size = jnp.abs(y - X @ theta)
        clipped = jnp.minimum(size, DELTA)
        return jnp.mean(clipped * (size - 0.5 * clipped))

    return loss


def main():
    """Select three columns."""
    X, y, truth = generate()
    solver = ScopeSolver(X.shape[1], sparsity=len(truth))
    solver.solve(objective(X, y))
    print("selected:", solver.get_support(), "truth:", truth)
    assert set(solver.get_support()) == set(truth)


if __name__ == "__main__":
    main()
