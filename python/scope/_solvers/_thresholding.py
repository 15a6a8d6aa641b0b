"""Hard thresholding: step along the gradient, keep the largest groups."""

import math
from typing import Any

import numpy as np

from scope import _validation as check
from scope._solvers._exhaustive import search_all
from scope._solvers._problem import (
    Answer,
    Fit,
    Problem,
    best_of,
    key,
)
from scope._solvers._steps import Step, next_proposal
from scope.base_solver import BaseSolver
from scope.numeric_solver import convex_solver_LBFGS
from scope.typing import (
    Callback,
    FloatArray,
    IndexArray,
    InformationCriterion,
    NumericSolver,
)


class HTPSolver(BaseSolver):
    """Minimise by hard thresholding pursuit: step, threshold, fit.

    Step from the parameters x along the negative gradient, keep the s groups of largest norm,
    minimise on them, and again, until a support comes back.

    Parameters
    ----------
    dimensionality, sparsity, sample_size, preselect, numeric_solver, max_iter, group, ic_method, \
cv, cv_fold_id, split_method, random_state, time_limit, callback
        As for `BaseSolver`. `max_iter` limits the supports that are fitted; with 0 the start is
        thresholded and fitted.
    step_size : float or None, default=0.005
        Factor t > 0 of the gradient in ``x - t g``. A good one is near the inverse of the largest
        curvature of f over few variables, so it depends on the units of f. None: chosen anew in
        every iteration, see Notes.

    Attributes
    ----------
    params, support_set, objective_value
        As for `BaseSolver`.
    n_iters : int
        Index, from 0, of the last iteration of the last level that was solved.

    Notes
    -----
    An iteration costs one gradient, two values and one fit on a support; usually there are fewer
    than ten. The support of least loss among those fitted is returned. Starts from `init_params`.

    With ``step_size=None`` the step is four times the inverse of the curvature of f along the s
    largest groups of the gradient, ``|d|^2 / d'Hd``, with ``H d`` from one more gradient, halved
    until the thresholded point has a smaller objective. The losses then decrease, and the units of
    f do not matter. It costs one more gradient and at least one value an iteration.

    References
    ----------
    Foucart (2011), doi:10.1137/100806278; Yuan, Li & Zhang (2018), Gradient hard thresholding
    pursuit, JMLR 18(166); the automatic step follows Blumensath & Davies (2010),
    doi:10.1109/JSTSP.2010.2042411.

    Examples
    --------
    >>> import jax.numpy as jnp, numpy as np
    >>> X = np.random.default_rng(0).standard_normal((50, 10))
    >>> y = 3.0 * X[:, 2]
    >>> solver = HTPSolver(10, sparsity=1)
    >>> solver.solve(lambda theta: jnp.sum((y - X @ theta) ** 2)).round(6)
    array([0., 0., 3., 0., 0., 0., 0., 0., 0., 0.])
    """

    n_iters: int

    def __init__(
        self,
        dimensionality: int,
        sparsity: Any = None,
        sample_size: int = 1,
        *,
        preselect: Any = (),
        step_size: float | None = 0.005,
        numeric_solver: NumericSolver = convex_solver_LBFGS,
        max_iter: int = 100,
        group: Any = None,
        ic_method: InformationCriterion | None = None,
        cv: int = 1,
        cv_fold_id: Any = None,
        split_method: Any = None,
        random_state: Any = None,
        time_limit: float | None = None,
        callback: Callback | None = None,
    ) -> None:
        super().__init__(
            dimensionality,
            sparsity,
            sample_size,
            preselect=preselect,
            numeric_solver=numeric_solver,
            max_iter=max_iter,
            group=group,
            ic_method=ic_method,
            cv=cv,
            cv_fold_id=cv_fold_id,
            split_method=split_method,
            random_state=random_state,
            time_limit=time_limit,
            callback=callback,
        )
        self.step_size = step_size

    def _solve_problem(
        self,
        problem: Problem,
        sparsity: int,
        init_support_set: IndexArray,  # noqa: ARG002  # for those that start from one
        init_params: FloatArray,
    ) -> Answer:
        _require_step_size(self.step_size)
        self.n_iters = 0
        if problem.leaves_no_choice(sparsity):
            return problem.answer(search_all(problem, sparsity, init_params))
        return problem.answer(self._search(problem, Step(self.step_size, sparsity), init_params))

    def _search(self, problem: Problem, step: Step, start: FloatArray) -> Fit:
        fits: dict[tuple[int, ...], Fit] = {}
        params = start
        for iteration in range(self.max_iter):
            self.n_iters = iteration
            _, proposal = next_proposal(problem, step, params)
            if proposal is None:
                break
            support = problem.top(proposal, step.sparsity)
            if key(support) in fits:
                break
            fit = _fit_from_better(problem, proposal, params, support)
            if not fit.is_finite:
                break
            fits[key(support)] = fit
            params = fit.params
            problem.report()
        return best_of(fits.values()) or problem.fit(start, problem.top(start, step.sparsity))


class IHTSolver(HTPSolver):
    """Minimise by iterative hard thresholding: step, threshold; fit at the end.

    Step from the parameters x along the negative gradient, keep the s groups of largest norm, and
    again, until two supports in a row are equal. Then minimise on that support.

    Parameters
    ----------
    dimensionality, sparsity, sample_size, preselect, numeric_solver, max_iter, group, ic_method, \
cv, cv_fold_id, split_method, random_state, time_limit, callback
        As for `BaseSolver`. `max_iter` limits the steps; with 0 the start is thresholded and
        fitted.
    step_size : float or None, default=0.005
        Factor t > 0 of the gradient in ``x - t g``, as for `HTPSolver`. Too large a step diverges;
        None chooses steps that do not.

    Attributes
    ----------
    params, support_set, objective_value
        As for `BaseSolver`.
    n_iters : int
        Index, from 0, of the last iteration of the last level that was solved.

    Notes
    -----
    An iteration costs one gradient, with ``step_size=None`` also a second one and at least one
    value; there are two values and one fit at the end. If the supports do not settle within
    `max_iter`, or the objective stops being finite, the point of least objective on the way is
    fitted. Starts from `init_params`.

    References
    ----------
    Blumensath & Davies (2009), doi:10.1016/j.acha.2009.04.002; the automatic step follows
    Blumensath & Davies (2010), doi:10.1109/JSTSP.2010.2042411.

    Examples
    --------
    >>> import jax.numpy as jnp, numpy as np
    >>> X = np.random.default_rng(0).standard_normal((50, 10))
    >>> y = 3.0 * X[:, 2]
    >>> solver = IHTSolver(10, sparsity=1, step_size=None)
    >>> solver.solve(lambda theta: jnp.sum((y - X @ theta) ** 2)).round(6)
    array([0., 0., 3., 0., 0., 0., 0., 0., 0., 0.])
    """

    def _search(self, problem: Problem, step: Step, start: FloatArray) -> Fit:
        support = problem.top(start, step.sparsity)
        best = Fit(math.inf, start, support)
        params, previous = start, None
        for iteration in range(self.max_iter):
            self.n_iters = iteration
            loss, proposal = next_proposal(problem, step, params)
            if previous is not None and loss < best.loss:
                best = Fit(loss, params, support)
            problem.report()
            if proposal is None:
                break
            previous, support = support, problem.top(proposal, step.sparsity)
            params = problem.restricted(proposal, support)
            if iteration > 0 and np.array_equal(support, previous):
                return _fit_from_better(problem, params, start, support)
        if previous is not None and problem.loss(params) < best.loss:
            best = Fit(math.inf, params, support)
        return _fit_from_better(problem, best.params, start, best.groups)


def _fit_from_better(
    problem: Problem, params: FloatArray, start: FloatArray, support: IndexArray
) -> Fit:
    """Fit from the better of two points.

    Deviation: the papers fit from the first. After a step far too large it is far away, and an
    inner solver's tolerances, relative to its start, would be met at once.
    """
    return problem.fit(
        min(params, start, key=lambda point: problem.loss(problem.restricted(point, support))),
        support,
    )


def _require_step_size(step_size: Any) -> None:
    if step_size is None:
        return
    size = check.as_number(step_size)
    if size is None or not 0.0 < size < math.inf:
        raise check.fail("step_size should be a positive number or None.", step_size)
