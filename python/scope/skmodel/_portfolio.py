"""Portfolios of few assets."""

from numbers import Real
from typing import Any, Self

import jax.numpy as jnp
import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import validate_data

from scope.exceptions import InvalidArgumentError
from scope.skmodel._base import SPARSITY, check_data, minimise, require_samples, samples_for
from scope.solver import ScopeSolver
from scope.typing import FloatArray, IndexArray

_RIDGE = 1e-10  # of the mean variance: makes a singular covariance invertible
_RANDOM_STARTS = 8
_MOST_RAISES = 16  # by a factor of 4, after which the form is lost in rounding


class PortfolioSelection(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    r"""Portfolio of at most `sparsity` assets with least variance, or best mean and variance.

    Minimises ``w' S w - alpha mu' w`` over weights w that sum to one and of which at most
    `sparsity` are not zero; S is the covariance of the returns and mu their mean. Weights may be
    negative (short positions).

    Parameters
    ----------
    sparsity : int, default=1
        Most assets held, at least 1. More than there are assets means all.
    obj : {"MinVar", "MeanVar"}, default="MinVar"
        Least variance, which does without alpha, or variance minus `alpha` times the mean.
    alpha : float, default=0
        What a unit of mean return is worth in units of variance, at least 0; for "MeanVar".
    cov_matrix : {"empirical", "lw"}, default="lw"
        Sample covariance, or that of Ledoit and Wolf, shrunk towards a multiple of the identity;
        the default, as portfolios exploit every error of a sample covariance.
    random_state : int, RandomState or None, default=None
        Seed of the random supports among those from which the search starts.

    Attributes
    ----------
    coef_ : (p,) ndarray of float64
        Weights of the assets; they sum to one.
    weight : (p,) ndarray of float64
        The same.
    n_features_in_ : int
        Number p of assets.
    feature_names_in_ : (p,) ndarray of str
        Their names, when the returns came with string names.
    random_state_ : RandomState
        The generator used.

    Notes
    -----
    The weights that are best on a support are proportional to the minimiser of ``x' Q x / 2 -
    sum(x)`` on it, and the value of the latter orders supports as the former does, where Q is
    ``S - alpha (mu 1' + 1 mu') / 2 + c 1 1'``: the constraint makes the mean a quadratic form, and
    c adds a constant; it is chosen so that Q is positive definite. This is a convex quadratic
    where ``f(x / sum(x))``, which skscope minimised, is not convex and has no value at zero.
    `scope.ScopeSolver` minimises it from 11 supports, with all single exchanges tried, as
    correlated assets make many local minima; each costs O(p s^2) per exchange.

    Sample weights are weights of reliability: a multiple of them is the same, and periods that
    count half count as half a sample in the shrinkage. The search is not exhaustive: no single
    exchange of assets improves the portfolio, exchanges of several may.

    References
    ----------
    Markowitz (1952), doi:10.2307/2975974; Ledoit & Wolf (2004), doi:10.1016/S0047-259X(03)00096-4.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> returns = rng.standard_normal((500, 6)) * [1.0, 0.1, 1.0, 1.0, 0.1, 1.0]
    >>> portfolio = PortfolioSelection(sparsity=2, random_state=0).fit(returns)
    >>> np.flatnonzero(portfolio.coef_), round(portfolio.coef_.sum(), 12)
    (array([1, 4]), np.float64(1.0))
    """

    _parameter_constraints = {  # noqa: RUF012  # the name and form are scikit-learn's
        "sparsity": SPARSITY,
        "obj": [str],
        "alpha": [Interval(Real, 0, None, closed="left")],
        "cov_matrix": [str],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        sparsity: int = 1,
        obj: str = "MinVar",
        alpha: float = 0,
        cov_matrix: str = "lw",
        random_state: Any = None,
    ) -> None:
        self.sparsity = sparsity
        self.obj = obj
        self.alpha = alpha
        self.cov_matrix = cov_matrix
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:  # noqa: ARG002
        """Choose assets and weights.

        Parameters
        ----------
        X : (n, p) array_like of float
            Returns of p assets in n >= 2 periods.
        y : object, optional
            Not used; here because pipelines hand it over.
        sample_weight : (n,) array_like of float, optional
            Weights of the periods, such as exponentially decaying ones.

        Returns
        -------
        PortfolioSelection
            The estimator itself.

        Raises
        ------
        ValueError
            A parameter, the returns or the weights are invalid, or the mean can be raised without
            variance ("MeanVar" of as many assets as periods, with the empirical covariance).
        """
        self._validate_params()
        if self.obj not in {"MinVar", "MeanVar"}:
            raise InvalidArgumentError(
                f"{self.obj} objective is not supported. Expected 'MinVar' or 'MeanVar'."
            )
        if self.cov_matrix not in _COVARIANCES:
            raise InvalidArgumentError(
                f"{self.cov_matrix} estimator is not supported. Expected 'empirical' or 'lw'."
            )
        returns = validate_data(self, X, dtype=np.float64, ensure_min_samples=2)
        returns, _, weights = check_data(returns, None, sample_weight)
        require_samples(returns, 2)
        weights = weights / np.sum(weights)
        self.random_state_ = check_random_state(self.random_state)
        mean = weights @ returns
        centred = returns - mean
        unit = _power_of_two(float(np.max(np.abs(centred))))  # squares of returns may overflow
        covariance = _COVARIANCES[self.cov_matrix](centred / unit, weights)
        alpha = float(self.alpha) if self.obj == "MeanVar" else 0.0
        reward = alpha / unit * (mean / unit)
        self.coef_ = _best_weights(covariance, reward, self.sparsity, self.random_state_)
        return self

    @property
    def weight(self) -> FloatArray:
        """Weights of the assets, `coef_`."""
        return np.asarray(self.coef_)

    def score(
        self, X: Any, y: Any = None, sample_weight: Any = None, measure: str = "Sharpe"
    ) -> float:
        """Return the portfolio's Sharpe ratio.

        Parameters
        ----------
        X : (n, p) array_like of float
            Returns.
        y : object, optional
            Not used.
        sample_weight : (n,) array_like of float, optional
            Weights of the periods.
        measure : {"Sharpe"}, default="Sharpe"
            Mean over standard deviation of the portfolio's returns.

        Returns
        -------
        float
            The ratio per period, not annualised; NaN when the portfolio does not vary.

        Raises
        ------
        ValueError
            The measure is not known, or the returns or weights are invalid.
        """
        del y
        returns, _, weights = check_data(samples_for(self, X), None, sample_weight)
        if measure != "Sharpe":
            raise InvalidArgumentError(f"{measure} measure is not supported. Expected 'Sharpe'.")
        gains = returns @ self.coef_
        mean = np.average(gains, weights=weights)
        deviation = float(np.sqrt(np.average((gains - mean) ** 2, weights=weights)))
        return float(mean / deviation) if deviation > 0.0 else float("nan")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = False
        return tags


def _power_of_two(size: float) -> float:
    """Return a power of two near a size: dividing by it changes no digit."""
    return float(np.ldexp(1.0, np.frexp(size)[1])) if size > 0.0 else 1.0


def _empirical(centred: FloatArray, weights: FloatArray) -> FloatArray:
    """Return the unbiased covariance, `np.cov` for equal weights."""
    covariance = centred.T @ (weights[:, None] * centred)
    return np.asarray(covariance / (1.0 - np.sum(weights**2)))


def _ledoit_wolf(centred: FloatArray, weights: FloatArray) -> FloatArray:
    """Return the covariance shrunk as Ledoit and Wolf do, for weighted samples."""
    covariance: FloatArray = centred.T @ (weights[:, None] * centred)
    size = len(covariance)
    level = np.trace(covariance) / size
    spread = np.sum(covariance**2) - size * level**2  # d^2
    lengths = np.sum(centred**2, axis=1)
    fits = np.sum((centred @ covariance) * centred, axis=1)
    error = float(weights**2 @ (lengths**2 - 2.0 * fits + np.sum(covariance**2)))  # b^2
    shrinkage = min(error, spread) / spread if spread > 0.0 and error > 0.0 else 0.0
    return np.asarray((1.0 - shrinkage) * covariance + shrinkage * level * np.eye(size))


_COVARIANCES = {"empirical": _empirical, "lw": _ledoit_wolf}


def _best_weights(
    covariance: FloatArray, reward: FloatArray, sparsity: int, random: np.random.RandomState
) -> FloatArray:
    """Minimise ``w' S w - reward' w`` over sparse w that sum to one, see the Notes above."""
    scale = np.trace(covariance) / len(covariance) or 1.0
    variance = covariance / scale + _RIDGE * np.eye(len(covariance))
    tilt = reward / (2.0 * scale)
    supports = _starts(variance, tilt, min(sparsity, len(variance)), random)
    tilted = variance - tilt[:, None] - tilt
    constant = 2.0 * max(
        _norm(variance, tilt, supports[0]), float(np.max(tilt**2 / np.diag(variance)))
    )
    for _ in range(_MOST_RAISES):
        solver = _search(tilted + constant, sparsity, supports)
        if _is_positive_definite(tilted + constant, solver.support_set):
            return np.asarray(solver.params / np.sum(solver.params))
        constant *= 4.0
    raise InvalidArgumentError(
        f"No portfolio of {sparsity} assets is best, up to rounding: the mean can be raised at no "
        "variance. Expected fewer assets, more periods, cov_matrix='lw' or a smaller alpha."
    )


def _search(form: FloatArray, sparsity: int, supports: list[IndexArray]) -> ScopeSolver:
    """Minimise ``x' Q x / 2 - sum(x)`` from each support and from what the solver chooses."""

    def objective(x: Any) -> Any:
        return x @ (form @ x) / 2.0 - jnp.sum(x)

    solvers = [
        minimise(objective, len(form), sparsity, support=support, swap_polish="exhaustive")
        for support in [None, *supports]
    ]
    return min(solvers, key=lambda solver: solver.objective_value)


def _starts(
    variance: FloatArray, tilt: FloatArray, sparsity: int, random: np.random.RandomState
) -> list[IndexArray]:
    """Return the supports to start from: the largest weights of the full portfolio, and draws."""
    inverse = np.linalg.inv(variance)
    least = inverse @ np.ones(len(variance))
    tilted = inverse @ tilt
    full = tilted + (1.0 - np.sum(tilted)) / np.sum(least) * least
    # By size, and by what the objective loses when the asset is dropped.
    scores = [np.abs(full), np.abs(full) / np.sqrt(np.diag(inverse))]
    draws = random.randn(_RANDOM_STARTS, len(variance))
    return [np.argsort(-score, kind="stable")[:sparsity] for score in [*scores, *draws]]


def _norm(variance: FloatArray, tilt: FloatArray, support: IndexArray) -> float:
    """Return ``tilt' inverse(S) tilt``: no value on the support is below minus that."""
    inside = tilt[support]
    return float(inside @ np.linalg.solve(variance[np.ix_(support, support)], inside))


def _is_positive_definite(form: FloatArray, support: IndexArray) -> bool:
    eigenvalues = np.linalg.eigvalsh(form[np.ix_(support, support)])
    rounding = 10.0 * support.size * np.finfo(np.float64).eps
    return bool(eigenvalues[0] > rounding * eigenvalues[-1])
