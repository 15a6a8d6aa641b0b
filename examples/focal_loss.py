"""
Classification of rare events by the focal loss
===============================================

Model: ``P(y = 1 | x) = sigmoid(theta_0 + x'theta)`` where few samples have ``y = 1``. Selected are
the columns of X; the constant is always there.

The focal loss ``-(1 - P)^2 log P``, with P the probability of what happened, turns down the many
easy samples. With the margin ``m = y eta`` for labels +1 and -1 it is ``-sigmoid(-m)^2 log
sigmoid(m)``; `log_sigmoid` is safe for any m. It is not convex. ``explain`` says that the Hessian
of g is diagonal.
"""

import jax
import jax.numpy as jnp
import numpy as np

from scope import ScopeSolver


def generate(seed=0):
    """Return a design, labels of which few are +1, and the true support within theta."""
    rng = np.random.default_rng(seed)
    n, p = 1500, 100
    X = rng.standard_normal((n, p))
    columns = np.array([20, 55, 83])
    eta = -3.0 + X[:, columns] @ np.array([1.5, -1.2, 1.3])
    y = np.where(rng.random(n) < 1.0 / (1.0 + np.exp(-eta)), 1.0, -1.0)
    return X, y, np.append(0, columns + 1)


def objective(X, y):
    """Return the mean focal loss as a function of theta."""

    def loss(theta):
        margin = y * (theta[0] + X @ theta[1:])
        return -jnp.mean(jax.nn.sigmoid(-margin) ** 2 * jax.nn.log_sigmoid(margin))

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
