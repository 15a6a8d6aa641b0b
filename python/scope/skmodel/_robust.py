"""Sparse regression that outliers do not reach."""

from numbers import Real
from typing import Any, Self

import jax.numpy as jnp
import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import validate_data

from scope.skmodel._base import SPARSITY, check_data, minimise, samples_for, warn_unless_converged
from scope.solver import ScopeSolver
from scope.typing import FloatArray

_COOLING = 10.0  # factor between the widths of two stages
_FIRST_WIDTH = 10.0  # that of the first, in medians of y^2


class RobustRegression(RegressorMixin, BaseEstimator):  # type: ignore[misc]  # no types there
    r"""Linear regression with at most `sparsity` features under the exponential squared loss.

    Minimises ``-sum_i w_i exp(-(y_i - x_i' b)^2 / gamma) / sum_i w_i``: a residual much larger
    than ``sqrt(gamma)`` has no influence, whatever its size.

    Parameters
    ----------
    sparsity : int, default=1
        Most features selected, at least 1. More than there are features means all.
    gamma : float, default=1
        Square of the residual at which the influence of a sample fades, positive: larger is more
        efficient, smaller more robust. The default suits noise of about unit size.

    Attributes
    ----------
    coef_ : (p,) ndarray of float64
        Coefficients b.
    n_features_in_ : int
        Number p of features.
    feature_names_in_ : (p,) ndarray of str
        Their names, when `X` came with string names.

    Notes
    -----
    There is no intercept: centre the data by medians, or add a column of ones.

    The loss is flat far from the data: from zero, where skscope starts, nothing is found when y
    is large compared with ``sqrt(gamma)``. The search therefore also starts with a gamma of ten
    medians of ``y^2`` that is divided by ten until it is the one asked for, each stage from the
    solution before, and the better of both answers is kept. Each stage costs a few Newton steps,
    O(n s^2) each. The loss is not convex: the answer is a local minimum.

    References
    ----------
    Wang, Jiang, Huang & Zhang (2013), doi:10.1080/01621459.2013.766613.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((300, 6))
    >>> y = 5.0 * X[:, 4] + 0.1 * rng.standard_cauchy(300)
    >>> regression = RobustRegression(sparsity=1).fit(X, y)
    >>> regression.coef_.round(1)
    array([0., 0., 0., 0., 5., 0.])
    >>> regression.predict([[0.0, 0.0, 0.0, 0.0, 2.0, 0.0]]).round(0)
    array([10.])
    """

    _parameter_constraints = {  # noqa: RUF012  # the name and form are scikit-learn's
        "sparsity": SPARSITY,
        "gamma": [Interval(Real, 0, None, closed="neither")],
    }

    def __init__(self, sparsity: int = 1, gamma: float = 1) -> None:
        self.sparsity = sparsity
        self.gamma = gamma

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Select features and estimate their coefficients.

        Parameters
        ----------
        X : (n, p) array_like of float
            Samples.
        y : (n,) array_like of float
            Target. Required; that it has a default is skscope's signature.
        sample_weight : (n,) array_like of float, optional
            Weights of the samples.

        Returns
        -------
        RobustRegression
            The estimator itself.

        Raises
        ------
        ValueError
            A parameter, the data or the weights are invalid.
        """
        self._validate_params()
        X, y = validate_data(self, X, y, dtype=np.float64, y_numeric=True)
        X, y, weights = check_data(X, y, sample_weight)
        assert y is not None
        weights = weights / np.sum(weights)
        gamma = float(self.gamma)
        with np.errstate(over="ignore"):
            widths = _widths(_weighted_median(y**2, weights), gamma)
        solvers = [_solve(X, y, weights, [gamma], self.sparsity)]
        if len(widths) > 1:
            solvers.append(_solve(X, y, weights, widths, self.sparsity))
        best = min(solvers, key=lambda solver: solver.objective_value)
        warn_unless_converged(self, best)
        self.coef_ = best.params
        return self

    def predict(self, X: Any) -> FloatArray:
        """Return ``X @ coef_``.

        Parameters
        ----------
        X : (n, p) array_like of float
            Samples.

        Returns
        -------
        (n,) ndarray of float64
            Predictions.

        Raises
        ------
        ValueError
            The samples are invalid.
        """
        return samples_for(self, X) @ np.asarray(self.coef_)

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return the weighted mean of ``exp(-residual^2 / gamma)``; not R^2.

        Parameters
        ----------
        X : (n, p) array_like of float
            Samples.
        y : (n,) array_like of float
            Target.
        sample_weight : (n,) array_like of float, optional
            Weights of the samples.

        Returns
        -------
        float
            Between 0 and 1, larger is better.

        Raises
        ------
        ValueError
            The data or the weights are invalid.
        """
        X, y, weights = check_data(samples_for(self, X), np.ravel(y), sample_weight)
        with np.errstate(over="ignore"):  # a square without end counts nothing
            fits = np.exp(-((y - X @ self.coef_) ** 2) / self.gamma)
        return float(np.average(fits, weights=weights))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.regressor_tags.poor_score = True  # the score is not R^2, and one feature the default
        return tags


def _solve(
    X: FloatArray, y: FloatArray, weights: FloatArray, widths: list[float], sparsity: int
) -> ScopeSolver:
    """Solve for each gamma from the solution before."""
    start = support = None
    for width in widths:
        # An array, so that all widths share what is compiled.
        rate = np.array(1.0 / width)

        def objective(b: Any, rate: FloatArray = rate) -> Any:
            return -(weights @ jnp.exp(-((y - X @ b) ** 2) * rate))

        solver = minimise(objective, X.shape[1], sparsity, start=start, support=support)
        start, support = solver.params, solver.support_set
    return solver


def _widths(typical: float, gamma: float) -> list[float]:
    """Return falling gammas from where the loss still sees `typical` squares to the one asked."""
    widths = [gamma]
    while widths[0] < _FIRST_WIDTH * typical and np.isfinite(widths[0]):
        widths.insert(0, widths[0] * _COOLING)
    return widths


def _weighted_median(values: FloatArray, weights: FloatArray) -> float:
    order = np.argsort(values, kind="stable")
    return float(values[order][np.searchsorted(np.cumsum(weights[order]), 0.5 - 1e-12)])
