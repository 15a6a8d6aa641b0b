"""The sparsity levels of a solver whose `_solve` is written in Python."""

import inspect
import math
from typing import Any

import numpy as np

from scope._calling import as_array
from scope._result import LevelFit
from scope._solve import Task
from scope._support_objective import SupportObjective
from scope.exceptions import NonFiniteError
from scope.typing import FloatArray, IndexArray


def fit_levels(solver: Any, task: Task, levels: list[int]) -> list[LevelFit]:
    """Run ``solver._solve`` on ascending levels, each from the one before."""
    engine, selection = task.built.engine, task.selection
    params, support = task.built.to_engine(task.params), task.support
    objective = SupportObjective(task.built, params, selection.group, task.monitor)
    objective.require_finite_start()
    fits = []
    for level in levels:
        before = engine.evaluations
        params, support = _solve_level(solver, level, objective, support, params, task)
        objective.require_user_fit(support)
        value = objective(params)
        if not math.isfinite(value):  # as of 0/0 at zero, the only vector of level zero
            raise NonFiniteError(f"The objective function returned {value} at level {level}.")
        after = engine.evaluations
        fits.append(
            LevelFit(
                sparsity=level,
                point=task.built.from_engine(params),
                n_selected=selection.variable_count(selection.group[support]),
                value=value,
                status=objective.statuses.get(tuple(support.tolist()), "not_fitted"),
                n_iterations=int(getattr(solver, "n_iters", 0)),
                n_evaluations=after.gradients - before.gradients,
                n_hessians=after.hessians - before.hessians,
            )
        )
    return fits


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
