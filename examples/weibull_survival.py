"""
Accelerated failure: Weibull times, some of them censored
=========================================================

Model: ``log T = theta_1 + x'beta + exp(theta_0) W`` with W the logarithm of an exponential
variable. Observed is the time T or a lower bound for it. Selected are entries of beta; the scale
``exp(theta_0)`` and the constant are preselected.

With ``w = (log t - mean) exp(-theta_0)`` a failure contributes ``exp(w) - w + theta_0`` to the
negative log-likelihood, a censored time ``exp(w)``. Two numbers a sample, mean and scale, enter g:
``explain`` reports small blocks a sample, or products with the Hessian.
"""

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np

from scope import ScopeSolver


class Survival(NamedTuple):
    """Explanatory variables, logarithms of times, and whether the time is that of a failure."""

    X: np.ndarray
    log_time: np.ndarray
    failed: np.ndarray


def generate(seed=0):
    """Return censored data and the true support within theta."""
    rng = np.random.default_rng(seed)
    n, p = 400, 100
    X = rng.standard_normal((n, p))
    columns = np.array([14, 36, 88])
    mean = 1.0 + X[:, columns] @ np.array([0.7, -0.6, 0.5])
    log_time = mean + 0.6 * np.log(rng.exponential(size=n))
    log_bound = np.log(rng.exponential(10.0, n))
    observed = np.minimum(log_time, log_bound)
    failed = (log_time <= log_bound).astype(float)
    return Survival(X, observed, failed), np.concatenate([[0, 1], columns + 2])


def objective(theta, data):
    """Return the mean negative log-likelihood."""
    log_scale = theta[0]
    w = (data.log_time - theta[1] - data.X @ theta[2:]) * jnp.exp(-log_scale)
    return jnp.mean(jnp.exp(w) - data.failed * (w - log_scale))


def main():
    """Select three columns beside scale and constant."""
    data, truth = generate()
    solver = ScopeSolver(2 + data.X.shape[1], sparsity=len(truth), preselect=[0, 1])
    solver.solve(objective, data=data)
    print("selected:", solver.get_support(), "truth:", truth)
    assert set(solver.get_support()) == set(truth)


if __name__ == "__main__":
    main()
