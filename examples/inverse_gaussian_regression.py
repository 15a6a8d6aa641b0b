"""
Inverse Gaussian regression: a link that is not defined everywhere
==================================================================

Model: ``y`` is inverse Gaussian with mean mu and ``1 / mu^2 = x'theta``, the canonical link.
Selected are the columns of X; the first, a constant, is always there.

The negative log-likelihood of a sample is ``y eta / 2 - sqrt(eta)`` up to scale, with ``eta =
x'theta``. It exists only where eta is positive for every sample. At zero its derivative is
infinite, so the solve needs a start where it is finite: ``init_params`` with a positive constant.
From there on a step that leaves the domain is NaN, is rejected, and a shorter one is tried.
``explain`` says that the Hessian of g is diagonal.
"""

import jax.numpy as jnp
import numpy as np

from scope import ScopeSolver


def generate(seed=0):
    """Return rates of use, their responses, and the true support."""
    rng = np.random.default_rng(seed)
    n, p = 500, 100
    X = rng.random((n, p))
    X[:, 0] = 1.0
    truth = np.array([0, 17, 44, 71])
    eta = X[:, truth] @ np.array([0.3, 2.0, 1.5, 2.5])
    return X, rng.wald(1.0 / np.sqrt(eta), 8.0), truth


def objective(X, y):
    """Return the mean negative log-likelihood as a function of theta."""

    def loss(theta):
        eta = X @ theta
        return jnp.mean(0.5 * y * eta - jnp.sqrt(eta))

    return loss


def main():
    """Select three columns beside the constant, starting from a constant mean of one."""
    X, y, truth = generate()
    p = X.shape[1]
    start = np.zeros(p)
    start[0] = 1.0
    solver = ScopeSolver(p, sparsity=len(truth), preselect=[0])
    solver.solve(objective(X, y), init_params=start)
    print("selected:", solver.get_support(), "truth:", truth)
    assert set(solver.get_support()) == set(truth)


if __name__ == "__main__":
    main()
