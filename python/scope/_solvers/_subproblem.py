"""What the engine searches: all groups, or those that screening kept."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from scope import _core
from scope._result import LevelFit
from scope._solve import Task
from scope.typing import IndexArray


@dataclass(frozen=True)
class Subproblem:
    """An engine objective of the variables that remain, and where its search begins."""

    task: Task
    engine: _core.Objective
    problem: _core.Problem
    start: _core.PathStart
    numeric_solver: _core.NumericSolver | None
    kept_groups: IndexArray
    kept_variables: IndexArray

    def level_fit(self, found: _core.LevelResult) -> LevelFit:
        """Return what the engine found, among all variables again."""
        selection, built = self.task.selection, self.task.built
        point = np.zeros(selection.dimensionality)
        point[self.kept_variables] = found.params
        groups = self.kept_groups[found.groups]
        return LevelFit(
            sparsity=found.sparsity,
            point=built.from_engine(point),
            n_selected=selection.variable_count(groups),
            value=found.value,
            status=self._status(found.status),
            swap_optimal=found.swap_optimal,
            n_iterations=found.iterations,
            n_exchanges=found.exchanges,
            n_evaluations=found.evaluations.gradients,
            n_hessians=found.evaluations.hessians,
            stationarity=found.stationarity,
            relative_stationarity=found.relative_stationarity,
        )

    def tell(self, found: _core.LevelResult) -> bool:
        """Call the user's callback; whether the search should end."""
        support = self.task.selection.variables_of(self.kept_groups[found.groups])
        return self.task.watch.tell(
            found.sparsity, support, found.value, found.evaluations.gradients
        )

    def _status(self, status: _core.Status) -> str:
        """Name a status; of what was stopped, by the reason why the whole solve was."""
        ended = self.task.watch.progress.ended
        if status in (_core.Status.time_limit, _core.Status.stopped) and ended is not None:
            return ended
        return status.name


def subproblem(task: Task, numeric_solver: Any) -> Subproblem:
    """Screen if that was asked for, and number what remains anew."""
    built, selection = task.built, task.selection
    kept = _kept_groups(task, numeric_solver)
    variables = selection.variables_of(kept)
    screened = len(kept) < selection.group_count
    start_groups = np.unique(selection.group[task.support])
    start_groups = start_groups[np.isin(start_groups, kept)] if screened else start_groups
    start = built.to_engine(task.params)
    return Subproblem(
        task=task,
        engine=(
            _core.Screened(built.engine, selection.groups, kept.tolist())
            if screened
            else built.engine
        ),
        problem=_core.Problem(
            _core.Groups.from_labels(np.searchsorted(kept, selection.group[variables]).tolist()),
            np.searchsorted(kept, selection.preselect).tolist(),
        ),
        start=_core.PathStart(
            start[variables],
            np.searchsorted(kept, start_groups).tolist(),
            built.null_value(start) if np.any(start) else None,
        ),
        numeric_solver=_user_solver(task, numeric_solver, variables),
        kept_groups=kept,
        kept_variables=variables,
    )


def _kept_groups(task: Task, numeric_solver: Any) -> IndexArray:
    selection = task.selection
    if selection.screening_size is None:
        return np.arange(selection.group_count)
    monitor = task.watch.monitor()
    kept = _core.screen(
        task.built.engine,
        selection.problem,
        selection.screening_size,
        numeric_solver=_user_solver(task, numeric_solver, np.arange(selection.dimensionality)),
        monitor=monitor,
    )
    task.watch.note(monitor)
    return np.array(kept, dtype=np.intp)


def _user_solver(
    task: Task, numeric_solver: Any, variables: IndexArray
) -> _core.NumericSolver | None:
    if numeric_solver is None:
        return None
    return task.built.numeric_solver(numeric_solver, task.data, variables)
