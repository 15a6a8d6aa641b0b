"""Selection of features on which a target depends in whatever way."""

from collections.abc import Iterator
from numbers import Real
from typing import Any, Self

import jax.numpy as jnp
import numpy as np
from sklearn.base import BaseEstimator
from sklearn.feature_selection import SelectorMixin
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import check_is_fitted, validate_data

from scope.skmodel._base import (
    SPARSITY,
    check_data,
    minimise,
    require_samples,
    samples_for,
    warn_unless_converged,
)
from scope.typing import FloatArray

_BLOCK = 2**18  # kernel values held at once: they should stay in the cache
# Mean squares of a centred kernel below this are rounding: its entries were between 0 and 1.
_ROUNDING = 1e-28


class NonlinearSelection(SelectorMixin, BaseEstimator):  # type: ignore[misc]  # no types there
    r"""Select features on which the target depends, linearly or not, by kernels (HSIC).

    Minimises ``mean((L - sum_k |a_k| K_k)^2)`` over the n^2 pairs of samples and over vectors a
    with at most `sparsity` non-zeros. L and K_k are the centred Gaussian kernel matrices of the
    target and of feature k.

    Parameters
    ----------
    sparsity : int, default=1
        Most features selected, at least 1. More than there are features means all.
    gamma_x : float, default=0.7
        Kernel of the features, ``exp(-gamma_x (x - x')^2)``, positive. The default suits features
        of unit variance: standardise others.
    gamma_y : float, default=0.7
        The same for the target.

    Attributes
    ----------
    coef_ : (p,) ndarray of float64
        The a_k, non-negative; zero for what is not selected.
    n_features_in_ : int
        Number p of features.
    feature_names_in_ : (p,) ndarray of str
        Their names, when `X` came with string names.

    Notes
    -----
    It is a selector: ``transform`` returns the selected columns, ``get_support`` says which.
    There is no ``predict``, since the model relates pairs of samples.

    The objective is a quadratic form of the p x p inner products of the kernel matrices. These
    are summed over blocks of rows, O(n^2 p^2) operations, 2 MB for a block and O(n p + p^2)
    memory beside it; the n^2 p numbers of the kernels are never stored.

    A sample of weight 2 counts as two samples, in the centring and in the mean over pairs.

    References
    ----------
    Yamada, Jitkrittum, Sigal, Xing & Sugiyama (2014), doi:10.1162/NECO_a_00537; Gretton,
    Bousquet, Smola & Schoelkopf (2005), doi:10.1007/11564089_7.

    Examples
    --------
    >>> import numpy as np
    >>> X = np.random.default_rng(0).standard_normal((150, 5))
    >>> selector = NonlinearSelection(sparsity=2).fit(X, X[:, 0] ** 2 + np.cos(2.0 * X[:, 3]))
    >>> selector.get_support(indices=True)
    array([0, 3])
    >>> selector.transform(X).shape
    (150, 2)
    """

    _parameter_constraints = {  # noqa: RUF012  # the name and form are scikit-learn's
        "sparsity": SPARSITY,
        "gamma_x": [Interval(Real, 0, None, closed="neither")],
        "gamma_y": [Interval(Real, 0, None, closed="neither")],
    }

    def __init__(self, sparsity: int = 1, gamma_x: float = 0.7, gamma_y: float = 0.7) -> None:
        self.sparsity = sparsity
        self.gamma_x = gamma_x
        self.gamma_y = gamma_y

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Select features.

        Parameters
        ----------
        X : (n, p) array_like of float
            Samples, n >= 2.
        y : (n,) array_like of float
            Target.
        sample_weight : (n,) array_like of float, optional
            Weights of the samples.

        Returns
        -------
        NonlinearSelection
            The estimator itself.

        Raises
        ------
        ValueError
            A parameter, the data or the weights are invalid.
        """
        self._validate_params()
        X, y = validate_data(self, X, y, dtype=np.float64, y_numeric=True, ensure_min_samples=2)
        X, y, weights = check_data(X, y, sample_weight)
        require_samples(X, 2)
        products = np.zeros((X.shape[1] + 1, X.shape[1] + 1))
        for rows, pairs in self._kernels(X, y, weights):
            products += rows.T @ (pairs[:, None] * rows)
        constants = np.diag(products) < _ROUNDING
        products[constants] = products[:, constants] = 0.0  # not what rounding makes of them
        root, target, constant = _as_least_squares(products)

        def objective(a: Any) -> Any:
            return jnp.sum((target - root @ jnp.abs(a)) ** 2) + constant

        solver = minimise(objective, X.shape[1], self.sparsity)
        warn_unless_converged(self, solver)
        self.coef_ = np.abs(solver.params)
        return self

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return minus the mean squared residual of the kernels; larger is better.

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
            At most zero.

        Raises
        ------
        ValueError
            The data or the weights are invalid.
        """
        X = samples_for(self, X)
        X, y, weights = check_data(X, np.ravel(y), sample_weight)
        selected = self.coef_ > 0.0
        combination = np.append(-self.coef_[selected], 1.0)
        blocks = self._kernels(X[:, selected], y, weights)
        return -float(sum(pairs @ (rows @ combination) ** 2 for rows, pairs in blocks))

    def _kernels(
        self, X: FloatArray, y: Any, weights: FloatArray
    ) -> Iterator[tuple[FloatArray, FloatArray]]:
        """Yield (pairs, p + 1) centred kernels, the target's last, and the weights of the pairs."""
        values = np.column_stack([X, y])
        gammas = np.append(np.full(X.shape[1], self.gamma_x), self.gamma_y)
        weights = weights / np.sum(weights)
        size, width = values.shape
        step = max(1, _BLOCK // (size * width))
        blocks = [slice(first, first + step) for first in range(0, size, step)]
        means = np.concatenate(
            [weights @ _gaussian(values[rows], values, gammas) for rows in blocks]
        )
        mean = weights @ means
        for rows in blocks:
            kernel = _gaussian(values[rows], values, gammas)
            kernel -= means
            kernel += (mean - means[rows])[:, None, :]
            yield kernel.reshape(-1, width), np.outer(weights[rows], weights).ravel()

    def _get_support_mask(self) -> Any:
        check_is_fitted(self)
        return self.coef_ > 0.0

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        return tags


def _gaussian(left: FloatArray, right: FloatArray, gammas: FloatArray) -> FloatArray:
    """Return (m, n, p) kernels of every column of (m, p) and (n, p)."""
    kernel = left[:, None, :] - right
    with np.errstate(over="ignore", under="ignore"):  # far apart: the kernel is zero
        kernel *= kernel
        kernel *= -gammas
        return np.asarray(np.exp(kernel, out=kernel))


def _as_least_squares(products: FloatArray) -> tuple[FloatArray, FloatArray, float]:
    """Return root, target and constant: ``|target - root a|^2 + constant`` is the objective.

    The objective ``c - 2 b' a + a' G a`` has a G that is positive semi-definite, and b in its
    range: both are inner products of the same kernels.
    """
    gram, projections, square = products[:-1, :-1], products[:-1, -1], products[-1, -1]
    eigenvalues, vectors = np.linalg.eigh(gram)
    kept = eigenvalues > eigenvalues[-1] * len(gram) * np.finfo(np.float64).eps
    roots = np.sqrt(eigenvalues[kept])
    basis = vectors[:, kept].T
    target = (basis @ projections) / roots
    return roots[:, None] * basis, target, max(0.0, float(square - target @ target))
