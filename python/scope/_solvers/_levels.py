"""The sparsity levels of a solver whose `_solve` is written in Python."""

import inspect
import math
from dataclasses import replace
from typing import Any

import numpy as np

from scope._calling import as_array
from scope._progress import EndedError
from scope._result import LevelFit
from scope._solve import Task
from scope._support_objective import SupportObjective
from scope.exceptions import NonFiniteError
from scope.typing import FloatArray, IndexArray


def fit_levels(solver: Any, task: Task, levels: list[int]) -> list[LevelFit]:
    """Run ``solver._solve`` on ascending levels, each from the one before, until all is over."""
    params, support, watch = task.built.to_engine(task.params), task.support, task.watch
    group, preselect = task.selection.group, task.selection.preselect
    objective = SupportObjective(task.built, params, group, preselect, watch)
    before = task.built.engine.evaluations
    objective.require_finite_start()
    for level in levels:
        if watch.fits and watch.is_over():
            break
        objective.begin(level)
        try:
            params, support = _solve_level(solver, level, objective, support, params, task)
            objective.require_user_fit(support)
            status = objective.statuses.get(tuple(support.tolist()), "not_fitted")
        except EndedError:
            assert objective.best is not None
            params = objective.best[1]
            support, status = objective.selected(params), str(watch.progress.ended)
        except BaseException:
            watch.incumbent = _incumbent(objective, level, task)
            raise
        fit = _level_fit(objective, level, params, support, task)
        after = task.built.engine.evaluations
        watch.fits.append(
            replace(
                fit,
                status=status,
                n_iterations=int(getattr(solver, "n_iters", 0)),
                n_evaluations=after.gradients - before.gradients,
                n_hessians=after.hessians - before.hessians,
            )
        )
        before = after
    return watch.fits


def _share(slope: float, start_slope: float) -> float:
    if not slope:
        return 0.0
    return slope / start_slope if start_slope else math.inf


def _level_fit(
    objective: SupportObjective, level: int, params: FloatArray, support: IndexArray, task: Task
) -> LevelFit:
    value, gradient = objective.derivatives(params)
    if not math.isfinite(value):  # as of 0/0 at zero, the only vector of level zero
        raise NonFiniteError(f"The objective function returned {value} at level {level}.")
    slope = float(np.max(np.abs(gradient[support]), initial=0.0))
    return LevelFit(
        sparsity=level,
        point=task.built.from_engine(params),
        n_selected=task.selection.variable_count(task.selection.group[support]),
        value=value,
        status="not_fitted",
        stationarity=slope,
        relative_stationarity=_share(slope, objective.start_slope),
    )


def _incumbent(objective: SupportObjective, level: int, task: Task) -> LevelFit | None:
    """Return the best answer so far; the user's functions are not called any more."""
    if objective.best is None:
        return None
    value, params = objective.best
    groups = task.selection.group[objective.selected(params)]
    return LevelFit(
        sparsity=level,
        point=task.built.from_engine(params),
        n_selected=task.selection.variable_count(groups),
        value=value,
        status="interrupted",
        stationarity=math.nan,
        relative_stationarity=math.nan,
    )


def _solve_level(
    solver: Any,
    level: int,
    objective: SupportObjective,
    support: IndexArray,
    params: FloatArray,
    task: Task,
) -> tuple[FloatArray, IndexArray]:
    arguments = [
        level,
        objective,
        objective.value_and_gradient,
        support,
        params.copy(),
        task.data,
        task.selection.preselect,
        task.selection.group,
    ]
    found, selected = solver._solve(*arguments[: _positional(solver._solve)])
    return as_array(found, params.shape, "_solve"), np.unique(np.asarray(selected, dtype=np.intp))


def _positional(solve: Any) -> int | None:
    """Count the arguments that a `_solve` takes: 6 in solvers of 2023, None for all there are."""
    kinds = [parameter.kind for parameter in inspect.signature(solve).parameters.values()]
    if inspect.Parameter.VAR_POSITIONAL in kinds:
        return None
    named = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(kind in named for kind in kinds)
