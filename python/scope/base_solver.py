"""What all solvers share, exhaustive search, and the way to write a solver of one's own."""

import logging
import math
from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import Any, Literal

from sklearn.base import BaseEstimator

from scope._calling import is_ours
from scope._logging import solve_log
from scope._published import ResultMixin
from scope._result import LevelFit
from scope._selection import Selection, family_selection
from scope._solve import Request, Solve, Task, run
from scope._solvers._exhaustive import search_all
from scope._solvers._levels import fit_levels
from scope._solvers._problem import Answer, Problem
from scope._support_objective import SupportObjective, fit_by_user
from scope._validation import fit_arguments
from scope.exceptions import InvalidArgumentError
from scope.numeric_solver import convex_solver_LBFGS
from scope.typing import (
    Callback,
    FloatArray,
    Gradient,
    Hessian,
    IndexArray,
    InformationCriterion,
    NumericSolver,
    Objective,
)

__all__ = ["BaseSolver"]


class BaseSolver(ResultMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    r"""Minimise an objective over all supports, by trying each; the base of all other solvers.

    Parameters
    ----------
    dimensionality : int
        Number p of parameters.
    sparsity : int or iterable of int, optional
        Number of groups to select, those of `preselect` included, or several to choose from by
        `ic_method` or cross-validation. Default: from the number of preselected groups to
        ``q / (ln(ln q) ln q)`` for q groups.
    sample_size : int, default=1
        Number n of samples; needed by information criteria and cross-validation only.
    preselect : int or array_like of int, default=()
        Groups that are always selected (variables, when there are no groups).
    numeric_solver : callable, optional
        Minimiser on a support, called as ``numeric_solver(objective, value_and_grad,
        init_params, variables, data)``, returning the loss and the full-length parameters.
        Default: the compiled inner solver, damped Newton or L-BFGS.
    max_iter : int, default=100
        Most iterations; here, most supports that may have to be tried.
    group : (p,) array_like of int, optional
        Group of each variable: non-decreasing from 0 without gaps. Default: no groups.
    ic_method : callable, optional
        Criterion ``ic_method(loss, p, k, n)`` by which a level is chosen, smaller is better; k
        counts selected variables. See `scope.utilities`.
    cv : int, default=1
        Number of folds by which a level is chosen; 1 means no cross-validation.
    cv_fold_id : (n,) array_like of int, optional
        Fold of each sample. Default: shuffled folds of nearly equal size.
    split_method : callable, optional
        ``split_method(data, index)``, the part of the data that has these samples. Required for
        cross-validation, except for an objective of two arguments without data: it is then called
        with the indices of samples.
    random_state : int or RandomState, optional
        Seed of the folds, and of starts that are drawn at random.
    time_limit : float, optional
        Seconds from the call of `solve`, tracing and compilation included, after which it returns
        the best answer so far.
    callback : callable, optional
        Called in every iteration (here, for every support) as ``callback(state)`` with the best
        answer so far, a `scope.typing.State`. If it returns True, that is the answer.

    Attributes
    ----------
    params : (p,) ndarray of float64
        The answer, exactly zero off the support.
    support_set : (k,) ndarray of int
        Sorted indices of its non-zero entries.
    objective_value : float
        Objective at `params`.
    eval_objective : float
        What the level was chosen by: the criterion (AIC when none is given), or the sum of the
        losses on the folds.
    information_criterion, cross_validation_loss : float
        The criterion, and the mean loss on the folds (None without).
    path_ : Path
        The results at all levels, see `scope._path.Path`.
    cv_fold_id_ : (n,) ndarray of int or None
        Fold of each sample, from 0.
    result : Result
        All of that with status and counts, see `scope._result.Result`.
    hessian : callable or None
        Set before `solve`: ``hessian(params)`` or ``hessian(params, data)``, (p, p), to be used
        instead of JAX's.

    Notes
    -----
    Tries the binomial(q - m, s - m) supports of s groups that contain the m preselected ones: the
    answer is the best there is, as far as each fit is.

    A solve that ends early has status ``"time_limit"`` or ``"stopped"``, and the levels that were
    reached; those that all folds have completed are preferred. At least the start is evaluated.
    After Ctrl-C the attributes have the best answer so far, if there is one.

    A solver of one's own overrides `_solve`, called once a level, and fits by `_numeric_solver`.

    Examples
    --------
    >>> import jax.numpy as jnp, numpy as np
    >>> from scope import BaseSolver
    >>> X = np.random.default_rng(0).standard_normal((50, 6))
    >>> y = 3.0 * X[:, 2]
    >>> BaseSolver(6, sparsity=1).solve(lambda theta: jnp.mean((y - X @ theta) ** 2)).round(6)
    array([0., 0., 3., 0., 0., 0.])

    A solver that selects what has the largest slope at the start:

    >>> class Screening(BaseSolver):
    ...     def _solve(self, sparsity, loss_fn, value_and_grad, init_support_set, init_params,
    ...                data, preselect, group):
    ...         _, gradient = value_and_grad(init_params, data)
    ...         support = np.sort(np.argsort(-abs(gradient))[:sparsity])
    ...         _, params = self._numeric_solver(
    ...             loss_fn, value_and_grad, init_params, support, data)
    ...         return params, support
    >>> Screening(6, sparsity=1).solve(lambda theta: jnp.mean((y - X @ theta) ** 2)).round(6)
    array([0., 0., 3., 0., 0., 0.])
    """

    hessian: Hessian | None = None
    use_hessian: bool | Literal["auto"] = "auto"
    jax_platform = "cpu"  # skscope has it; we always run there

    def __init__(
        self,
        dimensionality: int,
        sparsity: int | Iterable[int] | None = None,
        sample_size: int = 1,
        *,
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
        self.dimensionality = dimensionality
        self.sparsity = sparsity
        self.sample_size = sample_size
        self.preselect = preselect
        self.numeric_solver = numeric_solver
        self.max_iter = max_iter
        self.group = group
        self.ic_method = ic_method
        self.cv = cv
        self.cv_fold_id = cv_fold_id
        self.split_method = split_method
        self.random_state = random_state
        self.time_limit = time_limit
        self.callback = callback

    def solve(
        self,
        objective: Objective,
        data: Any = None,
        layers: Any = (),
        gradient: Gradient | None = None,
        init_support_set: Any = None,
        init_params: Any = None,
        jit: bool = False,
    ) -> FloatArray:
        """Find a support and the minimiser on it.

        Parameters
        ----------
        objective : callable
            ``objective(params)`` or ``objective(params, data)``, returning a real scalar;
            `params` has shape (p,). Written in JAX unless `gradient` is given. Evaluated in
            double precision.
        data : object, optional
            Handed to `objective`, `gradient` and `hessian` where they take two arguments.
        layers : sequence of scope.layer.Identity, default=()
            Transformations between the sparse vector and the parameters, the first one first.
        gradient : callable, optional
            ``gradient(params)`` or ``gradient(params, data)``, shape (p,). The objective may
            then be written in anything.
        init_support_set : array_like of int, optional
            Variables to start from, for solvers that do.
        init_params : (p,) array_like of float, optional
            Start, zeros by default, or normal draws if a layer asks for them. The objective and
            its gradient must be finite there.
        jit : bool, default=False
            With `gradient`: compile both functions. Without, the objective is always compiled
            where JAX can trace it.

        Returns
        -------
        (p,) ndarray of float64
            The parameters, also in `params`.

        Raises
        ------
        ValueError
            An argument is invalid (`scope.exceptions.InvalidArgumentError`), or the objective or
            its gradient is not finite at the start (`scope.exceptions.NonFiniteError`).
        AssertionError
            The dimensions of the layers do not fit together.
        TypeError
            The objective does not return a real number.
        RuntimeError
            JAX is needed, and this process was forked from one that had used it.
        KeyboardInterrupt
            Ctrl-C; the best answer so far is in the attributes.
        Exception
            Whatever a function of the user's raises, unchanged; the solver can be used again.

        Notes
        -----
        The first solve with an objective compiles it, some tenths of a second; objectives that
        differ only in their data share what was compiled (`scope.clear_cache`).
        """
        return self._run(
            Request(objective, data, layers, gradient, init_support_set, init_params, jit)
        )

    def explain(
        self, objective: Objective, data: Any = None, gradient: Gradient | None = None
    ) -> str:
        """Say what was found in an objective, without solving.

        Parameters
        ----------
        objective : callable
            As for `solve`.
        data : object, optional
            As for `solve`.
        gradient : callable, optional
            As for `solve`.

        Returns
        -------
        str
            ``"composite: ..."`` when the objective was read as g(M theta) with a known matrix M,
            which native kernels multiply while only g is left to JAX; ``"black box: ..."`` with
            the reason when it was not.

        Raises
        ------
        ValueError, TypeError
            As for `solve`.

        Examples
        --------
        >>> import jax.numpy as jnp, numpy as np
        >>> from scope import ScopeSolver
        >>> X = np.ones((20, 3))
        >>> print(ScopeSolver(3, 1).explain(lambda theta: jnp.sum((1.0 - X @ theta) ** 2)))
        composite: g(M theta) with M of 20 rows from 1 block (20x3 float64); the Hessian of g is diagonal; g is quadratic and evaluated natively
        """  # noqa: E501  # a sentence to read
        return str(Solve(self, Request(objective, data, gradient=gradient)).built.structure)

    def _run(self, request: Request) -> FloatArray:
        return run(self, request)

    def _log(self) -> AbstractContextManager[logging.Logger]:
        return solve_log("off", "off", "")

    def _select(self, layers: Any, objective_takes_data: bool) -> Selection:
        return family_selection(self, layers, objective_takes_data)

    def _fits_by_engine(self) -> bool:
        return self.numeric_solver is None or self.numeric_solver is convex_solver_LBFGS

    def _keeps_to_bounds(self) -> bool:
        """Whether algorithm and minimiser are ours: they can minimise over abs(params), say."""
        own = (type(self)._solve, type(self)._numeric_solver)
        return self._fits_by_engine() and all(map(is_ours, own))

    def _fit_levels(self, task: Task, levels: list[int]) -> list[LevelFit]:
        return fit_levels(self, task, levels)

    def _solve(
        self,
        sparsity: int,
        loss_fn: Any,
        value_and_grad: Any,
        init_support_set: IndexArray,
        init_params: FloatArray,
        data: Any,
        preselect: IndexArray,
        group: IndexArray,
    ) -> tuple[FloatArray, IndexArray]:
        """Solve at one sparsity level; the method that a solver of one's own overrides.

        Parameters
        ----------
        sparsity : int
            Number of groups to select, at least that of `preselect`.
        loss_fn : callable
            ``loss_fn(params, data) -> float``.
        value_and_grad : callable
            ``value_and_grad(params, data) -> (float, (p,) gradient)``. Not finite where the
            objective is not; the start is.
        init_support_set : (k,) ndarray of int
            Variables to start from: the user's at the first level, then the level before.
        init_params : (p,) ndarray of float64
            Start: the user's at the first level, then the level before.
        data : object
            To be handed to the callables.
        preselect : (m,) ndarray of int
            Groups that must be selected, sorted.
        group : (p,) ndarray of int
            Group of each variable, from 0.

        Returns
        -------
        (p,) ndarray of float64
            Parameters, zero off the support.
        (k,) ndarray of int
            The support: variables.
        """
        problem = Problem.of(self._numeric_solver, loss_fn, value_and_grad, data, preselect, group)
        return self._solve_problem(problem, sparsity, init_support_set, init_params)

    def _solve_problem(
        self,
        problem: Problem,
        sparsity: int,
        init_support_set: IndexArray,  # noqa: ARG002  # for those that start from one
        init_params: FloatArray,
    ) -> Answer:
        """Do what `_solve` does; the method that our own algorithms override."""
        preselected = problem.preselect.size
        count = math.comb(problem.groups.count - preselected, sparsity - preselected)
        if count > self.max_iter:
            raise InvalidArgumentError(
                "The number of subsets is too large, please reduce the sparsity, dimensionality or "
                f"increase max_iter. Got {count} subsets and max_iter={self.max_iter}."
            )
        return problem.answer(search_all(problem, sparsity, init_params))

    def _numeric_solver(
        self,
        loss_fn: Any,
        value_and_grad: Any,
        params: FloatArray,
        optim_variable_set: IndexArray,
        data: Any,
    ) -> tuple[float, FloatArray]:
        """Minimise over some variables, the others fixed at their values.

        Parameters
        ----------
        loss_fn, value_and_grad : callable
            Those that `_solve` received.
        params : (p,) ndarray of float64
            Start; not changed.
        optim_variable_set : (k,) ndarray of int
            Variables to optimise.
        data : object
            To be handed to the callables.

        Returns
        -------
        float
            Objective at the result; infinite if it is not finite at the start.
        (p,) ndarray of float64
            The minimiser.

        Raises
        ------
        ValueError
            `params` or `optim_variable_set` is not a vector.
        """
        start, variables = fit_arguments(params, optim_variable_set)
        if variables.size == 0:
            return loss_fn(start, data), start
        objective: Any = getattr(value_and_grad, "__self__", None)
        of_solve = isinstance(objective, SupportObjective)
        if of_solve and self._fits_by_engine():
            found: tuple[float, FloatArray] = objective.fit(start, variables)
        else:
            by_user = self.numeric_solver
            found = fit_by_user(by_user, loss_fn, value_and_grad, start, variables, data)
        if of_solve and not is_ours(type(self)._solve):
            objective.report()  # nothing else is known of its iterations
        return found
