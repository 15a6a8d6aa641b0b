"""Best-subset selection by trying all supports."""

from itertools import combinations

import numpy as np

from scope._solvers._problem import Fit, Problem
from scope.typing import FloatArray


def search_all(problem: Problem, sparsity: int, params: FloatArray) -> Fit:
    """Fit every support of `sparsity` groups that has the preselected ones; return the best.

    Supports are tried in lexicographic order, each from `params` on it, and a later one must be
    strictly better. If no loss is finite, the first support is returned.
    """
    free = problem.groups.others(problem.preselect).tolist()
    best: Fit | None = None
    # Not a generator: there a StopIteration of the user's would become another exception.
    for added in combinations(free, sparsity - problem.preselect.size):
        fit = problem.fit(params, np.sort(np.append(problem.preselect, added)).astype(np.intp))
        if best is None or fit.loss < best.loss:
            best = fit
        problem.report()
    assert best is not None
    return best
