"""The solvers users call."""

from collections.abc import Iterable
from typing import Any, Literal

import numpy as np
from sklearn.base import BaseEstimator

from scope import _core, utilities
from scope import _validation as check
from scope._logging import solve_log
from scope._options import splicing_options
from scope._result import Result, ResultMixin
from scope.numeric_solver import convex_solver_LBFGS
from scope.objective import BuiltObjective, ObjectiveSpec, build_objective
from scope.typing import (
    FloatArray,
    Gradient,
    Hessian,
    InformationCriterion,
    NumericSolver,
    Objective,
)

__all__ = ["ScopeSolver"]


class ScopeSolver(ResultMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
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
        `ic_method`. Default: from the number of preselected groups to
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
        Number of folds; only 1 is built.
    split_method : callable, optional
        ``split_method(data, index)``; for cross-validation.
    cv_fold_id : (n,) array_like of int, optional
        Fold of each sample; for cross-validation.
    group : (p,) array_like of int, optional
        Group of each variable: non-decreasing from 0 without gaps. Default: no groups.
    important_search : int, default=128
        Candidates outside the support that a round looks at; 0 means all.
    screening_size : int, default=-1
        Groups to keep before the search; only -1, all, is built.
    max_exchange_num : int, default=5
        Most groups exchanged at once.
    is_dynamic_max_exchange_num : bool, default=True
        Lower that to the number that was last exchanged with success.
    greedy : bool, default=True
        Take the first number of groups whose exchange improves f, instead of the best.
    splicing_type : {"halve", "taper"}, default="halve"
        Numbers tried: k, k // 2, k // 4, ..., or k, k - 1, k - 2, ...
    path_type : {"seq", "gs"}, default="seq"
        Try all levels, or search them by golden section; only "seq" is built.
    gs_lower_bound, gs_upper_bound : int, optional
        Range for golden section.
    thread : int, default=1
        Threads for cross-validation; 0 means all.
    random_state : int or RandomState, optional
        Seed for folds and random starts. The search itself draws no random numbers.
    console_log_level, file_log_level : {"off", "error", "warning", "debug"}, default="off"
        What is logged to standard error and to a file.
    log_file_name : str, default="logs/skscope.log"
        That file; its folder is made when needed.

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
        None without cross-validation.
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

    use_hessian: bool | Literal["auto"] = "auto"
    hessian: Hessian | None = None
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
    ) -> None:
        self.dimensionality = dimensionality
        self.sparsity = sparsity
        self.sample_size = sample_size
        self.preselect = preselect
        self.numeric_solver = numeric_solver
        self.max_iter = max_iter
        self.ic_method = ic_method
        self.cv = cv
        self.split_method = split_method
        self.cv_fold_id = cv_fold_id
        self.group = group
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
        self.random_state = random_state
        self.console_log_level = console_log_level
        self.file_log_level = file_log_level
        self.log_file_name = log_file_name

    def solve(
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
        layers : sequence, default=()
            Transformations of the parameters; only none is built.
        init_support_set : array_like of int, optional
            Variables whose groups are preferred for the first support.
        init_params : (p,) array_like of float, optional
            Start, zeros by default. The objective and its gradient must be finite there.
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
        NotImplementedError
            Cross-validation, golden section, screening or layers are asked for.
        Exception
            Whatever the objective raises, unchanged; the solver can be used again.

        Notes
        -----
        The first solve with an objective compiles it, some tenths of a second; objectives that
        differ only in their data share what was compiled (`scope.clear_cache`).

        Examples
        --------
        >>> import jax.numpy as jnp, numpy as np
        >>> target = np.array([0.0, 5.0, -1.0])
        >>> ScopeSolver(3, 1).solve(lambda theta: jnp.sum((theta - target) ** 2)).tolist()
        [0.0, 5.0, 0.0]
        """
        selection = check.scope_selection(self, layers)
        support = check.initial_support(init_support_set, selection.dimensionality)
        params = check.initial_params(init_params, selection.dimensionality)
        with solve_log(self.console_log_level, self.file_log_level, self.log_file_name) as log:
            built = self._build(selection, params, objective, data, gradient, jit)
            log.debug("%s", built.structure)
            engine_start = built.to_engine(params)
            start = _core.PathStart(engine_start, np.unique(selection.group[support]).tolist())
            path = [
                self._published(level, selection, built)
                for level in self._solve_levels(built, selection, start, data)
            ]
            for level in path:
                log.debug("%s", level)
                if level.status != "converged":
                    log.warning("sparsity %d: %s", level.sparsity, level.status)
        self._publish(min(path, key=lambda level: level.information_criterion))
        return self.params

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
        >>> X = np.ones((20, 3))
        >>> print(ScopeSolver(3, 1).explain(lambda theta: jnp.sum((1.0 - X @ theta) ** 2)))
        composite: g(M theta) with M of 20 rows from 1 block (20x3 float64); the Hessian of g is diagonal; g is quadratic
        """  # noqa: E501  # a sentence to read
        selection = check.scope_selection(self, ())
        start = check.initial_params(None, selection.dimensionality)
        return str(self._build(selection, start, objective, data, gradient, jit=False).structure)

    def _build(
        self,
        selection: check.Selection,
        start: FloatArray,
        objective: Objective,
        data: Any,
        gradient: Gradient | None,
        jit: bool,
    ) -> BuiltObjective:
        return build_objective(
            ObjectiveSpec(
                objective=objective,
                data=data,
                dimension=selection.dimensionality,
                group_starts=selection.group_starts,
                start=start,
                gradient=gradient,
                hessian=self.hessian,
                use_hessian=self.use_hessian,
                jit=jit,
                own_numeric_solver=self.numeric_solver is not convex_solver_LBFGS,
            )
        )

    def _solve_levels(
        self, built: BuiltObjective, selection: check.Selection, start: _core.PathStart, data: Any
    ) -> list[_core.LevelResult]:
        """Run the engine over the levels, each from the one before if `warm_start`."""
        problem = _core.Problem(
            _core.Groups.from_labels(selection.group.tolist()), selection.preselect.tolist()
        )
        options = splicing_options(self)
        numeric_solver = None
        if self.numeric_solver is not convex_solver_LBFGS:
            numeric_solver = built.numeric_solver(self.numeric_solver, data)
        levels = selection.levels.tolist()
        runs = [levels] if self.warm_start else [[level] for level in levels]
        return [
            result
            for run in runs
            for result in _core.solve_path(
                built.engine, problem, run, start, options, numeric_solver=numeric_solver
            )
        ]

    def _published(
        self, level: _core.LevelResult, selection: check.Selection, built: BuiltObjective
    ) -> Result:
        params = built.from_engine(level.params)
        criterion = self.ic_method or utilities.AIC
        selected = int(np.isin(selection.group, level.groups).sum())
        return Result(
            sparsity=level.sparsity,
            params=params,
            support_set=np.flatnonzero(params),
            objective_value=level.value,
            information_criterion=float(
                criterion(level.value, selection.dimensionality, selected, selection.sample_size)
            ),
            status=level.status.name,
            swap_optimal=level.swap_optimal,
            n_iterations=level.iterations,
            n_exchanges=level.exchanges,
            n_evaluations=level.evaluations.gradients,
            n_hessians=level.evaluations.hessians,
            structure=str(built.structure),
        )
