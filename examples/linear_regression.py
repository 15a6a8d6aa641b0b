"""
Linear regression, with the number of variables chosen by a criterion
=====================================================================

Model: ``y = X theta + noise``. Selected are the columns of X.

The objective is the residual sum of squares. Write the product as ``X @ theta`` with a NumPy
array: `scope` keeps a view of the array and never copies it. ``explain`` says that g is quadratic,
so every support costs one factorisation and JAX is hardly called at all.

Several sparsities are tried, each starting from the one before, and `LinearSIC` picks one. It
wants the plain sum of squares as the loss, and the number of samples as `sample_size`.
"""

import sys

import jax.numpy as jnp
import numpy as np

from scope import ScopeSolver
from scope.utilities import LinearSIC


def generate(seed=0):
    """Return a design with correlated neighbours, responses, and the true support."""
    rng = np.random.default_rng(seed)
    n, p = 200, 300
    X = rng.standard_normal((n, p))
    X[:, 1:] += 0.5 * X[:, :-1]
    truth = np.array([12, 60, 61, 150, 299])
    y = X[:, truth] @ np.array([1.5, -2.0, 1.0, 0.8, -1.2]) + rng.standard_normal(n)
    return X, y, truth


def objective(X, y):
    """Return the residual sum of squares as a function of theta."""
    return lambda theta: jnp.sum((y - X @ theta) ** 2)


def draw(path):
    """Show the criterion over the number of variables."""
    import matplotlib.pyplot as plt

    _, axis = plt.subplots(figsize=(7, 3.5), layout="constrained")
    axis.plot(*zip(*((at.sparsity, at.information_criterion) for at in path), strict=True), "o-")
    axis.axvline(path.best.sparsity, color="0.6", linestyle=":")
    axis.set_xlabel("number of variables")
    axis.set_ylabel("LinearSIC")
    plt.show()


def main(plot=False):
    """Select one to ten variables and let the criterion choose."""
    X, y, truth = generate()
    n, p = X.shape
    solver = ScopeSolver(p, sparsity=range(1, 11), sample_size=n, ic_method=LinearSIC)
    solver.solve(objective(X, y))
    print("selected:", solver.get_support(), "truth:", truth)
    assert set(solver.get_support()) == set(truth)
    if plot:
        draw(solver.path_)


if __name__ == "__main__":
    main(plot="--plot" in sys.argv)
