"""
Deconvolution: spikes behind a blurred record
=============================================

Model: ``y = k * theta + noise``, the convolution of few spikes with a known pulse k, as in
seismology or calcium imaging. Selected are the times of spikes.

Call `jnp.convolve`; no Toeplitz matrix has to be built. It is linear, so `scope` computes M once
and keeps it sparse, because a pulse is short: ``explain`` says so, and that g is quadratic.
"""

import sys

import jax.numpy as jnp
import numpy as np

from scope import ScopeSolver


def pulse():
    """Return a wavelet that swings once."""
    t = np.linspace(-3.0, 3.0, 25)
    return (1.0 - t**2) * np.exp(-0.5 * t**2)


def generate(seed=0, times=(15, 40, 70, 100)):
    """Return a record and the times of its spikes."""
    rng = np.random.default_rng(seed)
    n = 120
    spikes = np.zeros(n)
    spikes[list(times)] = [2.0, -1.5, 1.8, 1.5]
    return np.convolve(spikes, pulse(), mode="same") + 0.1 * rng.standard_normal(n), times


def objective(y, kernel):
    """Return the mean of squared residuals as a function of the spikes."""
    return lambda theta: jnp.mean((y - jnp.convolve(theta, kernel, mode="same")) ** 2)


def draw(y, spikes, times):
    """Show the record, the spikes found, and the true times."""
    import matplotlib.pyplot as plt

    _, axes = plt.subplots(2, 1, figsize=(7, 4), sharex=True, layout="constrained")
    axes[0].plot(y, label="record")
    axes[1].stem(np.flatnonzero(spikes), spikes[spikes != 0.0], basefmt="0.6", label="spikes found")
    axes[1].plot(times, np.zeros(len(times)), "x", color="C3", label="true times")
    for axis in axes:
        axis.legend()
    plt.show()


def main(plot=False, **options):
    """Find four spikes."""
    y, times = generate(**options)
    solver = ScopeSolver(len(y), sparsity=len(times))
    solver.solve(objective(y, pulse()))
    print("spikes at:", solver.get_support(), "truth:", times)
    assert set(solver.get_support()) == set(times)
    if plot:
        draw(y, solver.params, times)


if __name__ == "__main__":
    main(plot="--plot" in sys.argv)
