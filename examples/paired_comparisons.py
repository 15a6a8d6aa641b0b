"""
Paired comparisons: what makes winners win
==========================================

Model: item i beats item j with probability ``sigmoid((x_i - x_j)'theta)`` (Bradley and Terry, with
strengths from properties). Selected are properties.

Every comparison names a winner and a loser. Do not build the matrix of differences: compute the
strengths of all items once, ``X @ theta``, and take those of winners and losers from it.
``explain`` then speaks of M with a row an item, far fewer than comparisons; since g meets an item
in many comparisons its Hessian is not diagonal.
"""

import jax.numpy as jnp
import numpy as np

from scope import ScopeSolver


def generate(seed=0):
    """Return properties of items, winners and losers, and the properties that matter."""
    rng = np.random.default_rng(seed)
    items, properties, games = 200, 80, 3000
    X = rng.standard_normal((items, properties))
    truth = np.array([1, 37, 62])
    strength = X[:, truth] @ np.array([0.8, -0.6, 0.7])
    first, second = rng.integers(items, size=(2, games))
    won = rng.random(games) < 1.0 / (1.0 + np.exp(strength[second] - strength[first]))
    return X, np.where(won, first, second), np.where(won, second, first), truth


def objective(X, winner, loser):
    """Return the mean negative log-likelihood as a function of theta."""

    def loss(theta):
        strength = X @ theta
        return jnp.mean(jnp.logaddexp(0.0, strength[loser] - strength[winner]))

    return loss


def main():
    """Select three properties."""
    X, winner, loser, truth = generate()
    solver = ScopeSolver(X.shape[1], sparsity=len(truth))
    solver.solve(objective(X, winner, loser))
    print("properties:", solver.get_support(), "truth:", truth)
    assert set(solver.get_support()) == set(truth)


if __name__ == "__main__":
    main()
