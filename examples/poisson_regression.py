"""
Poisson regression with a sparse design
=======================================

Model: ``y ~ Poisson(exp(x'theta))``, X counts words and is mostly zero. Selected are words.

A SciPy matrix becomes a JAX one by `BCOO.from_scipy_sparse`. It is handed over as `data`, and the
objective takes it as its second argument. ``explain`` shows a sparse M, kept by columns: a support
costs the non-zero entries of its columns, not n times their number.

The loss is the summed negative log-likelihood (less ``log y!``, which does not depend on theta),
the scale that `GIC` expects. The constant term is variable 0 and always there: `preselect`.
"""

import jax.numpy as jnp
import numpy as np
from jax.experimental.sparse import BCOO
from scipy import sparse

from scope import ScopeSolver
from scope.utilities import GIC


def generate(seed=0):
    """Return word counts with a leading column of ones, responses, and the true support."""
    rng = np.random.default_rng(seed)
    n, words = 500, 200
    counts = sparse.csr_matrix(rng.poisson(0.15, (n, words)).astype(float))
    X = sparse.hstack([np.ones((n, 1)), counts]).tocsr()
    theta = np.zeros(words + 1)
    theta[[0, 20, 80, 110]] = [0.8, 0.9, -1.2, 0.7]
    return X, rng.poisson(np.exp(X @ theta)).astype(float), np.flatnonzero(theta)


def objective(theta, data):
    """Return the summed negative log-likelihood."""
    eta = data["X"] @ theta
    return jnp.sum(jnp.exp(eta) - data["y"] * eta)


def main():
    """Select two to eight columns, the constant among them."""
    X, y, truth = generate()
    n, p = X.shape
    solver = ScopeSolver(p, range(2, 9), sample_size=n, ic_method=GIC, preselect=[0])
    solver.solve(objective, data={"X": BCOO.from_scipy_sparse(X), "y": y})
    print("selected:", solver.get_support(), "truth:", truth)
    assert set(solver.get_support()) == set(truth)


if __name__ == "__main__":
    main()
