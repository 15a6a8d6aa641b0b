"""What the estimators share: checks of data, and the solve."""

import warnings
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import (
    check_array,
    check_consistent_length,
    check_is_fitted,
    validate_data,
)

from scope._validation import numbers
from scope.exceptions import InvalidArgumentError
from scope.solver import ScopeSolver
from scope.typing import FloatArray, Objective

SPARSITY = [Interval(Integral, 1, None, closed="left")]


def check_data(
    X: Any, y: Any = None, sample_weight: Any = None
) -> tuple[FloatArray, FloatArray | None, FloatArray]:
    """Check samples, targets and weights, and drop the samples of weight zero.

    Parameters
    ----------
    X : (n, p) array_like of float
        Samples; finite.
    y : (n,) or (n, k) array_like of float, optional
        Targets; finite.
    sample_weight : (n,) array_like of float, optional
        Finite and non-negative weights. Default: one for each sample.

    Returns
    -------
    X : (m, p) ndarray of float64
        The samples of positive weight; `X` itself when it is such an array already.
    y : (m,) or (m, k) ndarray of float64, or None
        Their targets, None when there are none.
    sample_weight : (m,) ndarray of float64
        Their weights, as given.

    Raises
    ------
    ValueError
        A shape is wrong, a number is not finite, or weights are negative or all zero.

    Examples
    --------
    >>> X, y, weights = check_data([[1.0], [2.0], [3.0]], [4, 5, 6], [1, 0, 2])
    >>> X.ravel().tolist(), y.tolist(), weights.tolist()
    ([1.0, 3.0], [4.0, 6.0], [1.0, 2.0])
    """
    X = check_array(X, dtype=np.float64)
    if y is not None:
        y = check_array(y, dtype=np.float64, ensure_2d=False, input_name="y")
        check_consistent_length(X, y)
    weights = checked_weights(sample_weight, len(X))
    kept = weights > 0.0
    if np.all(kept):
        return X, y, weights
    return X[kept], None if y is None else y[kept], weights[kept]


def checked_weights(sample_weight: Any, size: int) -> FloatArray:
    """Return (size,) non-negative weights that do not sum to zero; None means ones."""
    if sample_weight is None:
        return np.ones(size)
    weights = numbers(sample_weight, "sample_weight should be an array of numbers.")
    if weights.ndim != 1:
        raise InvalidArgumentError(
            f"sample_weight should be a 1-D array. Got {weights.ndim} dimensions."
        )
    if weights.size != size:
        raise InvalidArgumentError(
            f"X.shape[0] should be equal to sample_weight.size. Got {size} and {weights.size}."
        )
    if not np.all(np.isfinite(weights)) or np.any(weights < 0.0):
        raise InvalidArgumentError("sample_weight should be finite and not negative.")
    if not np.any(weights):
        raise InvalidArgumentError(
            "Weights sum to zero, can't be normalized. All sample weights are zero."
        )
    return weights


def require_samples(X: FloatArray, least: int) -> None:
    """Check that enough samples are left, in the words of scikit-learn."""
    if len(X) < least:
        raise InvalidArgumentError(
            f"Found array with {len(X)} sample(s) of positive weight while a minimum of {least} "
            "is required."
        )


def samples_for(estimator: Any, X: Any) -> FloatArray:
    """Check samples that a fitted estimator is applied to."""
    check_is_fitted(estimator)
    try:
        samples: FloatArray = validate_data(estimator, X, reset=False, dtype=np.float64)
    except ValueError as error:
        if "is expecting" not in str(error):
            raise
        raise InvalidArgumentError(
            f"X.shape[1] should be {estimator.n_features_in_}. {error}"
        ) from None
    return samples


def minimise(
    objective: Objective,
    dimensionality: int,
    sparsity: int,
    *,
    start: FloatArray | None = None,
    support: Any = None,
    swap_polish: Any = "screened",
) -> ScopeSolver:
    """Return the solver of at most `sparsity` non-zeros; there cannot be more than parameters."""
    solver = ScopeSolver(dimensionality, min(int(sparsity), dimensionality))
    solver.swap_polish = swap_polish
    solver.solve(objective, init_params=start, init_support_set=support)
    return solver


def warn_unless_converged(estimator: Any, solver: ScopeSolver) -> None:
    """Tell who does not look at the solver that its answer is not a minimum."""
    if solver.result.status != "converged":
        warnings.warn(
            f"{type(estimator).__name__}: the search ended as {solver.result.status}, see "
            "Result.status of scope; the coefficients are not a minimum.",
            ConvergenceWarning,
            stacklevel=3,
        )
