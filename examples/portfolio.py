"""
A portfolio of few assets with the least variance
=================================================

Model: weights ``w = theta / sum(theta)`` of assets whose returns have covariance S; minimised is
``w'S w``. Selected are assets.

The weights sum to one because they are divided by their sum, so the objective does not exist at
zero: the solve needs a start, here equal weights. Do not form S. With the returns R less their
means, ``w'S w`` is the mean square of ``R w``, and ``R`` has fewer rows than S where assets are
many. ``explain`` says that theta meets R first and the sum enters g.
"""

import sys

import jax.numpy as jnp
import numpy as np

from scope import ScopeSolver


def generate(seed=0):
    """Return centred daily returns in percent, and the assets with the least risk."""
    rng = np.random.default_rng(seed)
    days, assets = 500, 80
    market = 0.5 * rng.standard_normal((days, 1))
    risk = rng.uniform(2.0, 3.0, assets)
    calm = np.array([12, 29, 40, 66])
    risk[calm] = 0.6
    exposure = np.ones(assets)
    exposure[calm] = 0.3
    returns = market * exposure + risk * rng.standard_normal((days, assets))
    return returns - returns.mean(axis=0), calm


def objective(returns):
    """Return the variance of a portfolio as a function of theta."""

    def loss(theta):
        weights = theta / jnp.sum(theta)
        return jnp.mean((returns @ weights) ** 2)

    return loss


def draw(returns, weights):
    """Show mean and risk of the assets, and of the portfolio."""
    import matplotlib.pyplot as plt

    held = weights != 0.0
    _, axis = plt.subplots(figsize=(7, 3.5), layout="constrained")
    axis.hist(returns.std(axis=0), bins=30, color="0.8", label="assets")
    axis.plot(returns.std(axis=0)[held], np.ones(held.sum()), "o", label="held")
    axis.axvline((returns @ weights).std(), color="C3", label="portfolio")
    axis.set_xlabel("standard deviation of daily returns, percent")
    axis.legend()
    plt.show()


def main(plot=False):
    """Select four assets."""
    returns, calm = generate()
    assets = returns.shape[1]
    solver = ScopeSolver(assets, sparsity=len(calm))
    params = solver.solve(objective(returns), init_params=np.full(assets, 1.0 / assets))
    print("assets:", solver.get_support(), "weights:", (params / params.sum())[calm].round(2))
    assert set(solver.get_support()) == set(calm)
    if plot:
        draw(returns, params / params.sum())


if __name__ == "__main__":
    main(plot="--plot" in sys.argv)
