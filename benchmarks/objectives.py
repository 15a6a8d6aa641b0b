"""Objectives as a user writes them: the same text for scope and skscope.

Each function returns a new closure over its arrays. The tasks are those of Wang, Zhu, Zhu, Wang,
Guo & Wang (2024), "skscope: fast sparsity-constrained optimization in Python", JMLR 25(184), and
the generalised linear models of Zhu et al. (2022), "abess", JMLR 23(202).
"""

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np

Objective = Callable[[Any], Any]


def linear(X: Any, y: Any) -> Objective:
    """Mean of squared residuals."""
    return lambda t: jnp.mean((y - X @ t) ** 2)


def logistic(X: Any, y: Any) -> Objective:
    """Mean logistic loss, labels +-1."""
    return lambda t: jnp.mean(jnp.logaddexp(0.0, -y * (X @ t)))


def poisson(X: Any, y: Any) -> Objective:
    """Mean negative log-likelihood of counts with the logarithmic link, less log(y!)."""

    def objective(t: Any) -> Any:
        eta = X @ t
        return jnp.mean(jnp.exp(eta) - y * eta)

    return objective


def softplus(X: Any, y: Any) -> Objective:
    """Mean negative log-likelihood of counts with mean log(1 + exp(x't)), less log(y!)."""

    def objective(t: Any) -> Any:
        mean = jnp.logaddexp(0.0, X @ t)
        return jnp.mean(mean - y * jnp.log(mean))

    return objective


def pseudo_huber(X: Any, y: Any) -> Objective:
    """Mean pseudo-Huber loss."""
    return lambda t: jnp.mean(jnp.sqrt(1.0 + (y - X @ t) ** 2) - 1.0)


def robust(X: Any, y: Any) -> Objective:
    """Exponential squared loss of Wang, Jiang, Huang & Zhang (2013)."""
    return lambda t: -jnp.mean(jnp.exp(-((y - X @ t) ** 2)))


def cox(X: Any, event: Any) -> Objective:
    """Mean negative partial log-likelihood of Breslow; rows are sorted by time."""

    def objective(t: Any) -> Any:
        eta = X @ t
        at_risk = jnp.cumsum(jnp.exp(eta)[::-1])[::-1]
        return -jnp.mean(event * (eta - jnp.log(at_risk)))

    return objective


def trend(y: Any) -> Objective:
    """Sum of squared residuals of a piecewise constant signal with jumps t."""
    return lambda t: jnp.sum((y - jnp.cumsum(t)) ** 2)


def multi_task(X: Any, Y: Any) -> Objective:
    """Sum of squared residuals of several responses; a variable has one row of coefficients."""
    shape = (X.shape[1], Y.shape[1])
    return lambda t: jnp.sum((Y - X @ t.reshape(shape)) ** 2)


def ising(S: Any) -> Objective:
    """Mean negative log-pseudo-likelihood of spins +-1; t holds the upper triangle by rows."""
    n, nodes = S.shape
    rows, columns = np.triu_indices(nodes, 1)

    def objective(t: Any) -> Any:
        upper = jnp.zeros((nodes, nodes)).at[rows, columns].set(t)
        field = S @ (upper + upper.T)
        return jnp.sum(jnp.logaddexp(0.0, -2.0 * S * field)) / n

    return objective


def hsic(K: Any, L: Any) -> Objective:
    """Squared distance of the response's kernel to a non-negative combination of kernels."""
    return lambda t: jnp.mean((L - K @ jnp.abs(t)) ** 2)


OBJECTIVES: dict[str, Callable[..., Objective]] = {
    f.__name__: f
    for f in (
        linear, logistic, poisson, softplus, pseudo_huber, robust, cox, trend, multi_task, ising,
        hsic,
    )
}  # fmt: skip
