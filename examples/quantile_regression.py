"""
Quantile regression: what drives the upper tail
===============================================

Model: the 0.9-quantile of y given x is ``theta_0 + x'theta``. The noise grows with one of the
variables, which does not change the median at all. Selected are the columns of X; the constant is
always there.

The check loss ``max(q r, (q - 1) r)`` has a kink at zero, which the gradient does not see.
Smoothed over a width h it is ``q r + h log(1 + exp(-r / h))``: convex, and within ``h log 2`` of
the original. ``explain`` says that the Hessian of g is diagonal.
"""

import sys

import jax.numpy as jnp
import numpy as np

from scope import ScopeSolver

QUANTILE, WIDTH = 0.9, 0.2


def generate(seed=0):
    """Return a design, responses with unequal spread, and the true support within theta."""
    rng = np.random.default_rng(seed)
    n, p = 800, 60
    X = rng.random((n, p))
    columns = np.array([7, 21, 40])
    centre = X[:, columns[:2]] @ np.array([2.0, -2.0])
    spread = 0.2 + 2.0 * X[:, columns[2]]
    return X, centre + spread * rng.standard_normal(n), np.append(0, columns + 1)


def objective(X, y):
    """Return the mean smoothed check loss as a function of theta."""

    def loss(theta):
        r = y - theta[0] - X @ theta[1:]
        return jnp.mean(QUANTILE * r + WIDTH * jnp.logaddexp(0.0, -r / WIDTH))

    return loss


def draw(X, y, theta):
    """Show responses over the variable that spreads them, and whether the fit is above."""
    import matplotlib.pyplot as plt

    above = y > theta[0] + X @ theta[1:]
    _, axis = plt.subplots(figsize=(7, 3.5), layout="constrained")
    axis.plot(X[~above, 40], y[~above], ".", color="0.7", label="below the fitted quantile")
    axis.plot(X[above, 40], y[above], ".", color="C3", label=f"above: {above.mean():.1%}")
    axis.set_xlabel("variable 40")
    axis.legend()
    plt.show()


def main(plot=False):
    """Select three columns beside the constant."""
    X, y, truth = generate()
    solver = ScopeSolver(1 + X.shape[1], sparsity=len(truth), preselect=[0])
    solver.solve(objective(X, y))
    print("selected:", solver.get_support(), "truth:", truth)
    assert set(solver.get_support()) == set(truth)
    if plot:
        draw(X, y, solver.params)


if __name__ == "__main__":
    main(plot="--plot" in sys.argv)
