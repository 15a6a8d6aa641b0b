"""
Isotonic regression with few steps
==================================

Model: ``y_t = m_t + noise`` where m never falls and rises at few times. With ``m =
cumsum(abs(theta))`` the order is built in; selected are the times at which m rises.

``abs`` has a kink at zero, where every entry starts. `scope` recognises ``|theta|`` and minimises
over ``u = |theta| >= 0`` instead: what was a kink becomes a bound, and the problem is quadratic in
u. ``explain`` names the absolute values and the cumulative sums. Signs of theta mean nothing.
"""

import sys

import jax.numpy as jnp
import numpy as np

from scope import ScopeSolver


def generate(seed=0):
    """Return a series and the times of its steps."""
    rng = np.random.default_rng(seed)
    n = 300
    steps = np.zeros(n)
    times = np.array([0, 70, 140, 160, 250])
    steps[times] = [1.0, 2.0, 1.5, 2.5, 2.0]
    return np.cumsum(steps) + 0.3 * rng.standard_normal(n), times


def objective(y):
    """Return the mean of squared residuals as a function of theta."""
    return lambda theta: jnp.mean((y - jnp.cumsum(jnp.abs(theta))) ** 2)


def draw(y, mean):
    """Show the series and the fitted steps."""
    import matplotlib.pyplot as plt

    _, axis = plt.subplots(figsize=(7, 3.5), layout="constrained")
    axis.plot(y, ".", color="0.6", markersize=4, label="series")
    axis.step(np.arange(len(y)), mean, where="post", linewidth=2, label="fit")
    axis.legend()
    plt.show()


def main(plot=False):
    """Find the times of five steps."""
    y, times = generate()
    solver = ScopeSolver(len(y), sparsity=len(times))
    solver.solve(objective(y))
    print("steps at:", solver.get_support(), "truth:", times)
    assert set(solver.get_support()) == set(times)
    if plot:
        draw(y, np.cumsum(np.abs(solver.params)))


if __name__ == "__main__":
    main(plot="--plot" in sys.argv)
