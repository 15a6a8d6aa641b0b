"""
Square-root loss: penalties that do not depend on the noise
===========================================================

Model: ``y = X theta + noise``. Selected are the columns of X.

The objective is ``sqrt(mean(r^2)) + c |theta|^2``. The root makes its first term proportional to
the noise's standard deviation, so that one value of c serves data in any unit up to scale. The
root is a function of one sum over samples: ``explain`` says so, and the Hessian of g costs a
diagonal and a matrix of rank one, not n^2 numbers.
"""

import jax.numpy as jnp
import numpy as np

from scope import ScopeSolver

RIDGE = 1e-3


def generate(seed=0):
    """Return a column-major design, responses, and the true support."""
    rng = np.random.default_rng(seed)
    n, p = 150, 250
    X = np.asfortranarray(rng.standard_normal((n, p)))
    truth = np.array([33, 90, 145, 201])
    y = X[:, truth] @ np.array([2.0, -1.5, 1.0, 1.2]) + rng.standard_normal(n)
    return X, y, truth


def objective(X, y):
    """Return the root of the mean square with a ridge as a function of theta."""

    def loss(theta):
        return jnp.sqrt(jnp.mean((y - X @ theta) ** 2)) + RIDGE * jnp.sum(theta**2)

    return loss


def main():
    """Select four columns."""
    X, y, truth = generate()
    solver = ScopeSolver(X.shape[1], sparsity=len(truth))
    solver.solve(objective(X, y))
    print("selected:", solver.get_support(), "truth:", truth)
    assert set(solver.get_support()) == set(truth)


if __name__ == "__main__":
    main()
