"""How a level is chosen, the same for all peers."""

import math
from typing import Any

import numpy as np

from benchmarks.data import Array, Indices, Problem

FOLDS = 5


def levels(problem: Problem) -> range:
    """Return the levels that are compared: 0, ..., p / 5 - 1."""
    return range(problem.dimension // 5)


def gic(loss: float, dimensionality: int, size: int, samples: int) -> float:
    """Return n ln(loss) + k ln(p) ln(ln(n)) (Fan & Tang, 2013), as abess computes it."""
    fit = samples * math.log(loss) if loss > 0.0 else -math.inf
    return fit + size * math.log(dimensionality) * math.log(math.log(samples))


def rows_of_folds(n: int) -> Indices:
    """Return each row's fold: rows are independent, so that turns are as good as lots."""
    return np.arange(n) % FOLDS


def held_out_splits(n: int) -> list[tuple[Indices, Indices]]:
    """Return the folds as scikit-learn takes them: rows to fit, rows to judge."""
    fold = rows_of_folds(n)
    return [(np.flatnonzero(fold != k), np.flatnonzero(fold == k)) for k in range(FOLDS)]


def best_of_path(X: Array, y: Array, supports: list[Indices], sizes: Any) -> Array:
    """Return the least-squares refit of that support whose criterion is smallest."""
    n, p = X.shape
    best, chosen = math.inf, np.zeros(p)
    for support in supports:
        if len(support) not in sizes:
            continue
        params = np.zeros(p)
        params[support] = np.linalg.lstsq(X[:, support], y, rcond=None)[0]
        residual = y - X @ params
        value = gic(float(residual @ residual / n), p, len(support), n)
        if value < best:
            best, chosen = value, params
    return chosen
