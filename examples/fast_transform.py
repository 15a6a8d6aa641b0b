"""
A gradient of one's own: gaps in a record, filled by a fast transform
=====================================================================

Model: a record is the sum of few cosines, ``record = idct(theta) + noise``, and many of its values
are missing. Selected are frequencies; with them the gaps can be filled.

The transform is SciPy's, which JAX cannot differentiate. Give the gradient as well,
``solve(objective, gradient=...)``: both get a NumPy vector in double precision and may do with it
what they like. The transform is orthogonal, so the gradient is the transform of the residual. No
matrix is ever formed, each evaluation costs ``n log n``. ``explain`` says "black box", because
there is no program to read; second derivatives are learned from gradients.
"""

import sys

import numpy as np
from scipy.fft import dct, idct

from scope import ScopeSolver


def generate(seed=0):
    """Return a record, which of its values are known, and the true frequencies."""
    rng = np.random.default_rng(seed)
    n = 512
    theta = np.zeros(n)
    truth = np.array([5, 30, 77, 200])
    theta[truth] = [30.0, -25.0, 20.0, 25.0]
    known = rng.random(n) < 0.5
    record = idct(theta, norm="ortho") + 0.2 * rng.standard_normal(n)
    return np.where(known, record, np.nan), known, truth


def objective(record, known):
    """Return the mean of squared residuals as a function of theta, and its gradient."""

    def residual(theta):
        return np.where(known, idct(theta, norm="ortho") - record, 0.0)

    def loss(theta):
        return float(np.sum(residual(theta) ** 2) / known.sum())

    def gradient(theta):
        return 2.0 * dct(residual(theta), norm="ortho") / known.sum()

    return loss, gradient


def draw(record, filled):
    """Show a part of the record, with its gaps, and the sum of cosines."""
    import matplotlib.pyplot as plt

    _, axis = plt.subplots(figsize=(7, 3.5), layout="constrained")
    axis.plot(filled[:120], label="four cosines")
    axis.plot(record[:120], "o", markersize=4, label="record")
    axis.legend()
    plt.show()


def main(plot=False):
    """Find four frequencies."""
    record, known, truth = generate()
    loss, gradient = objective(record, known)
    solver = ScopeSolver(len(record), sparsity=len(truth))
    solver.solve(loss, gradient=gradient)
    print("frequencies:", solver.get_support(), "truth:", truth)
    assert set(solver.get_support()) == set(truth)
    if plot:
        draw(record, idct(solver.params, norm="ortho"))


if __name__ == "__main__":
    main(plot="--plot" in sys.argv)
