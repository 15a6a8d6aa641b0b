"""
Trend filtering: a series of straight lines
===========================================

Model: ``y_t = m_t + noise`` where m is continuous and linear between a few kinks. theta holds
changes of slope, ``m = cumsum(cumsum(theta))``. Selected are the kinks; the first two entries,
which stand for level and slope of the beginning, are always there.

Two cumulative sums, one after the other, are read as one matrix. ``explain`` says that g is
quadratic. Neighbouring kinks are nearly the same column, the hardest case for any selection: the
check allows a kink to be off by a few steps.
"""

import sys

import jax.numpy as jnp
import numpy as np

from scope import ScopeSolver


def generate(seed=0, n=100):
    """Return a series of n values and the times of its kinks."""
    rng = np.random.default_rng(seed)
    kinks = np.array([3, 5, 8]) * n // 10
    changes = np.zeros(n)
    changes[[0, 1, *kinks]] = [1.0, -0.7, -0.7, 0.9, -0.8]
    return np.cumsum(np.cumsum(changes)) + 0.3 * rng.standard_normal(n), kinks


def objective(y):
    """Return the mean of squared residuals as a function of changes of slope."""
    return lambda theta: jnp.mean((y - jnp.cumsum(jnp.cumsum(theta))) ** 2)


def draw(y, trend, found):
    """Show the series and the fitted lines."""
    import matplotlib.pyplot as plt

    _, axis = plt.subplots(figsize=(7, 3.5), layout="constrained")
    axis.plot(y, ".", color="0.6", markersize=4, label="series")
    axis.plot(trend, linewidth=2, label="fit")
    axis.plot(found, trend[found], "o", label="kinks")
    axis.legend()
    plt.show()


def main(plot=False, **options):
    """Find three kinks beside level and slope."""
    y, kinks = generate(**options)
    solver = ScopeSolver(len(y), sparsity=2 + len(kinks), preselect=[0, 1])
    solver.solve(objective(y))
    found = solver.get_support()[2:]
    print("kinks at:", found, "truth:", kinks)
    assert len(found) == len(kinks)
    assert np.abs(found - kinks).max() <= 3
    if plot:
        draw(y, np.cumsum(np.cumsum(solver.params)), found)


if __name__ == "__main__":
    main(plot="--plot" in sys.argv)
