"""
Sparse principal components: the Rayleigh quotient
==================================================

Model: samples have covariance ``I + c v v'`` with a v of few non-zero entries. Minimised is minus
the share of variance, ``- theta'S theta / theta'theta``. Selected are the variables of the
component.

The quotient does not depend on the length of theta and does not exist at zero: the solve needs a
start, here constant entries. ``theta'S theta`` is the mean square of ``X theta``, so S is not
formed. ``explain`` says that both sums enter g.
"""

import sys

import jax.numpy as jnp
import numpy as np

from scope import ScopeSolver


def generate(seed=0):
    """Return samples and the variables of their first component."""
    rng = np.random.default_rng(seed)
    n, p = 300, 100
    truth = np.array([10, 24, 39, 58, 91])
    v = np.zeros(p)
    v[truth] = 1.0 / np.sqrt(len(truth))
    return rng.standard_normal((n, p)) + 2.0 * rng.standard_normal((n, 1)) * v, truth


def objective(X):
    """Return minus the variance along theta as a function of theta."""
    return lambda theta: -jnp.mean((X @ theta) ** 2) / jnp.sum(theta**2)


def draw(theta):
    """Show the component."""
    import matplotlib.pyplot as plt

    _, axis = plt.subplots(figsize=(7, 3), layout="constrained")
    axis.stem(theta / np.linalg.norm(theta), basefmt="0.6", markerfmt=".")
    axis.set_xlabel("variable")
    axis.set_ylabel("loading")
    plt.show()


def main(plot=False):
    """Find five variables."""
    X, truth = generate()
    p = X.shape[1]
    solver = ScopeSolver(p, sparsity=len(truth))
    solver.solve(objective(X), init_params=np.ones(p))
    print("component:", solver.get_support(), "truth:", truth)
    assert set(solver.get_support()) == set(truth)
    if plot:
        draw(solver.params)


if __name__ == "__main__":
    main(plot="--plot" in sys.argv)
