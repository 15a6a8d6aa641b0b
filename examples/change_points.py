"""
Change points in the mean of a series
=====================================

Model: ``y_t = m_t + noise`` where m is constant but for a few jumps. theta holds the jumps, ``m =
cumsum(theta)``; selected are the times at which the mean changes. The first entry, the level of
the beginning, is always there.

Never build the triangular matrix of ones: `jnp.cumsum` is recognised. ``explain`` says that M
consists of cumulative sums, which are not stored, and that g is quadratic. The number of jumps is
chosen by a criterion.
"""

import sys

import jax.numpy as jnp
import numpy as np

from scope import ScopeSolver
from scope.utilities import LinearSIC


def generate(seed=0):
    """Return a series and the times of its jumps, zero included."""
    rng = np.random.default_rng(seed)
    n = 500
    jumps = np.zeros(n)
    times = np.array([0, 80, 200, 230, 390])
    jumps[times] = [2.0, 5.0, -6.0, 4.0, -5.0]
    return np.cumsum(jumps) + 0.5 * rng.standard_normal(n), times


def objective(y):
    """Return the residual sum of squares as a function of the jumps."""
    return lambda theta: jnp.sum((y - jnp.cumsum(theta)) ** 2)


def draw(y, mean):
    """Show the series and the fitted mean."""
    import matplotlib.pyplot as plt

    _, axis = plt.subplots(figsize=(7, 3.5), layout="constrained")
    axis.plot(y, ".", color="0.6", markersize=4, label="series")
    axis.step(np.arange(len(y)), mean, where="post", linewidth=2, label="fit")
    axis.legend()
    plt.show()


def main(plot=False):
    """Find the times of the jumps, and how many there are."""
    y, times = generate()
    n = len(y)
    solver = ScopeSolver(n, range(1, 9), sample_size=n, ic_method=LinearSIC, preselect=[0])
    solver.solve(objective(y))
    print("jumps at:", solver.get_support(), "truth:", times)
    assert set(solver.get_support()) == set(times)
    if plot:
        draw(y, np.cumsum(solver.params))


if __name__ == "__main__":
    main(plot="--plot" in sys.argv)
