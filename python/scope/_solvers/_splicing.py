"""ScopeSolver: splicing, in the engine."""

import logging
from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import Any, Literal

from scope import _core
from scope._logging import solve_log
from scope._options import splicing_options
from scope._result import LevelFit
from scope._selection import Selection, scope_selection
from scope._solve import Request, Task
from scope._solvers._subproblem import subproblem
from scope.base_solver import BaseSolver
from scope.numeric_solver import convex_solver_LBFGS
from scope.typing import (
    Callback,
    FloatArray,
    Gradient,
    InformationCriterion,
    NumericSolver,
    Objective,
)


class ScopeSolver(BaseSolver):
    r"""Minimise an objective over vectors with few non-zero entries, by splicing.

    Solves ``min f(theta) subject to at most s non-zero groups of theta`` for any differentiable
    ``f`` written in JAX: fit on a support, rank members and candidates by what f would lose and
    gain, exchange the worst for the best as long as f decreases.

    Parameters
    ----------
    dimensionality : int
        Number p of parameters.
    sparsity : int or iterable of int, optional
        Number of groups to select, those of `preselect` included, or several to choose from by
        `ic_method` or cross-validation. Default: from the number of preselected groups to
        ``q / (ln(ln q) ln q)`` for q groups.
    sample_size : int, default=1
        Number n of samples; needed by information criteria only.
    preselect : int or array_like of int, default=()
        Groups that are always selected (variables, when there are no groups).
    numeric_solver : callable, optional
        Minimiser on a support, called as ``numeric_solver(objective, value_and_grad,
        init_params, variables, data)``, returning the loss and the full-length parameters.
        Default: the compiled inner solver, damped Newton or L-BFGS.
    max_iter : int, default=20
        Most rounds of collecting candidates; within a round strict decrease is the limit.
    ic_method : callable, optional
        Criterion ``ic_method(loss, p, k, n)`` by which a level is chosen, smaller is better; k
        counts selected variables. Required for several levels; see `scope.utilities`.
    cv : int, default=1
        Number of folds by which a level is chosen; 1 means no cross-validation.
    split_method : callable, optional
        ``split_method(data, index)``, the part of the data that has these samples. Required for
        cross-validation, except for an objective of two arguments without data: it is then called
        with the indices of samples.
    cv_fold_id : (n,) array_like of int, optional
        Fold of each sample. Default: shuffled folds of nearly equal size.
    group : (p,) array_like of int, optional
        Group of each variable: non-decreasing from 0 without gaps. Default: no groups.
    important_search : int, default=128
        Candidates outside the support that a round looks at; 0 means all.
    screening_size : int, default=-1
        Groups to keep before the search, those of largest mean square when each is fitted alone;
        0 keeps as many as the largest level, or as the default levels reach; -1 keeps all without
        a look.
    max_exchange_num : int, default=5
        Most groups exchanged at once.
    is_dynamic_max_exchange_num : bool, default=True
        Lower that to the number that was last exchanged with success.
    greedy : bool, default=True
        Take the first number of groups whose exchange improves f, instead of the best.
    splicing_type : {"halve", "taper"}, default="halve"
        Numbers tried: k, k // 2, k // 4, ..., or k, k - 1, k - 2, ...
    path_type : {"seq", "gs"}, default="seq"
        Try all levels of `sparsity`, or search a range of levels by golden section: far fewer,
        and the same answer where the criterion falls and then rises with the level.
    gs_lower_bound, gs_upper_bound : int, optional
        That range. Default: the levels of ``sparsity=None``.
    thread : int, default=1
        Folds that are solved at once, in threads; 0 means as many as there are cores. The result
        does not depend on it.
    random_state : int or RandomState, optional
        Seed of folds and random starts; None means the same ones at every solve. The search itself
        draws no random numbers.
    console_log_level, file_log_level : {"off", "error", "warning", "debug"}, default="off"
        What is logged to standard error and to a file.
    log_file_name : str, default="logs/skscope.log"
        That file; its folder is made when needed.
    time_limit : float, optional
        Seconds from the call of `solve`, tracing and compilation included, after which it returns
        the best answer so far.
    callback : callable, optional
        Called for the first support of every level and every exchange that was accepted, as
        ``callback(state)`` with the best answer so far, a `scope.typing.State`. If it returns
        True, that is the answer.

    Attributes
    ----------
    params : (p,) ndarray of float64
        The answer, exactly zero off the support.
    support_set : (k,) ndarray of int
        Sorted indices of its non-zero entries.
    objective_value : float
        Objective at `params`.
    information_criterion : float
        Criterion at `params` (AIC when `ic_method` is not given).
    cross_validation_loss : float or None
        Mean loss on the folds; None without cross-validation.
    path_ : Path
        The results at all levels, see `scope._path.Path`.
    cv_fold_id_ : (n,) ndarray of int or None
        Fold of each sample, from 0.
    result : Result
        All of that with status and counts, see `scope._result.Result`.
    use_hessian : {"auto", True, False}
        Set before `solve`. Whether candidates are ranked by gains scaled with the Hessian's
        diagonal (its blocks, for groups), which makes the ranking independent of the units of
        the variables. "auto", the default: wherever the objective gives it at moderate cost.
    hessian : callable or None
        Set before `solve`: ``hessian(params)`` or ``hessian(params, data)``, (p, p), to be used
        instead of JAX's.
    warm_start : bool
        Set before `solve`. Whether a level starts from the one before; True by default.
    threshold : float
        Set before `solve`. Least improvement for which a support is changed, as a share of
        ``f(0) - f``; 0 by default.
    swap_polish : {"screened", "off", "exhaustive"}
        Set before `solve`. What is done when splicing has ended: try single exchanges that the
        quadratic model of f promises something of, at no more than the cost of the search before
        ("screened", the default); nothing; or try all single exchanges. See
        `Result.swap_optimal`.

    Notes
    -----
    A support of s variables among p costs a few Newton steps, each O(n s^2) for typical
    objectives; each accepted exchange costs a full gradient. The same input gives the same bits.

    What a solve that was ended early returns, by `time_limit`, `callback` or Ctrl-C, is told in the
    Notes of `BaseSolver`.

    References
    ----------
    Zhu, Wen, Zhu, Zhang & Wang (2020), algorithms 1 and 2, doi:10.1073/pnas.2014241117;
    Wang, Zhu, Zhu, Wang, Guo & Wang (2024), JMLR 25(184).

    Examples
    --------
    >>> import jax.numpy as jnp, numpy as np
    >>> X = np.random.default_rng(0).standard_normal((50, 10))
    >>> y = 3.0 * X[:, 2]
    >>> solver = ScopeSolver(10, sparsity=1)
    >>> solver.solve(lambda theta: jnp.mean((y - X @ theta) ** 2)).round(6)
    array([0., 0., 3., 0., 0., 0., 0., 0., 0., 0.])
    """

    _result_keys = (
        "params",
        "support_set",
        "objective_value",
        "information_criterion",
        "cross_validation_loss",
    )
    cpp = False  # skscope distinguishes objectives written in C++; they are called like any other
    deleter = None
    warm_start: bool = True
    threshold: float = 0.0
    swap_polish: Literal["off", "screened", "exhaustive"] = "screened"

    def __init__(
        self,
        dimensionality: int,
        sparsity: int | Iterable[int] | None = None,
        sample_size: int = 1,
        *,
        preselect: Any = (),
        numeric_solver: NumericSolver = convex_solver_LBFGS,
        max_iter: int = 20,
        ic_method: InformationCriterion | None = None,
        cv: int = 1,
        split_method: Any = None,
        cv_fold_id: Any = None,
        group: Any = None,
        important_search: int = 128,
        screening_size: int = -1,
        max_exchange_num: int = 5,
        is_dynamic_max_exchange_num: bool = True,
        greedy: bool = True,
        splicing_type: str = "halve",
        path_type: str = "seq",
        gs_lower_bound: int | None = None,
        gs_upper_bound: int | None = None,
        thread: int = 1,
        random_state: Any = None,
        console_log_level: str = "off",
        file_log_level: str = "off",
        log_file_name: str = "logs/skscope.log",
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
        self.important_search = important_search
        self.screening_size = screening_size
        self.max_exchange_num = max_exchange_num
        self.is_dynamic_max_exchange_num = is_dynamic_max_exchange_num
        self.greedy = greedy
        self.splicing_type = splicing_type
        self.path_type = path_type
        self.gs_lower_bound = gs_lower_bound
        self.gs_upper_bound = gs_upper_bound
        self.thread = thread
        self.console_log_level = console_log_level
        self.file_log_level = file_log_level
        self.log_file_name = log_file_name

    def solve(  # type: ignore[override]  # the order of its arguments is that of skscope
        self,
        objective: Objective,
        data: Any = None,
        layers: Any = (),
        init_support_set: Any = None,
        init_params: Any = None,
        gradient: Gradient | None = None,
        jit: bool = False,
    ) -> FloatArray:
        """Find the best support and the minimiser on it.

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
        init_support_set : array_like of int, optional
            Variables whose groups are preferred for the first support.
        init_params : (p,) array_like of float, optional
            Start, zeros by default, or normal draws if a layer asks for them. The objective and
            its gradient must be finite there.
        gradient : callable, optional
            ``gradient(params)`` or ``gradient(params, data)``, shape (p,). The objective may
            then be written in anything.
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
        TypeError
            The objective does not return a real number.
        AssertionError
            The dimensions of the layers do not fit together.
        RuntimeError
            JAX is needed, and this process was forked from one that had used it.
        KeyboardInterrupt
            Ctrl-C; the best answer so far is in the attributes.
        Exception
            Whatever the objective raises, unchanged; the solver can be used again.

        Notes
        -----
        What the engine cannot evaluate itself is compiled in the first solve, some tenths of a
        second; objectives that differ only in their data share it (`scope.clear_cache`).

        Examples
        --------
        >>> import jax.numpy as jnp, numpy as np
        >>> target = np.array([0.0, 5.0, -1.0])
        >>> ScopeSolver(3, 1).solve(lambda theta: jnp.sum((theta - target) ** 2)).tolist()
        [0.0, 5.0, 0.0]
        """
        return self._run(
            Request(objective, data, layers, gradient, init_support_set, init_params, jit)
        )

    def _log(self) -> AbstractContextManager[logging.Logger]:
        return solve_log(self.console_log_level, self.file_log_level, self.log_file_name)

    def _select(self, layers: Any, objective_takes_data: bool) -> Selection:
        return scope_selection(self, layers, objective_takes_data)

    def _fit_levels(self, task: Task, levels: list[int]) -> list[LevelFit]:
        """Run the engine over the levels, each from the one before if `warm_start`."""
        user_solver = None if self._fits_by_engine() else self.numeric_solver
        problem = subproblem(task, user_solver)
        runs = [levels] if self.warm_start else [[level] for level in levels]
        watch = task.watch
        for run in runs:
            if watch.fits and watch.is_over():
                break
            monitor = watch.monitor(problem.tell if watch.is_told else None)
            with watch.collecting(monitor, problem.level_fit):
                _core.solve_path(
                    problem.engine,
                    problem.problem,
                    run,
                    problem.start,
                    splicing_options(self),
                    numeric_solver=problem.numeric_solver,
                    monitor=monitor,
                )
        return watch.fits
