"""scikit-learn's orthogonal matching pursuit, on columns of equal length as it asks for."""

from importlib import import_module
from typing import Any

from benchmarks.criteria import held_out_splits, levels
from benchmarks.data import Array, Problem
from benchmarks.peers import Fit


def make(_peer: str) -> Fit:
    """Return the fit."""
    module = import_module("sklearn.linear_model")

    def fit(problem: Problem, arrays: dict[str, Array], _name: str) -> tuple[Array, dict[str, Any]]:
        X, y = arrays["X"], arrays["y"]
        scale = X.std(axis=0)
        if problem.job == "cv":
            model = module.OrthogonalMatchingPursuitCV(
                cv=held_out_splits(len(y)), max_iter=levels(problem)[-1], fit_intercept=False
            )
        else:
            model = module.OrthogonalMatchingPursuit(
                n_nonzero_coefs=problem.sparsity, fit_intercept=False
            )
        return model.fit(X / scale, y).coef_ / scale, {}

    return fit
