"""Calls of the scikit-learn estimators."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

from scope import skmodel
from tests.fuzz import verdict
from tests.fuzz.cases import flag, replaced
from tests.fuzz.values import ANYTHING

PARAMETERS = {
    "PortfolioSelection": {
        "obj": st.sampled_from(["MinVar", "MeanVar"]),
        "alpha": st.floats(0.0, 2.0),
        "cov_matrix": st.sampled_from(["lw", "empirical"]),
        "random_state": st.integers(0, 9) | st.none(),
    },
    "NonlinearSelection": {"gamma_x": st.floats(1e-3, 10.0), "gamma_y": st.floats(1e-3, 10.0)},
    "RobustRegression": {"gamma": st.floats(1e-3, 1e3)},
    "MultivariateFailure": {},
    "IsotonicRegression": {},
}
METHODS = ["predict", "transform", "score", "get_support", "inverse_transform"]


@dataclass
class EstimatorCall:
    """An estimator's parameters, the data it is fitted to, and what is asked of it then."""

    estimator: str
    parameters: dict[str, Any]
    fit: dict[str, Any]
    method: str
    applied: dict[str, Any]

    def run(self):
        """Fit and apply, and judge how each ends."""
        names = [*self.parameters, *self.fit, *self.applied]
        made = []

        def call():
            estimator = getattr(skmodel, self.estimator)(**self.parameters)
            made.append(estimator)
            estimator.fit(**self.fit)

        if not verdict.judged(call, names):
            return
        self.judge_fit(made[0])
        method = getattr(made[0], self.method, None)
        if method is not None:
            verdict.judged(lambda: method(**self.applied), names)

    def judge_fit(self, estimator):
        """Raise a finding unless the coefficients are finite and few."""
        coefficients = estimator.coef_
        if not np.all(np.isfinite(coefficients)):
            raise verdict.Finding(f"coefficients are not finite: {coefficients}")
        if np.count_nonzero(coefficients) > estimator.sparsity:
            raise verdict.Finding(f"more than {estimator.sparsity} coefficients: {coefficients}")


@st.composite
def matrices(draw, n, p):
    """Draw (n, p) numbers of any scale, some columns constant or twice."""
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    X = rng.standard_normal((n, p)) * draw(st.sampled_from([1.0, 1e-150, 1e-8, 1e8, 1e150]))
    if draw(flag):
        X[:, draw(st.integers(0, p - 1))] = draw(st.sampled_from([0.0, 1.0, -1e6]))
    if draw(flag):
        X[:, 0] = X[:, -1]
    if draw(flag):
        X = np.round(X)
    return X


@st.composite
def estimator_calls(draw):
    """Draw a call of any estimator."""
    name = draw(st.sampled_from(sorted(PARAMETERS)))
    possible = PARAMETERS[name] | {"sparsity": st.integers(1, 5)}
    chosen = draw(st.lists(st.sampled_from(sorted(possible)), unique=True))
    parameters = {key: draw(possible[key]) for key in chosen}
    n, p = draw(st.sampled_from([1, 2, 3, 8, 12])), draw(st.integers(1, 4))
    p = 1 if name == "IsotonicRegression" else p
    fit: dict[str, Any] = {"X": draw(matrices(n, p))}
    if name != "PortfolioSelection":
        width = draw(st.integers(1, 2)) if name == "MultivariateFailure" else 1
        y = draw(matrices(n, width))
        fit["y"] = y if width > 1 else y[:, 0]
        if name == "MultivariateFailure":
            fit["delta"] = draw(st.none() | st.just(y > 0) | st.just((y > 0)[:, 0]))
    if draw(flag):
        weights = st.sampled_from([0.0, 1.0, 0.5, 1e-300, 1e300])
        fit["sample_weight"] = draw(st.lists(weights, min_size=n, max_size=n))
    method = draw(st.sampled_from(METHODS))
    applied: dict[str, Any] = {} if method == "get_support" else {"X": draw(matrices(n, p))}
    if method == "score" and "y" in fit:
        applied["y"] = draw(st.just(fit["y"]) | ANYTHING)
    replaced(draw, parameters, fit, applied)
    return EstimatorCall(name, parameters, fit, method, applied)
