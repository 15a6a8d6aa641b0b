"""
Compressed sensing: a signal from few measurements
==================================================

Model: ``y = A theta`` without noise, A has far fewer rows than columns: rows of a cosine
transform, chosen at random. Selected are the non-zero entries of the signal, which are then exact.

Nothing is special about the objective. The minimum is zero; tolerances of the solver refer to what
was gained over the start, not to the value itself, so the answer is exact to rounding. ``explain``
says that g is quadratic.
"""

import sys

import jax.numpy as jnp
import numpy as np
from scipy.fft import idct

from scope import ScopeSolver


def generate(seed=0):
    """Return the matrix of measurements, what was measured, and the signal."""
    rng = np.random.default_rng(seed)
    length, measurements, spikes = 512, 100, 15
    signal = np.zeros(length)
    signal[rng.choice(length, spikes, replace=False)] = rng.standard_normal(spikes)
    rows = np.sort(rng.choice(length, measurements, replace=False))
    A = idct(np.eye(length), norm="ortho", axis=1)[:, rows].T  # column-major, as it comes
    return A, A @ signal, signal


def objective(A, y):
    """Return the sum of squared residuals as a function of the signal."""
    return lambda theta: jnp.sum((y - A @ theta) ** 2)


def draw(signal, params):
    """Show the signal and what was recovered."""
    import matplotlib.pyplot as plt

    _, axis = plt.subplots(figsize=(7, 3.5), layout="constrained")
    axis.stem(np.flatnonzero(signal), signal[signal != 0.0], basefmt="0.6", label="signal")
    axis.plot(np.flatnonzero(params), params[params != 0.0], "x", color="C3", label="recovered")
    axis.legend()
    plt.show()


def main(plot=False):
    """Recover fifteen spikes."""
    A, y, signal = generate()
    solver = ScopeSolver(A.shape[1], sparsity=np.count_nonzero(signal))
    params = solver.solve(objective(A, y))
    print("largest error:", np.abs(params - signal).max())
    assert set(solver.get_support()) == set(np.flatnonzero(signal))
    assert np.abs(params - signal).max() < 1e-3
    if plot:
        draw(signal, params)


if __name__ == "__main__":
    main(plot="--plot" in sys.argv)
