"""
Deconvolution: spikes behind a blurred record
=============================================

Model: ``y = k * theta + noise``, the convolution of few spikes with a known pulse k, as in
seismology or calcium imaging. Selected are the times of spikes.

Call `jnp.convolve`; no Toeplitz matrix has to be built. It is linear, so `scope` computes M once
and keeps it sparse, because a pulse is short: ``explain`` says so, and that g is quadratic.
"""

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


def main(**options):
    """Find four spikes."""
    y, times = generate(**options)
    solver = ScopeSolver(len(y), sparsity=len(times))
    solver.solve(objective(y, pulse()))
    print("spikes at:", solver.get_support(), "truth:", times)
    assert set(solver.get_support()) == set(times)


if __name__ == "__main__":
    main()
