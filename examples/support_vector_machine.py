"""
A sparse support vector machine
===============================

Model: the class of x is the sign of ``x'theta``. Selected are the columns of X.

The squared hinge loss ``max(0, 1 - y x'theta)^2`` has a continuous derivative. Classes that some
theta separates would let theta grow, were it not for the ridge ``c |theta|^2``: ``explain``
reports it as a separable term beside ``g(M theta)``, computed natively, and a diagonal Hessian of
g.
"""

import jax.numpy as jnp
import numpy as np

from scope import ScopeSolver

RIDGE = 0.01


def generate(seed=0):
    """Return a design, labels +1 and -1, and the true support."""
    rng = np.random.default_rng(seed)
    n, p = 300, 200
    X = rng.standard_normal((n, p))
    truth = np.array([19, 58, 111])
    score = X[:, truth] @ np.array([1.0, -1.0, 1.0]) + 0.3 * rng.standard_normal(n)
    return X, np.sign(score), truth


def objective(X, y):
    """Return the mean squared hinge loss with a ridge as a function of theta."""

    def loss(theta):
        slack = jnp.maximum(0.0, 1.0 - y * (X @ theta))
        return jnp.mean(slack**2) + RIDGE * jnp.sum(theta**2)

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
