"""Isotonic regression with few steps."""

from functools import partial
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin, TransformerMixin
from sklearn.isotonic import isotonic_regression
from sklearn.utils.validation import check_array, check_is_fitted, validate_data

from scope.exceptions import InvalidArgumentError
from scope.skmodel._base import SPARSITY, check_data
from scope.typing import FloatArray, IndexArray

_ONE_FEATURE = "Isotonic regression input X should be a 1d array or 2d array with 1 feature"


class IsotonicRegression(RegressorMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]
    r"""Non-decreasing function of one variable with at most `sparsity` steps.

    Minimises ``sum_i w_i (y_i - base - cumsum(|params|)_i)^2`` over vectors with at most
    `sparsity` non-zeros, the samples in the order of x.

    Parameters
    ----------
    sparsity : int, default=5
        Most increments, at least 1: the rise from the base at the first sample is one. More than
        there are different x means all, which is ordinary isotonic regression.

    Attributes
    ----------
    coef_ : (m,) ndarray of float64
        Increments, non-negative, at the m different values of x.
    params : (m,) ndarray of float64
        The same.
    base_ : float
        Where the increments start from: zero, as in skscope, or the least target if negative.
    f_ : callable
        The fitted function: linear between the x of the samples, constant outside.
    n_features_in_ : int
        One.
    feature_names_in_ : (1,) ndarray of str
        Name of the variable, when `X` came as a frame.

    Notes
    -----
    The samples need not be sorted. Those of equal x are replaced by their weighted mean, which
    changes the objective by a constant.

    Alone among the estimators it does not need `scope.ScopeSolver`: the answer is the global
    minimum. No step of it lies inside a level of ordinary isotonic regression, where the target
    falls on the whole; so the best division of these levels is found by dynamic programming,
    O(sparsity b^2) for b levels after O(n log n) for sorting.

    References
    ----------
    Haiminen, Gionis & Laasonen (2008), doi:10.1007/s10115-006-0053-3.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.arange(10.0)
    >>> step = IsotonicRegression(sparsity=2).fit(x, np.where(x < 4, 1.0, 3.0))
    >>> step.predict([-5.0, 3.0, 3.5, 4.0, 20.0])
    array([1., 1., 2., 3., 3.])
    """

    _parameter_constraints = {"sparsity": SPARSITY}  # noqa: RUF012  # scikit-learn's name and form

    def __init__(self, sparsity: int = 5) -> None:
        self.sparsity = sparsity

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Find the steps.

        Parameters
        ----------
        X : (n,) or (n, 1) array_like of float
            The variable, in any order.
        y : (n,) array_like of float
            Target.
        sample_weight : (n,) array_like of float, optional
            Weights of the samples.

        Returns
        -------
        IsotonicRegression
            The estimator itself.

        Raises
        ------
        ValueError
            A parameter, the data or the weights are invalid, or there are several features.
        """
        self._validate_params()
        X, y = validate_data(self, _as_column(X), y, dtype=np.float64, y_numeric=True)
        _require_one_feature(X)
        X, y, weights = check_data(X, y, sample_weight)
        assert y is not None
        x, sample = np.unique(X[:, 0], return_inverse=True)
        total = np.bincount(sample, weights)
        means = np.bincount(sample, weights * y) / total
        self.base_ = min(0.0, float(np.min(y)))
        self.coef_ = _best_increments(means - self.base_, total / np.sum(total), self.sparsity)
        self.f_ = partial(np.interp, xp=x, fp=self.base_ + np.cumsum(self.coef_))
        return self

    @property
    def params(self) -> FloatArray:
        """Increments, skscope's name of `coef_`."""
        return np.asarray(self.coef_)

    def predict(self, X: Any) -> FloatArray:
        """Return the fitted function, constant outside the range of the training samples.

        Parameters
        ----------
        X : (n,) or (n, 1) array_like of float
            The variable.

        Returns
        -------
        (n,) ndarray of float64
            Predictions.

        Raises
        ------
        ValueError
            The samples are invalid, or have several features.
        """
        check_is_fitted(self)
        column = _as_column(X)
        if hasattr(self, "feature_names_in_") and column is X and np.shape(X)[-1] == 1:
            column = validate_data(self, X, reset=False, dtype=np.float64)
        column = check_array(column, dtype=np.float64)
        _require_one_feature(column)
        return np.asarray(self.f_(column[:, 0]))

    def transform(self, X: Any) -> FloatArray:
        """Return what `predict` returns.

        Parameters
        ----------
        X : (n,) or (n, 1) array_like of float
            The variable.

        Returns
        -------
        (n,) ndarray of float64
            Predictions.

        Raises
        ------
        ValueError
            The samples are invalid, or have several features.
        """
        return self.predict(X)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.one_d_array = True
        tags.input_tags.two_d_array = False
        return tags


def _as_column(X: Any) -> Any:
    """Make a column of what has one dimension, and leave the rest to scikit-learn."""
    try:
        array = X if hasattr(X, "ndim") else np.asarray(X)
    except ValueError:  # ragged: scikit-learn says so
        return X
    return np.reshape(np.asarray(array), (-1, 1)) if array.ndim == 1 else X


def _require_one_feature(X: Any) -> None:
    if X.shape[1] != 1:
        raise InvalidArgumentError(f"{_ONE_FEATURE}. Got {X.shape[1]} features.")


def _best_increments(target: FloatArray, weights: FloatArray, sparsity: int) -> FloatArray:
    """Minimise ``sum(weights (target - cumsum(increments))^2)`` over few increments >= 0.

    The targets are not negative, the weights sum to one.
    """
    ordinary = isotonic_regression(target, sample_weight=weights)
    firsts = np.flatnonzero(np.diff(ordinary, prepend=-np.inf) > 0.0)
    center = float(weights @ target)  # as if all sums were about it: less is lost in rounding
    weight = np.append(0.0, np.cumsum(np.add.reduceat(weights, firsts)))
    excess = np.append(0.0, np.cumsum(np.add.reduceat(weights * (target - center), firsts)))
    begins = _segments(weight, excess, center, min(sparsity, firsts.size))
    ends = np.append(begins[1:], firsts.size)
    levels = center + (excess[ends] - excess[begins]) / (weight[ends] - weight[begins])
    increments = np.zeros(target.size)
    increments[firsts[begins]] = np.diff(levels, prepend=0.0)
    return np.maximum(increments, 0.0)  # equal levels may differ by a rounding error


def _segments(weight: FloatArray, excess: FloatArray, center: float, most: int) -> IndexArray:
    """Return where the best segments begin, what comes before them being at level zero.

    `weight` and `excess` over the center are cumulative over the levels of isotonic regression.
    What segments explain of the squares about the center is maximised.
    """
    count = weight.size - 1
    # By the first j levels in at most k segments: the most, and where the last of them begins.
    explained = np.empty((most + 1, count + 1))
    explained[0] = -center * (2.0 * excess + center * weight)
    explained[:, 0] = 0.0
    last = np.full((most + 1, count + 1), -1)  # there is no k-th segment
    for j in range(1, count + 1):
        segment = (excess[j] - excess[:j]) ** 2 / (weight[j] - weight[:j])
        totals = explained[:-1, :j] + segment
        begins = np.argmax(totals, axis=1)
        for k, begin in enumerate(begins, start=1):
            explained[k, j] = max(totals[k - 1, begin], explained[k - 1, j])
            if totals[k - 1, begin] > explained[k - 1, j]:
                last[k, j] = begin
    found: list[int] = []
    j = count
    for k in range(most, 0, -1):
        if j > 0 and last[k, j] >= 0:
            j = int(last[k, j])
            found.append(j)
    return np.array(found[::-1], dtype=np.intp)
