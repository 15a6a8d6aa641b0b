"""Primal-dual active sets."""

import math

import numpy as np
from sklearn.utils import check_random_state

from scope._solvers._exhaustive import search_all
from scope._solvers._groups import largest
from scope._solvers._problem import (
    Answer,
    Fit,
    Problem,
    best_of,
    key,
)
from scope._support_objective import diagonal_hessian
from scope.base_solver import BaseSolver
from scope.typing import FloatArray, IndexArray

LEAST_CURVATURE = 1e-9  # as a share of the largest: rounding, or not convex there


class PDASSolver(BaseSolver):
    """Minimise by primal-dual active sets: fit, rank by parameters and gradients, exchange.

    Fit on a support; score each group by what the diagonal of the Hessian H says the objective
    would lose without it, ``h x^2 / 2``, or gain with it, ``g^2 / (2 h)``; the s groups of largest
    score are the next support, until it stays the same.

    Parameters
    ----------
    dimensionality, sparsity, sample_size, preselect, numeric_solver, max_iter, group, ic_method, \
cv, cv_fold_id, split_method, time_limit, callback
        As for `BaseSolver`. `max_iter` limits the supports that are fitted beside the first.
    random_state : int or RandomState, optional
        Seed of a draw that completes the first support. None, the default, completes it by the
        scores at `init_params`, so that the same input gives the same answer.

    Attributes
    ----------
    params, support_set, objective_value
        As for `BaseSolver`.

    Notes
    -----
    The first support is `preselect` and the groups of `init_support_set`, cut by the size of
    `init_params`, or completed by score (at random with a `random_state`). An iteration costs one
    fit, one gradient and one diagonal of the Hessian; usually there are fewer than ten. The
    iteration may run in circles: it stops when any support comes back, and the support of least
    loss among those fitted is returned.

    Where the diagonal is not positive, groups are ranked with the mean of its positive entries.

    References
    ----------
    Wen, Zhang, Quan & Wang (2020), algorithm 1, doi:10.18637/jss.v094.i04.

    Examples
    --------
    >>> import jax.numpy as jnp, numpy as np
    >>> X = np.random.default_rng(0).standard_normal((50, 10))
    >>> y = 3.0 * X[:, 2]
    >>> solver = PDASSolver(10, sparsity=1)
    >>> solver.solve(lambda theta: jnp.sum((y - X @ theta) ** 2)).round(6)
    array([0., 0., 3., 0., 0., 0., 0., 0., 0., 0.])
    """

    def _solve_problem(
        self,
        problem: Problem,
        sparsity: int,
        init_support_set: IndexArray,
        init_params: FloatArray,
    ) -> Answer:
        if problem.leaves_no_choice(sparsity):
            return problem.answer(search_all(problem, sparsity, init_params))
        support = self._first_support(problem, sparsity, init_support_set, init_params)
        return problem.answer(self._search(problem, support, init_params))

    def _first_support(
        self,
        problem: Problem,
        sparsity: int,
        init_support_set: IndexArray,
        init_params: FloatArray,
    ) -> IndexArray:
        preferred = np.union1d(problem.preselect, problem.groups.of(init_support_set))
        preferred = preferred.astype(np.intp)
        if preferred.size > sparsity:
            sizes = np.full(problem.groups.count, -1.0)
            sizes[preferred] = problem.groups.squares(init_params)[preferred]
            return largest(sizes, sparsity, problem.preselect)
        if self.random_state is None:
            scores = self._scores(problem, Fit(math.inf, init_params, preferred))
            if scores is not None:
                return largest(scores, sparsity, preferred)
        seed = 0 if self.random_state is None else self.random_state
        drawn = check_random_state(seed).permutation(problem.groups.others(preferred))
        return np.sort(np.append(preferred, drawn[: sparsity - preferred.size]))

    def _search(self, problem: Problem, support: IndexArray, params: FloatArray) -> Fit:
        first = fit = problem.fit(params, support)
        fits = {key(support): first}
        problem.report()
        for _ in range(self.max_iter):
            scores = self._scores(problem, fit)
            if scores is None:
                break
            support = largest(scores, support.size, problem.preselect)
            if key(support) in fits:
                break
            fit = problem.fit(fit.params, support)
            fits[key(support)] = fit
            problem.report()
        return best_of(fits.values()) or first

    def _scores(self, problem: Problem, fit: Fit) -> FloatArray | None:
        """Score the groups by h (x + d)^2 / 2 with the dual variables d = -g / h off the support.

        None where derivatives are not finite.
        """
        _, gradient = problem.loss_and_gradient(fit.params)
        if gradient is None:
            return None
        curvature = _positive(diagonal_hessian(problem.value_and_grad, fit.params, problem.data))
        with np.errstate(over="ignore"):
            dual = -gradient / curvature
            dual[problem.groups.variables(fit.groups)] = 0.0
            return problem.groups.sums(curvature * (fit.params + dual) ** 2 / 2.0)


def _positive(diagonal: FloatArray) -> FloatArray:
    finite = np.where(np.isfinite(diagonal), diagonal, 0.0)
    usable = finite > LEAST_CURVATURE * max(np.max(finite), 0.0)
    typical = np.mean(finite[usable]) if np.any(usable) else 1.0
    return np.where(usable, finite, typical)
