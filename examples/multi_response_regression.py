"""
Several responses explained by the same few variables
=====================================================

Model: ``Y = X B + noise`` with q responses. Selected are rows of B, by groups of q entries.

The data come in a class of the user's own, given to `solve` as `data`: the objective gets it as
its second argument, whatever it is. ``X @ theta.reshape(p, q)`` is read as a Kronecker product
that is never formed, ``explain`` says "for each of 5", and that g is quadratic.
"""

from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np

from scope import ScopeSolver


@dataclass(frozen=True)
class Study:
    """What was measured."""

    X: np.ndarray
    Y: np.ndarray


def generate(seed=0):
    """Return a study and the rows that matter."""
    rng = np.random.default_rng(seed)
    n, p, q = 150, 200, 5
    X = rng.standard_normal((n, p))
    truth = np.array([10, 77, 121, 180])
    Y = X[:, truth] @ rng.uniform(0.5, 1.0, (len(truth), q)) + rng.standard_normal((n, q))
    return Study(X, Y), truth


def objective(theta, study):
    """Return the mean of squared residuals over samples and responses."""
    B = theta.reshape(study.X.shape[1], study.Y.shape[1])
    return jnp.mean((study.Y - study.X @ B) ** 2)


def main():
    """Select four rows of coefficients."""
    study, truth = generate()
    p, q = study.X.shape[1], study.Y.shape[1]
    group = np.repeat(np.arange(p), q)
    solver = ScopeSolver(p * q, sparsity=len(truth), group=group)
    solver.solve(objective, data=study)
    rows = np.unique(group[solver.get_support()])
    print("selected:", rows, "truth:", truth)
    assert set(rows) == set(truth)


if __name__ == "__main__":
    main()
