"""The objectives once more, in NumPy and double precision: the referee that no peer supplies."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def linear(t: Array, X: Array, y: Array) -> float:
    """Mean of squared residuals."""
    residual = y - X @ t
    return float(residual @ residual / len(y))


def logistic(t: Array, X: Array, y: Array) -> float:
    """Mean logistic loss from the margin's positive part and a logarithm that is safe."""
    margin = y * (X @ t)
    return float(np.mean(np.maximum(-margin, 0.0) + np.log1p(np.exp(-np.abs(margin)))))


def poisson(t: Array, X: Array, y: Array) -> float:
    """Mean negative log-likelihood, logarithmic link."""
    eta = X @ t
    return float((np.exp(eta).sum() - y @ eta) / len(y))


def softplus(t: Array, X: Array, y: Array) -> float:
    """Mean negative log-likelihood of counts, softplus link."""
    eta = X @ t
    mean = np.maximum(eta, 0.0) + np.log1p(np.exp(-np.abs(eta)))
    return float(mean.mean() - y @ np.log(mean) / len(y))


def pseudo_huber(t: Array, X: Array, y: Array) -> float:
    """Mean pseudo-Huber loss."""
    return float(np.hypot(1.0, y - X @ t).mean() - 1.0)


def robust(t: Array, X: Array, y: Array) -> float:
    """Exponential squared loss."""
    return -float(np.exp(-np.square(y - X @ t)).mean())


def cox(t: Array, X: Array, event: Array) -> float:
    """Mean negative partial log-likelihood from running logarithms of sums."""
    eta = X @ t
    log_at_risk = np.logaddexp.accumulate(eta[::-1])[::-1]
    return float(event @ (log_at_risk - eta) / len(event))


def trend(t: Array, y: Array) -> float:
    """Sum of squared residuals of a piecewise constant signal."""
    return float(np.square(y - np.add.accumulate(t)).sum())


def multi_task(t: Array, X: Array, Y: Array) -> float:
    """Sum of squared residuals, response by response."""
    q = Y.shape[1]
    return float(sum(np.square(Y[:, k] - X @ t[k::q]).sum() for k in range(q)))


def ising(t: Array, S: Array) -> float:
    """Mean negative log-pseudo-likelihood, node by node."""
    n, nodes = S.shape
    weights = np.zeros((nodes, nodes))
    weights[np.triu_indices(nodes, 1)] = t
    weights += weights.T
    margins = (S[:, i] * (S @ weights[i]) for i in range(nodes))
    return float(sum(np.logaddexp(0.0, -2.0 * margin).sum() for margin in margins) / n)


def hsic(t: Array, K: Array, L: Array) -> float:
    """Squared distance of kernels, kernel by kernel."""
    residual = L - sum(abs(weight) * K[:, k] for k, weight in enumerate(t) if weight)
    return float(residual @ residual / len(L))


LOSSES: dict[str, Callable[..., float]] = {
    f.__name__: f
    for f in (
        linear, logistic, poisson, softplus, pseudo_huber, robust, cox, trend, multi_task, ising,
        hsic,
    )
}  # fmt: skip
