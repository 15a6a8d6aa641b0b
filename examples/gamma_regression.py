"""
Gamma regression: positive responses with a constant coefficient of variation
=============================================================================

Model: ``y ~ Gamma`` with mean ``mu = exp(theta_0 + x'theta)`` and a shape that need not be known.
Selected are the columns of X; the constant is always there.

Up to constants the negative log-likelihood of a sample is ``y / mu + log mu``. With ``eta = log
mu`` it is convex, and nothing is divided: ``y * exp(-eta) + eta``. The constant is ``theta[0]``,
not a column of ones: `scope` puts it beside X as a block of its own, without a copy. ``explain``
says that M has two blocks and that the Hessian of g is diagonal.
"""

import jax.numpy as jnp
import numpy as np

from scope import ScopeSolver


def generate(seed=0):
    """Return a design, positive responses, and the true support within theta."""
    rng = np.random.default_rng(seed)
    n, p = 400, 150
    X = rng.standard_normal((n, p))
    columns = np.array([8, 31, 90])
    mean = np.exp(1.0 + X[:, columns] @ np.array([0.6, -0.5, 0.4]))
    shape = 3.0
    return X, rng.gamma(shape, mean / shape), np.append(0, columns + 1)


def objective(X, y):
    """Return the mean negative log-likelihood as a function of theta."""

    def loss(theta):
        eta = theta[0] + X @ theta[1:]
        return jnp.mean(y * jnp.exp(-eta) + eta)

    return loss


def main():
    """Select three columns beside the constant."""
    X, y, truth = generate()
    solver = ScopeSolver(1 + X.shape[1], sparsity=len(truth), preselect=[0])
    solver.solve(objective(X, y))
    print("selected:", solver.get_support(), "truth:", truth)
    assert set(solver.get_support()) == set(truth)


if __name__ == "__main__":
    main()
