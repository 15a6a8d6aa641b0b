"""
An additive model: smooth effects of few variables
==================================================

Model: ``y = c + sum_k f_k(x_k) + noise`` with smooth functions, expanded in six cubic B-splines
each. Selected are variables: groups of six coefficients; the constant is a group of its own,
preselected.

The basis functions of all variables stand side by side in one matrix. Groups need not have the
same size. A small ridge makes the coefficients of a basis unique, because B-splines sum to one at
every x, which the constant does already: ``explain`` reports it as a separable term beside a
quadratic g.
"""

import sys

import jax.numpy as jnp
import numpy as np
from scipy.interpolate import BSpline

from scope import ScopeSolver

SPLINES, RIDGE = 6, 1e-4


def basis(x):
    """Return the values of cubic B-splines on [0, 1], one a column."""
    knots = np.concatenate([np.zeros(4), np.linspace(0.0, 1.0, SPLINES - 2)[1:-1], np.ones(4)])
    return BSpline.design_matrix(x, knots, 3).toarray()


def generate(seed=0):
    """Return the basis of all variables behind a constant, responses, groups, and the truth."""
    rng = np.random.default_rng(seed)
    n, p = 400, 50
    U = rng.random((n, p))
    truth = np.array([3, 18, 42])
    signal = np.sin(2 * np.pi * U[:, 3]) + 4 * (U[:, 18] - 0.5) ** 2 + np.exp(U[:, 42])
    X = np.column_stack([np.ones(n), *(basis(U[:, k]) for k in range(p))])
    group = np.append(0, np.repeat(np.arange(1, p + 1), SPLINES))
    return X, signal + 0.3 * rng.standard_normal(n), group, truth


def objective(X, y):
    """Return the mean of squared residuals with a ridge as a function of theta."""
    return lambda theta: jnp.mean((y - X @ theta) ** 2) + RIDGE * jnp.sum(theta**2)


def draw(params, variables):
    """Show the effects found."""
    import matplotlib.pyplot as plt

    x = np.linspace(0.0, 1.0, 200)
    _, axes = plt.subplots(1, len(variables), figsize=(7, 3), sharey=True, layout="constrained")
    for axis, k in zip(axes, variables, strict=True):
        effect = basis(x) @ params[1:].reshape(-1, SPLINES)[k]
        axis.plot(x, effect - effect.mean())
        axis.set_title(f"variable {k}")
    plt.show()


def main(plot=False):
    """Select three variables beside the constant."""
    X, y, group, truth = generate()
    solver = ScopeSolver(X.shape[1], 1 + len(truth), group=group, preselect=[0])
    solver.solve(objective(X, y))
    found = np.unique(group[solver.get_support()])[1:] - 1
    print("selected:", found, "truth:", truth)
    assert set(found) == set(truth)
    if plot:
        draw(solver.params, found)


if __name__ == "__main__":
    main(plot="--plot" in sys.argv)
