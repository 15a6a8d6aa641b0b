"""The published L1 baseline: a convex programme whose penalty is halved in until s are not zero.

Wang et al. (2024) count |theta| > 0.01, double and average the penalty up to 100 times, and compare
supports. Here the penalty is bisected, what counts is relative to the largest, and the
answer is refitted.
"""

import math
from importlib import import_module
from typing import Any

import numpy as np

from benchmarks.data import Array, Problem
from benchmarks.peers import Fit
from benchmarks.refit import Regression, as_regression, cut, lengths, refit

_TRIALS = 20
_NEGLIGIBLE = 1e-3  # of the largest


def make(_peer: str) -> Fit:
    """Return the fit."""
    cp = import_module("cvxpy")

    def fit(problem: Problem, arrays: dict[str, Array], _name: str) -> tuple[Array, dict[str, Any]]:
        regression = as_regression(problem.model, arrays)
        theta, weight = cp.Variable(problem.dimension), cp.Parameter(nonneg=True)
        programme = _programme(cp, regression, problem, theta, weight)
        low, high = 1e-4, 1.0  # of the weight at which all is zero
        strongest, best = _strongest(regression, problem), np.zeros(problem.dimension)
        for _ in range(_TRIALS):
            weight.value = strongest * math.sqrt(low * high)
            programme.solve()
            found = np.asarray(theta.value)
            size = lengths(found, problem.group)
            count = int(np.sum(size > _NEGLIGIBLE * size.max()))
            if count >= problem.sparsity:
                low, best = weight.value / strongest, found
            else:
                high = weight.value / strongest
            if count == problem.sparsity:
                break
        return refit(regression, cut(best, problem)), {}

    return fit


def _programme(cp: Any, regression: Regression, problem: Problem, theta: Any, weight: Any) -> Any:
    A, y = regression.A, regression.y
    rows = len(A)
    loss = (
        cp.sum(cp.logistic(-(A @ theta))) if y is None else cp.sum_squares(y - A @ theta)
    ) / rows
    if problem.group is None:
        penalty = cp.norm1(theta)
    else:
        shape = (problem.group[-1] + 1, problem.dimension // (problem.group[-1] + 1))
        penalty = cp.mixed_norm(cp.reshape(theta, shape, order="C"), 2, 1)
    bounds = [theta >= 0] if regression.nonnegative else []
    return cp.Problem(cp.Minimize(loss + weight * penalty), bounds)


def _strongest(regression: Regression, problem: Problem) -> float:
    """Return the weight at which all is zero: the largest group of the gradient at zero."""
    A, y = regression.A, regression.y
    gradient = 0.5 * A.sum(axis=0) if y is None else 2.0 * (y @ A)
    return float(lengths(gradient, problem.group).max() / len(A))
