"""skglm's L1 estimators along a falling penalty, each from the last, on standardised columns."""

from importlib import import_module
from typing import Any

import numpy as np

from benchmarks.data import Array, Problem
from benchmarks.peers import Fit
from benchmarks.refit import as_regression, cut, refit

_STEP = 0.8  # from one strength of the penalty to the next
_LEAST = 1e-4  # of the strength at which all is zero


def make(_peer: str) -> Fit:
    """Return the fit."""
    module = import_module("skglm")
    estimators = {"linear": module.Lasso, "logistic": module.SparseLogisticRegression}

    def fit(problem: Problem, arrays: dict[str, Array], _name: str) -> tuple[Array, dict[str, Any]]:
        X, y = arrays["X"], arrays["y"]
        Z = np.asfortranarray(X / X.std(axis=0))
        slope = 1.0 if problem.model == "linear" else 0.5  # of the loss at zero
        strongest = slope * float(np.abs(y @ Z).max()) / len(y)
        model = estimators[problem.model](fit_intercept=False, warm_start=True)
        alpha, params = strongest, np.zeros(Z.shape[1])
        while np.count_nonzero(params) < problem.sparsity and alpha > _LEAST * strongest:
            alpha *= _STEP
            model.alpha = alpha
            params = model.fit(Z, y).coef_.ravel()
        return refit(as_regression(problem.model, arrays), cut(params, problem)), {}

    return fit
