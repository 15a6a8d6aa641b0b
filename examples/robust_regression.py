"""
Robust regression: a loss that forgets outliers
===============================================

Model: ``y = X theta + noise``, where a tenth of the responses are nonsense. Selected are the
columns of X.

The exponential squared loss ``1 - exp(-r^2 / gamma)`` is bounded: a residual far beyond
``sqrt(gamma)`` has no influence left. It is not convex. ``explain`` says that the Hessian of g is
diagonal, and where its entries are negative the engine bends them, so that Newton's method still
descends.
"""

import jax.numpy as jnp
import numpy as np

from scope import ScopeSolver

GAMMA = 4.0


def generate(seed=0):
    """Return a design, responses of which a tenth are off by far, and the true support."""
    rng = np.random.default_rng(seed)
    n, p = 400, 150
    X = rng.standard_normal((n, p))
    truth = np.array([9, 64, 100, 149])
    y = X[:, truth] @ np.array([1.0, -1.5, 1.2, 0.9]) + 0.5 * rng.standard_normal(n)
    outliers = rng.choice(n, n // 10, replace=False)
    y[outliers] = 100.0 * rng.standard_cauchy(len(outliers))
    return X, y, truth


def objective(X, y):
    """Return the mean exponential squared loss as a function of theta."""
    return lambda theta: jnp.mean(1.0 - jnp.exp(-((y - X @ theta) ** 2) / GAMMA))


def main():
    """Select four columns."""
    X, y, truth = generate()
    solver = ScopeSolver(X.shape[1], sparsity=len(truth))
    solver.solve(objective(X, y))
    print("selected:", solver.get_support(), "truth:", truth)
    assert set(solver.get_support()) == set(truth)


if __name__ == "__main__":
    main()
