"""Cox regression for several types of failure."""

import math
from dataclasses import dataclass
from typing import Any, Self

import jax
import jax.numpy as jnp
import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_array, validate_data

from scope.exceptions import InvalidArgumentError
from scope.skmodel._base import (
    SPARSITY,
    check_data,
    minimise,
    require_samples,
    samples_for,
    warn_unless_converged,
)
from scope.typing import FloatArray, IndexArray


class MultivariateFailure(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    r"""Proportional hazards for K types of failure with the same few features.

    Subject i has a time for each type k, of failure or of the end of observation. The hazard of
    each type is its own baseline times ``exp(x_i' b)``; b is the same for all types, and the
    mean partial log-likelihood is maximised over vectors b with at most `sparsity` non-zeros.

    Parameters
    ----------
    sparsity : int, default=5
        Most features selected, at least 1. More than there are features means all.

    Attributes
    ----------
    coef_ : (p,) ndarray of float64
        Coefficients b, logarithms of hazard ratios.
    n_events, n_events_ : int
        Number K of types of failure.
    n_features_in_ : int
        Number p of features.
    feature_names_in_ : (p,) ndarray of str
        Their names, when `X` came with string names.

    Notes
    -----
    The objective is ``-sum_i w_i sum_k delta_ik (x_i' b - log sum_j w_j exp(x_j' b)) /
    (K sum_i w_i)``, j over the subjects with ``y_jk >= y_ik`` (ties as by Breslow). A subject of
    weight 2 counts as two subjects. An evaluation costs O(n sqrt(n) K) beside the products with
    X, since the sums over risk sets are cumulative. Compiling takes a second or two for each new
    number of subjects.

    When a combination of features puts the failures in perfect order, the likelihood has no
    maximum: the coefficients are then where the ascent was left, and a
    `sklearn.exceptions.ConvergenceWarning` says so.

    References
    ----------
    Cox (1972), doi:10.1111/j.2517-6161.1972.tb00899.x; Wei, Lin & Weissfeld (1989),
    doi:10.1080/01621459.1989.10478873.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((200, 6))
    >>> rate = np.exp(X @ [0.0, 1.0, 0.0, 0.0, -1.0, 0.0])
    >>> failure = rng.exponential(1.0 / rate, size=(2, 200)).T
    >>> censored_at = rng.exponential(3.0, size=(200, 2))
    >>> y, delta = np.minimum(failure, censored_at), failure <= censored_at
    >>> np.flatnonzero(MultivariateFailure(sparsity=2).fit(X, y, delta).coef_)
    array([1, 4])
    """

    _parameter_constraints = {"sparsity": SPARSITY}  # noqa: RUF012  # scikit-learn's name and form

    def __init__(self, sparsity: int = 5) -> None:
        self.sparsity = sparsity

    def fit(self, X: Any, y: Any, delta: Any = None, sample_weight: Any = None) -> Self:
        """Select features and estimate their coefficients.

        Parameters
        ----------
        X : (n, p) array_like of float
            Subjects, n >= 2.
        y : (n, K) or (n,) array_like of float
            Times of failure, or of the end of observation; only their order matters.
        delta : (n, K) or (n,) array_like of bool or of 0 and 1, optional
            Whether the time is one of failure. Default: all are.
        sample_weight : (n,) array_like of float, optional
            Weights of the subjects.

        Returns
        -------
        MultivariateFailure
            The estimator itself.

        Raises
        ------
        ValueError
            A parameter, the data or the weights are invalid, or there is no failure.
        """
        self._validate_params()
        X, y = validate_data(
            self, X, y, dtype=np.float64, multi_output=True, y_numeric=True, ensure_min_samples=2
        )
        X, times, failed, weights = _checked_failures(X, y, delta, sample_weight)
        require_samples(X, 2)
        if not np.any(failed):
            raise InvalidArgumentError("All times are censored: there is no failure in delta.")
        self.n_events_ = times.shape[1]
        risks = _RiskSets.of(times)
        shares = failed.T * (weights / (np.sum(weights) * self.n_events_))

        def objective(b: Any) -> Any:
            score = X @ b
            top = jax.lax.stop_gradient(jnp.max(score))  # it cancels, so it has no derivative
            sums = _running_sums((weights * jnp.exp(score - top))[risks.order])
            logs = jnp.log(jnp.take_along_axis(sums, risks.last, axis=1)) + top
            return -jnp.sum(shares * (score - logs))

        solver = minimise(objective, X.shape[1], self.sparsity)
        warn_unless_converged(self, solver)
        self.coef_ = solver.params
        return self

    @property
    def n_events(self) -> int:
        """Number of types of failure, skscope's name of `n_events_`."""
        return int(self.n_events_)

    def predict(self, X: Any) -> FloatArray:
        """Return the hazards relative to the baseline, ``exp(X @ coef_)``.

        Parameters
        ----------
        X : (n, p) array_like of float
            Subjects.

        Returns
        -------
        (n,) ndarray of float64
            Relative hazards, the same for all types of failure.

        Raises
        ------
        ValueError
            The samples are invalid.
        """
        with np.errstate(over="ignore"):  # a hazard may be infinite
            return np.asarray(np.exp(samples_for(self, X) @ self.coef_))

    def score(self, X: Any, y: Any, delta: Any = None, sample_weight: Any = None) -> float:
        """Return the mean partial log-likelihood, what `fit` maximises on its data.

        Parameters
        ----------
        X : (n, p) array_like of float
            Subjects.
        y : (n, K) or (n,) array_like of float
            Times, with the K of `fit`.
        delta : (n, K) or (n,) array_like of bool or of 0 and 1, optional
            Whether the time is one of failure. Default: all are.
        sample_weight : (n,) array_like of float, optional
            Weights of the subjects.

        Returns
        -------
        float
            Larger is better. It depends on the number of subjects: compare equal numbers.

        Raises
        ------
        ValueError
            The data or the weights are invalid, or K differs from that of `fit`.
        """
        X, times, failed, weights = _checked_failures(samples_for(self, X), y, delta, sample_weight)
        if times.shape[1] != self.n_events:
            raise InvalidArgumentError(
                f"y.shape[1] should be {self.n_events}. Got {times.shape[1]}."
            )
        risks = _RiskSets.of(times)
        linear = X @ self.coef_
        sums = np.logaddexp.accumulate((linear + np.log(weights))[risks.order], axis=1)
        terms = failed.T * (linear - np.take_along_axis(sums, risks.last, axis=1))
        return float(np.average(terms.mean(axis=0), weights=weights))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.target_tags.two_d_labels = False
        tags.target_tags.multi_output = True
        return tags


@dataclass(frozen=True)
class _RiskSets:
    """Of each type and subject, who is still at risk: the first `last` + 1 of `order`."""

    order: IndexArray  # (K, n) subjects by falling times
    last: IndexArray  # (K, n) for each subject

    @classmethod
    def of(cls, times: FloatArray) -> Self:
        falling = -times.T
        order = np.argsort(falling, axis=1, kind="stable")
        last = [
            np.searchsorted(row[by], row, side="right") - 1
            for row, by in zip(falling, order, strict=True)
        ]
        return cls(order, np.array(last))


def _running_sums(values: Any) -> Any:
    """Return cumulative sums of (K, n) values, in blocks of sqrt(n).

    `jnp.cumsum` is linear, but its second derivatives take XLA's compiler several times as long.
    """
    kinds, size = values.shape
    side = math.isqrt(size - 1) + 1
    below = np.tri(side)
    blocks = jnp.pad(values, ((0, 0), (0, side * side - size))).reshape(kinds, side, side)
    inside = blocks @ below.T
    before = inside[:, :, -1] @ (below - np.eye(side)).T
    return (inside + before[:, :, None]).reshape(kinds, -1)[:, :size]


def _checked_failures(
    X: Any, y: Any, delta: Any, sample_weight: Any
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Return subjects, (n, K) times and indicators of failure, and weights."""
    times = _columns(y, "y")
    failed = np.ones(times.shape) if delta is None else _columns(delta, "delta")
    if failed.shape != times.shape:
        raise InvalidArgumentError(
            f"delta should have the shape of y. Got {failed.shape} and {times.shape}."
        )
    if not np.all((failed == 0.0) | (failed == 1.0)):
        raise InvalidArgumentError("delta should be boolean, or 0 and 1.")
    X, both, weights = check_data(X, np.hstack([times, failed]), sample_weight)
    assert both is not None
    return X, both[:, : times.shape[1]], both[:, times.shape[1] :], weights


def _columns(values: Any, name: str) -> FloatArray:
    array = check_array(values, dtype=np.float64, ensure_2d=False, input_name=name)
    return array[:, None] if array.ndim == 1 else np.asarray(array)
