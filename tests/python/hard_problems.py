"""The model, the solvers and the tolerances of the tests of hard mathematics."""

from itertools import combinations

import jax.numpy as jnp
import numpy as np
import pytest
from algorithms import SOLVERS

from scope import ScopeSolver

N, P, S = 40, 6, 2
RNG = np.random.default_rng(0)
X = RNG.standard_normal((N, P))
Y = X @ np.array([0.0, 3.0, 0.0, 0.0, -2.0, 0.0]) + 0.1 * RNG.standard_normal(N)
COUNTS = RNG.poisson(np.exp(0.5 * X[:, 0])).astype(np.float64)

EVERY = {"splicing": ScopeSolver} | SOLVERS
# Grasp prunes its last fit, so what it returns is not a minimiser on its support.
REFITTING = {name: solver for name, solver in EVERY.items() if name != "grasp"}
# The others step along the gradient, or rank by it: their choice depends on units, by definition.
FREE_OF_UNITS = {name: EVERY[name] for name in ("splicing", "exhaustive", "forward")}
# Fixed steps of 0.005 suit one scale of f.
FREE_OF_SCALE = {name: solver for name, solver in EVERY.items() if name not in {"htp", "iht"}}

EXACT = 1e-9  # least squares by one factorisation
FITTED = 1e-6  # the inner solver stops at 1e-10 of the gain, its square
FIRST_ORDER = 1e-5  # the same without a Hessian
VANISHED = 1e-16  # of the sum of squares at zero: eps to the power of one and more


def each(solvers):
    return pytest.mark.parametrize(
        "Solver", [pytest.param(solver, id=name) for name, solver in solvers.items()]
    )


def squares(design, response=Y):
    return lambda t: jnp.sum((response - design @ t) ** 2)


def rss(design, support, response=Y):
    coefficients = np.linalg.lstsq(design[:, support], response, rcond=None)[0]
    return float(np.sum((response - design[:, support] @ coefficients) ** 2))


def best_rss(design, level, response=Y):
    supports = combinations(range(design.shape[1]), level)
    return min(rss(design, list(support), response) for support in supports)


def solved(Solver, objective, p=P, s=S, **call):
    solver = Solver(p, s)
    solver.solve(objective, **call)
    assert np.all(np.isfinite(solver.params))
    assert np.isfinite(solver.objective_value)
    assert solver.support_set.size <= s
    return solver
