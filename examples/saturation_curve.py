"""
Nonlinear least squares: a response that saturates
==================================================

Model: ``y = theta_0 z / (1 + z) + noise`` with ``z = exp(theta_1 + x'beta)``, a dose-response
curve whose dose is a combination of few of many variables. Selected are entries of beta; the
plateau theta_0 and the constant are preselected.

``z / (1 + z)`` overflows where z does; it is ``sigmoid(log z)``, which does not. The plateau
starts at the largest response: at zero the curve would be flat in all directions. ``explain`` says
that M has the rows of X and one for the plateau, which enters g by itself. It is not convex.
"""

import sys

import jax
import jax.numpy as jnp
import numpy as np

from scope import ScopeSolver


def generate(seed=0):
    """Return a design, responses, and the true support within theta."""
    rng = np.random.default_rng(seed)
    n, p = 300, 100
    X = rng.standard_normal((n, p))
    columns = np.array([16, 49, 70])
    z = np.exp(0.5 + X[:, columns] @ np.array([1.0, -0.8, 0.9]))
    y = 4.0 * z / (1.0 + z) + 0.3 * rng.standard_normal(n)
    return X, y, np.concatenate([[0, 1], columns + 2])


def objective(X, y):
    """Return the mean of squared residuals as a function of theta."""

    def loss(theta):
        curve = theta[0] * jax.nn.sigmoid(theta[1] + X @ theta[2:])
        return jnp.mean((y - curve) ** 2)

    return loss


def draw(X, y, theta):
    """Show responses over the dose, and the curve."""
    import matplotlib.pyplot as plt

    dose = theta[1] + X @ theta[2:]
    grid = np.linspace(dose.min(), dose.max(), 200)
    _, axis = plt.subplots(figsize=(7, 3.5), layout="constrained")
    axis.plot(dose, y, ".", color="0.6", label="responses")
    axis.plot(grid, theta[0] * jax.nn.sigmoid(grid), linewidth=2, label="fit")
    axis.set_xlabel("logarithm of the dose")
    axis.legend()
    plt.show()


def main(plot=False):
    """Select three columns beside plateau and constant."""
    X, y, truth = generate()
    p = 2 + X.shape[1]
    start = np.zeros(p)
    start[0] = y.max()
    solver = ScopeSolver(p, sparsity=len(truth), preselect=[0, 1])
    solver.solve(objective(X, y), init_params=start)
    print("selected:", solver.get_support(), "truth:", truth)
    assert set(solver.get_support()) == set(truth)
    if plot:
        draw(X, y, solver.params)


if __name__ == "__main__":
    main(plot="--plot" in sys.argv)
