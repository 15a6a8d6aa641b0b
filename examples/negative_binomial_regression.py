"""
Negative binomial regression: overdispersed counts in a data frame
==================================================================

Model: ``y`` has mean ``mu = exp(x'theta)`` and variance ``mu + mu^2 / r`` with a known size r.
Selected are columns of a pandas data frame, by name.

Up to constants the negative log-likelihood of a sample is ``(y + r) log(r + mu) - y log mu``. As a
function of ``eta = log mu`` write the first logarithm as ``logaddexp(log r, eta)``, which does not
overflow. ``frame.to_numpy(copy=False)`` is a view where all columns have one type; it is
column-major, which is as good for `scope` as row-major. ``explain`` says that the Hessian of g is
diagonal.

Needs pandas.
"""

import jax.numpy as jnp
import numpy as np
import pandas as pd

from scope import ScopeSolver

SIZE = 2.0


def generate(seed=0):
    """Return a data frame of explanatory variables, counts, and the names that matter."""
    rng = np.random.default_rng(seed)
    n, p = 500, 120
    frame = pd.DataFrame(rng.standard_normal((n, p)), columns=[f"gene{k:03d}" for k in range(p)])
    truth = ["gene005", "gene042", "gene099"]
    mean = np.exp(frame[truth].to_numpy() @ np.array([0.8, -0.9, 0.7]))
    return frame, rng.poisson(rng.gamma(SIZE, mean / SIZE)).astype(float), truth


def objective(X, y):
    """Return the mean negative log-likelihood as a function of theta."""

    def loss(theta):
        eta = X @ theta
        return jnp.mean((y + SIZE) * jnp.logaddexp(jnp.log(SIZE), eta) - y * eta)

    return loss


def main():
    """Select three columns of the frame."""
    frame, y, truth = generate()
    X = frame.to_numpy(copy=False)
    solver = ScopeSolver(X.shape[1], sparsity=len(truth))
    solver.solve(objective(X, y))
    names = frame.columns[solver.get_support()]
    print("selected:", list(names), "truth:", truth)
    assert set(names) == set(truth)


if __name__ == "__main__":
    main()
