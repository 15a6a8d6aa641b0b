"""
Logistic regression on data that stay on disk
=============================================

Model: ``P(y = 1 | x) = 1 / (1 + exp(-x'theta))`` with labels +1 and -1. Selected are the columns
of X.

Write the loss as ``logaddexp(0, -y * (X @ theta))``, which neither overflows nor takes the
logarithm of zero. ``explain`` says that the Hessian of g is diagonal: one number a sample is all
that Newton's method needs beside X.

X is a memory map, as it would be if it did not fit into memory. It is read where it lies: neither
this program nor the solver makes a copy of it.
"""

import tempfile
from pathlib import Path

import jax.numpy as jnp
import numpy as np

from scope import ScopeSolver


def generate(seed=0, folder="."):
    """Write a design to a file; return it as a memory map, with labels and the true support."""
    rng = np.random.default_rng(seed)
    n, p = 600, 200
    path = Path(folder) / "design.npy"
    np.save(path, rng.standard_normal((n, p)))
    X = np.load(path, mmap_mode="r")
    truth = np.array([3, 50, 77, 140])
    probability = 1.0 / (1.0 + np.exp(-X[:, truth] @ np.array([1.5, -1.5, 1.0, 2.0])))
    y = np.where(rng.random(n) < probability, 1.0, -1.0)
    return X, y, truth


def objective(X, y):
    """Return the mean logistic loss as a function of theta."""
    return lambda theta: jnp.mean(jnp.logaddexp(0.0, -y * (X @ theta)))


def main():
    """Select four columns of the file."""
    with tempfile.TemporaryDirectory() as folder:
        X, y, truth = generate(folder=folder)
        solver = ScopeSolver(X.shape[1], sparsity=len(truth))
        solver.solve(objective(X, y))
    print("selected:", solver.get_support(), "truth:", truth)
    assert set(solver.get_support()) == set(truth)


if __name__ == "__main__":
    main()
