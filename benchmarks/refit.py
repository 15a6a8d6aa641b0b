"""From an L1 path to an answer with s non-zeros: the cut, and a refit by the task's own loss.

L1 peers minimise another function. Their path is followed until s groups are not zero, the s
largest stay, and what is compared is the minimiser of the task's loss on these: the relaxed lasso
at its far end (Meinshausen, 2007, doi:10.1016/j.csda.2006.12.019).
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize, nnls

from benchmarks.data import Array, Indices, Problem


@dataclass(frozen=True)
class Regression:
    """A task as squares of y - A theta, or as logistic losses of margins A theta (y is None)."""

    A: Array
    y: Array | None
    nonnegative: bool = False


def as_regression(model: str, arrays: dict[str, Array]) -> Regression:
    """Return the regression that a task is; all tasks with an L1 baseline are one."""
    if model == "logistic":
        return Regression(arrays["y"][:, None] * arrays["X"], None)
    if model == "ising":
        return Regression(_edges(arrays["S"]), None)
    if model == "trend":
        size = len(arrays["y"])
        return Regression(np.tri(size), arrays["y"])
    if model == "multi_task":
        Y = arrays["Y"]
        return Regression(np.kron(arrays["X"], np.eye(Y.shape[1])), Y.ravel())
    if model == "hsic":
        return Regression(arrays["K"], arrays["L"], nonnegative=True)
    return Regression(arrays["X"], arrays["y"])


def _edges(S: Array) -> Array:
    """Return margins' columns: an edge (a, b) adds 2 S_a S_b to those of nodes a and b."""
    n, nodes = S.shape
    rows, columns = np.triu_indices(nodes, 1)
    A = np.zeros((nodes, n, len(rows)))
    products = 2.0 * S[:, rows] * S[:, columns]
    for edge, ends in enumerate(zip(rows, columns, strict=True)):
        A[list(ends), :, edge] = products[:, edge]
    return A.reshape(nodes * n, -1)


def lengths(params: Array, group: Indices | None) -> Array:
    """Return the Euclidean length of each group of parameters."""
    if group is None:
        return np.abs(params)
    return np.sqrt(np.bincount(group, weights=np.square(params)))


def cut(params: Array, problem: Problem) -> Indices:
    """Return the variables of the s largest groups that are not zero."""
    size = lengths(params, problem.group)
    kept = np.argsort(-size, kind="stable")[: problem.sparsity]
    kept = kept[size[kept] > 0.0]
    return np.sort(kept) if problem.group is None else np.flatnonzero(np.isin(problem.group, kept))


def refit(regression: Regression, support: Indices) -> Array:
    """Return full-length parameters: the minimiser with only the support free."""
    params = np.zeros(regression.A.shape[1])
    A, y = regression.A[:, support], regression.y
    if y is None:
        params[support] = _logistic(A)
    elif regression.nonnegative:
        params[support] = nnls(A, y)[0]
    else:
        params[support] = np.linalg.lstsq(A, y, rcond=None)[0]
    return params


def _logistic(A: Array) -> Array:
    def value_and_gradient(t: Array) -> tuple[float, Array]:
        margin = A @ t
        slope = -0.5 * (1.0 - np.tanh(0.5 * margin))
        return float(np.logaddexp(0.0, -margin).mean()), slope @ A / len(margin)

    start = np.zeros(A.shape[1])
    options = {"maxiter": 1000, "gtol": 1e-9, "ftol": 1e-15}
    found: Array = minimize(
        value_and_gradient, start, jac=True, method="L-BFGS-B", options=options
    ).x
    return found
