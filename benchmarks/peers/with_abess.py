"""abess: default settings, no intercept, one thread."""

from importlib import import_module
from typing import Any

import numpy as np

from benchmarks.criteria import FOLDS, levels, rows_of_folds
from benchmarks.data import Array, Problem
from benchmarks.peers import Fit

_MODELS = {
    "linear": "LinearRegression",
    "logistic": "LogisticRegression",
    "poisson": "PoissonRegression",
    "cox": "CoxPHSurvivalAnalysis",
}


def make(_peer: str) -> Fit:
    """Return the fit of abess."""
    module = import_module("abess")

    def fit(problem: Problem, arrays: dict[str, Array], _name: str) -> tuple[Array, dict[str, Any]]:
        settings, more = {"thread": 1, **_choice(problem)}, {}
        X, y = arrays["X"], _response(problem.model, arrays)
        if problem.model != "cox":
            settings["fit_intercept"] = False
        if problem.job == "cv":
            more["cv_fold_id"] = rows_of_folds(len(X))
        model = getattr(module, _MODELS[problem.model])(**settings).fit(X, y, **more)
        return model.coef_, {}

    return fit


def _choice(problem: Problem) -> dict[str, Any]:
    if problem.job == "criterion":
        return {"support_size": levels(problem), "ic_type": "gic"}
    if problem.job == "cv":
        return {"support_size": levels(problem), "cv": FOLDS}
    return {"support_size": problem.sparsity}


def _response(model: str, arrays: dict[str, Array]) -> Array:
    if model == "cox":  # the partial likelihood knows only the order of times
        event = arrays["event"]
        return np.column_stack([np.arange(1.0, len(event) + 1.0), event])
    return (arrays["y"] > 0).astype(int) if model == "logistic" else arrays["y"]
