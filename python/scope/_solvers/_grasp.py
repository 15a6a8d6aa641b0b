"""Gradient support pursuit."""

import numpy as np

from scope._solvers._exhaustive import search_all
from scope._solvers._problem import (
    Answer,
    Fit,
    Problem,
    best_of,
    key,
)
from scope.base_solver import BaseSolver
from scope.typing import FloatArray, IndexArray


class GraspSolver(BaseSolver):
    """Minimise by gradient support pursuit: merge, fit, prune.

    Merge the support with the 2s groups of largest gradient, minimise on the union, keep the s
    groups of largest norm, and again, until a union comes back.

    Parameters
    ----------
    dimensionality, sparsity, sample_size, preselect, numeric_solver, max_iter, group, ic_method, \
cv, cv_fold_id, split_method, random_state, time_limit, callback
        As for `BaseSolver`. `max_iter` limits the unions that are fitted; with 0 the start is
        thresholded and fitted.

    Attributes
    ----------
    params, support_set, objective_value
        As for `BaseSolver`. The parameters are those of the union's fit, pruned but not fitted
        again, as in the paper's algorithm 1 and in skscope: on their support they are not
        minimal, unless the objective is separable.
    n_iters : int
        Index, from 0, of the last iteration of the last level that was solved.

    Notes
    -----
    An iteration costs one gradient, one value, and one fit on up to 3s groups: the most expensive
    fit of the pursuit algorithms. The pruned parameters of least loss are returned. Starts from
    `init_params`.

    References
    ----------
    Bahmani, Raj & Boufounos (2013), Greedy sparsity-constrained optimization, JMLR 14, 807-841,
    algorithm 1.

    Examples
    --------
    >>> import jax.numpy as jnp, numpy as np
    >>> X = np.random.default_rng(0).standard_normal((50, 10))
    >>> y = 3.0 * X[:, 2]
    >>> solver = GraspSolver(10, sparsity=1)
    >>> solver.solve(lambda theta: jnp.sum((y - X @ theta) ** 2)).round(6)
    array([0., 0., 3., 0., 0., 0., 0., 0., 0., 0.])
    """

    n_iters: int

    def _solve_problem(
        self,
        problem: Problem,
        sparsity: int,
        init_support_set: IndexArray,  # noqa: ARG002  # for those that start from one
        init_params: FloatArray,
    ) -> Answer:
        self.n_iters = 0
        if problem.leaves_no_choice(sparsity):
            return problem.answer(search_all(problem, sparsity, init_params))
        params = self._search(problem, sparsity, init_params).params
        return params, np.flatnonzero(params)

    def _search(self, problem: Problem, sparsity: int, start: FloatArray) -> Fit:
        pruned: dict[tuple[int, ...], Fit] = {}
        params = start
        for iteration in range(self.max_iter):
            self.n_iters = iteration
            union = _merged(problem, sparsity, params)
            if union is None or key(union) in pruned:
                break
            fit = problem.fit(params, union)
            if not fit.is_finite:
                break
            kept = problem.top(fit.params, sparsity)
            params = problem.restricted(fit.params, kept)
            pruned[key(union)] = Fit(problem.loss(params), params, kept)
            problem.report()
        return best_of(pruned.values()) or problem.fit(start, problem.top(start, sparsity))


def _merged(problem: Problem, sparsity: int, params: FloatArray) -> IndexArray | None:
    """Return the support with the groups that the gradient points to; None without a gradient.

    Groups without gradient are left out. Deviation: the preselected are always in, since they are
    in the answer and have to be fitted.
    """
    _, gradient = problem.loss_and_gradient(params)
    if gradient is None:
        return None
    squares = problem.groups.squares(gradient)
    ranked = np.argsort(-squares, kind="stable")[: 2 * sparsity]
    steepest = ranked[squares[ranked] > 0.0]
    parts = (problem.preselect, problem.support(params), steepest)
    return np.unique(np.concatenate(parts)).astype(np.intp)
