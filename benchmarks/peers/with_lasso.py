"""L1 paths of scikit-learn on standardised columns: LARS for squares, liblinear for logistic."""

from importlib import import_module
from typing import Any

import numpy as np

from benchmarks.criteria import best_of_path, held_out_splits, levels
from benchmarks.data import Array, Problem
from benchmarks.peers import Fit
from benchmarks.refit import as_regression, cut, refit

_STEP = 1.25  # from one strength of the penalty to the next


def make(_peer: str) -> Fit:
    """Return the fit."""
    module, svm = import_module("sklearn.linear_model"), import_module("sklearn.svm")

    def lars(X: Array, y: Array, most: int) -> Array:
        path: Array = module.lars_path(X, y, method="lasso", max_iter=4 * most)[2]
        return path

    def logistic_path(problem: Problem, X: Array, y: Array) -> Array:
        C = svm.l1_min_c(X, y, loss="log", fit_intercept=False)
        while True:
            C *= _STEP
            model = module.LogisticRegression(
                l1_ratio=1.0, C=C, solver="liblinear", fit_intercept=False, tol=1e-4
            )
            params: Array = model.fit(X, y).coef_.ravel()
            if np.count_nonzero(params) >= problem.sparsity:
                return params

    def fit(problem: Problem, arrays: dict[str, Array], _name: str) -> tuple[Array, dict[str, Any]]:
        X, y = arrays["X"], arrays["y"]
        scale = X.std(axis=0)
        Z = X / scale
        if problem.job == "cv":
            model = module.LassoCV(cv=held_out_splits(len(y)), fit_intercept=False)
            return model.fit(Z, y).coef_ / scale, {}
        if problem.job == "criterion":
            path = lars(Z, y, levels(problem)[-1])
            supports = [np.flatnonzero(column) for column in path.T]
            return best_of_path(X, y, supports, levels(problem)), {}
        if problem.model == "linear":
            path = lars(Z, y, problem.sparsity)
            enough = np.count_nonzero(path, axis=0) >= problem.sparsity
            params = path[:, np.argmax(enough) if enough.any() else -1]
        else:
            params = logistic_path(problem, Z, y)
        return refit(as_regression(problem.model, arrays), cut(params, problem)), {}

    return fit
