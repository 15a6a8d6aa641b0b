"""Greedy selection: forward steps, with backward steps in between or not."""

import math
from typing import Any

from scope import _validation as check
from scope._solvers._moves import Moves
from scope._solvers._problem import Answer, Fit, Problem
from scope.base_solver import BaseSolver
from scope.numeric_solver import convex_solver_LBFGS
from scope.typing import (
    Callback,
    FloatArray,
    IndexArray,
    InformationCriterion,
    NumericSolver,
)


class FobaSolver(BaseSolver):
    """Minimise by adaptive forward-backward greedy selection.

    Add the group that promises most, then remove groups as long as the objective loses less than
    a part of what the addition gained; fit after each. Goes on to twice the level, which leaves
    room for groups that are worthless after better ones came.

    Parameters
    ----------
    dimensionality, sparsity, sample_size, preselect, numeric_solver, max_iter, group, ic_method, \
cv, cv_fold_id, split_method, random_state, time_limit, callback
        As for `BaseSolver`. `max_iter` limits the additions before `strict_sparsity` is seen to.
    use_gradient : bool, default=True
        Promise of a group: the squared norm of its gradient. False: the decrease of the objective
        from minimising over the group alone, all other parameters fixed.
    threshold : float, default=0.0
        Stop adding when no group promises as much as this, in the unit of the promise.
    foba_threshold_ratio : float, default=0.5
        A group is removed if the objective then rises by less than this part of the gain of the
        addition that last led to the present number of groups.
    strict_sparsity : bool, default=True
        Remove or add groups at the end until there are exactly `sparsity`. False: return what was
        reached, any number of groups up to ``2 s``.

    Attributes
    ----------
    params, support_set, objective_value
        As for `BaseSolver`.

    Notes
    -----
    An addition costs one gradient and one fit; without `use_gradient`, one fit over each group
    outside the support and one over it. A removal costs one value for each group inside, and one
    fit. Starts from the preselected groups at zero; `init_params` are used only where the
    objective is not finite at zero, `init_support_set` not at all.

    References
    ----------
    Zhang (2011), Adaptive forward-backward greedy algorithm for learning sparse representations,
    doi:10.1109/TIT.2011.2146690; for general objectives, Liu, Ye & Fujimaki (2014),
    Forward-backward greedy algorithms for general convex smooth functions, ICML.

    Examples
    --------
    >>> import jax.numpy as jnp, numpy as np
    >>> X = np.random.default_rng(0).standard_normal((50, 10))
    >>> y = 3.0 * X[:, 2]
    >>> solver = FobaSolver(10, sparsity=1)
    >>> solver.solve(lambda theta: jnp.sum((y - X @ theta) ** 2)).round(6)
    array([0., 0., 3., 0., 0., 0., 0., 0., 0., 0.])
    """

    def __init__(
        self,
        dimensionality: int,
        sparsity: Any = None,
        sample_size: int = 1,
        *,
        use_gradient: bool = True,
        threshold: float = 0.0,
        foba_threshold_ratio: float = 0.5,
        strict_sparsity: bool = True,
        preselect: Any = (),
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
        self.use_gradient = use_gradient
        self.threshold = threshold
        self.foba_threshold_ratio = foba_threshold_ratio
        self.strict_sparsity = strict_sparsity

    def _solve_problem(
        self,
        problem: Problem,
        sparsity: int,
        init_support_set: IndexArray,  # noqa: ARG002  # for those that start from one
        init_params: FloatArray,
    ) -> Answer:
        for name in ("threshold", "foba_threshold_ratio"):
            check.require_number(getattr(self, name, 0.0), name)
        check.require_flag(self.strict_sparsity, "strict_sparsity")
        by_gradient = check.require_flag(self.use_gradient, "use_gradient")
        moves = Moves(problem, init_params, by_gradient)
        return problem.answer(self._grown(moves, sparsity))

    def _grown(self, moves: Moves, sparsity: int) -> Fit:
        fit = moves.preselected()
        if sparsity == fit.groups.size:
            return fit
        fit = self._forward_backward(moves, fit, min(2 * sparsity, moves.problem.groups.count))
        if not self.strict_sparsity:
            return fit
        while fit.groups.size > sparsity:
            fit = moves.refitted(moves.least_harmful(fit))
        return _forward(moves, fit, sparsity, threshold=-math.inf)

    def _forward_backward(self, moves: Moves, fit: Fit, most_groups: int) -> Fit:
        gains: dict[int, float] = {}  # by number of groups, of the addition that last led there
        supports = {tuple(fit.groups)}
        for _ in range(self.max_iter):
            if fit.groups.size == most_groups:
                break
            longer = moves.added(fit, self.threshold)
            if longer is None:
                break
            gains[longer.groups.size] = fit.loss - longer.loss if fit.is_finite else 0.0
            fit = self._backward(moves, longer, gains)
            if tuple(fit.groups) in supports:  # what follows followed it before
                break
            supports.add(tuple(fit.groups))
        return fit

    def _backward(self, moves: Moves, fit: Fit, gains: dict[int, float]) -> Fit:
        while fit.groups.size > moves.problem.preselect.size:
            shorter = moves.least_harmful(fit)
            allowed = self.foba_threshold_ratio * gains[fit.groups.size]
            if not shorter.loss < fit.loss + allowed:
                break
            fit = moves.refitted(shorter)
        return fit


class ForwardSolver(FobaSolver):
    """Minimise by forward selection: add the group that decreases the objective most, fit.

    Parameters
    ----------
    dimensionality, sparsity, sample_size, preselect, numeric_solver, max_iter, group, ic_method, \
cv, cv_fold_id, split_method, random_state, time_limit, callback
        As for `BaseSolver`. `max_iter` is not used: there is one addition for each group.
    threshold : float, default=0.0
        Stop when no group alone, all other parameters fixed, decreases the objective by as much as
        this. Only without `strict_sparsity`.
    strict_sparsity : bool, default=True
        Add until there are exactly `sparsity` groups, whatever `threshold` says.

    Attributes
    ----------
    params, support_set, objective_value
        As for `BaseSolver`.
    use_gradient : bool
        False: groups are ranked by the decrease; not a parameter.

    Notes
    -----
    An addition costs one fit over each group outside the support, and one over the support. The
    start is as for `FobaSolver`.

    References
    ----------
    Zhang (2011), doi:10.1109/TIT.2011.2146690, which is this with steps back.

    Examples
    --------
    >>> import jax.numpy as jnp, numpy as np
    >>> X = np.random.default_rng(0).standard_normal((50, 10))
    >>> y = 3.0 * X[:, 2]
    >>> solver = ForwardSolver(10, sparsity=1)
    >>> solver.solve(lambda theta: jnp.sum((y - X @ theta) ** 2)).round(6)
    array([0., 0., 3., 0., 0., 0., 0., 0., 0., 0.])
    """

    use_gradient: bool = False

    def __init__(
        self,
        dimensionality: int,
        sparsity: Any = None,
        sample_size: int = 1,
        *,
        threshold: float = 0.0,
        strict_sparsity: bool = True,
        preselect: Any = (),
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
        # FobaSolver's constructor is passed over: what it adds are no parameters of this class.
        BaseSolver.__init__(
            self,
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
        self.threshold = threshold
        self.strict_sparsity = strict_sparsity

    def _grown(self, moves: Moves, sparsity: int) -> Fit:
        threshold = -math.inf if self.strict_sparsity else self.threshold
        return _forward(moves, moves.preselected(), sparsity, threshold)


class OMPSolver(ForwardSolver):
    """Minimise by orthogonal matching pursuit: add the group of largest gradient, fit.

    Parameters
    ----------
    dimensionality, sparsity, sample_size, preselect, numeric_solver, max_iter, group, ic_method, \
cv, cv_fold_id, split_method, random_state, time_limit, callback
        As for `BaseSolver`. `max_iter` is not used: there is one addition for each group.
    threshold : float, default=0.0
        Stop when no group's gradient has a squared norm as large as this. Only without
        `strict_sparsity`.
    strict_sparsity : bool, default=True
        Add until there are exactly `sparsity` groups, whatever `threshold` says.

    Attributes
    ----------
    params, support_set, objective_value
        As for `BaseSolver`.
    use_gradient : bool
        True: groups are ranked by the gradient; not a parameter.

    Notes
    -----
    An addition costs one gradient and one fit. The start is as for `FobaSolver`. The ranking by
    gradients depends on the units of the variables: standardise them.

    References
    ----------
    Tropp & Gilbert (2007), doi:10.1109/TIT.2007.909108.

    Examples
    --------
    >>> import jax.numpy as jnp, numpy as np
    >>> X = np.random.default_rng(0).standard_normal((50, 10))
    >>> y = 3.0 * X[:, 2]
    >>> solver = OMPSolver(10, sparsity=1)
    >>> solver.solve(lambda theta: jnp.sum((y - X @ theta) ** 2)).round(6)
    array([0., 0., 3., 0., 0., 0., 0., 0., 0., 0.])
    """

    use_gradient: bool = True


def _forward(moves: Moves, fit: Fit, sparsity: int, threshold: float) -> Fit:
    while fit.groups.size < sparsity:
        longer = moves.added(fit, threshold)
        if longer is None:
            break
        fit = longer
    return fit
