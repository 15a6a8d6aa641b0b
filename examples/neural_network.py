"""
A small neural network that uses few inputs
===========================================

Model: ``y = v'tanh(W'x + b) + noise`` with four hidden units. Selected are inputs: the row of W
that belongs to an input is a group; b and v form the first group, which is preselected.

theta is b, v and W one after the other. A network has no gradient at zero, so everything starts
from small random numbers, and the answer is a local minimum. Its inputs are found all the same,
because an input that matters decreases the loss from anywhere. ``explain`` says that ``X @ W`` is
multiplied natively, one product a unit; b and v enter g by themselves.
"""

import jax.numpy as jnp
import numpy as np

from scope import ScopeSolver

UNITS = 4


def generate(seed=0):
    """Return inputs, a response that is not linear in any of them, and the inputs that matter."""
    rng = np.random.default_rng(seed)
    n, p = 400, 20
    X = rng.standard_normal((n, p))
    truth = np.array([4, 13, 17])
    y = np.tanh(2.0 * X[:, 4] - X[:, 13]) + np.tanh(X[:, 13] + 2.0 * X[:, 17])
    return X, y + 0.1 * rng.standard_normal(n), truth


def objective(X, y):
    """Return the mean squared error of the network as a function of theta."""

    def loss(theta):
        b, v = theta[:UNITS], theta[UNITS : 2 * UNITS]
        W = theta[2 * UNITS :].reshape(X.shape[1], UNITS)
        return jnp.mean((y - jnp.tanh(X @ W + b) @ v) ** 2)

    return loss


def main():
    """Select three inputs beside what belongs to the hidden units."""
    X, y, truth = generate()
    group = np.append(np.zeros(2 * UNITS, int), np.repeat(np.arange(1, X.shape[1] + 1), UNITS))
    start = 0.3 * np.random.default_rng(1).standard_normal(len(group))
    solver = ScopeSolver(len(group), 1 + len(truth), group=group, preselect=[0])
    solver.solve(objective(X, y), init_params=start)
    found = np.unique(group[solver.get_support()])[1:] - 1
    print("inputs:", found, "truth:", truth)
    assert set(found) == set(truth)


if __name__ == "__main__":
    main()
