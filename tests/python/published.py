"""The model of skscope's own tests, and its nine solvers as a user imports them."""

import itertools

import jax.numpy as jnp
import numpy as np
import pytest
from sklearn.datasets import make_regression

from scope import (
    BaseSolver,
    FobaSolver,
    ForwardSolver,
    GraspSolver,
    HTPSolver,
    IHTSolver,
    OMPSolver,
    PDASSolver,
    ScopeSolver,
)

N, P = 100, 5
X, Y, COEF = make_regression(N, P, n_informative=2, coef=True, random_state=1)
Z = Y + 5 * np.random.default_rng(0).standard_normal(N)  # fits that are not exact
TRUTH = np.flatnonzero(COEF).tolist()
DATA = (X, Z)
FITTED = 1e-4  # L-BFGS-B stops at relative decreases of 2e-9, its square

FAMILY = [
    BaseSolver,
    HTPSolver,
    IHTSolver,
    GraspSolver,
    FobaSolver,
    ForwardSolver,
    OMPSolver,
    PDASSolver,
]
SOLVERS = [ScopeSolver, *FAMILY]
REFITTING = [solver for solver in SOLVERS if solver is not GraspSolver]  # it prunes its last fit


def each(solvers):
    return pytest.mark.parametrize("Solver", solvers, ids=lambda solver: solver.__name__)


EVERY = each(SOLVERS)


def sse(params):
    return jnp.sum((Y - X @ params) ** 2)


def noisy(params):
    return jnp.sum((Z - X @ params) ** 2)


def sse_of(params, data):
    return jnp.sum((data[1] - data[0] @ params) ** 2)


def np_sse(params):
    return float(np.sum((Z - X @ params) ** 2))


def np_gradient(params):
    return 2 * X.T @ (X @ params - Z)


def np_hessian(params):
    return 2 * X.T @ X


def split(data, index):
    return tuple(part[index] for part in data)


def least_squares(support, design=X, response=Z):
    params = np.zeros(design.shape[1])
    params[support] = np.linalg.lstsq(design[:, support], response, rcond=None)[0]
    return params


def best_subset(level, fit=least_squares):
    """The support of the smallest sum of squares, of all."""
    supports = [list(s) for s in itertools.combinations(range(P), level)]
    return min(supports, key=lambda support: np_sse(fit(support)))


def solve_by_hand(solver, **arguments):
    """Solve the noisy model without JAX; returns the solver."""
    solver.solve(np_sse, gradient=np_gradient, **arguments)
    return solver
