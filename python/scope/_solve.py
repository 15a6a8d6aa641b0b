"""One call of `solve`, from the user's arguments to the path of results."""

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from scope import _validation as check
from scope import utilities
from scope._calling import as_scalar, require_callable, takes_data
from scope._folds import Check, Parts, run_folds
from scope._path import Path, search_golden
from scope._progress import Progress, Watch
from scope._result import LevelFit, Result
from scope._selection import Selection, random_numbers, solve_progress
from scope.objective import (
    BuiltObjective,
    ObjectiveSpec,
    apply_layers,
    build_objective,
    without_xla,
)
from scope.typing import FloatArray, IndexArray


@dataclass(frozen=True)
class Request:
    """What was handed to ``solve``."""

    objective: Any
    data: Any = None
    layers: Any = ()
    gradient: Any = None
    init_support_set: Any = None
    init_params: Any = None
    jit: bool = False


@dataclass(frozen=True)
class Task:
    """What an algorithm gets: an objective, what to select from, and where to begin."""

    built: BuiltObjective
    selection: Selection
    params: FloatArray  # (p,) start
    support: IndexArray  # variables to prefer at the start
    data: Any
    watch: Watch


def run(solver: Any, request: Request) -> FloatArray:
    """Solve, publish on the solver what was found, and return the parameters."""
    solve: Solve | None = None
    try:
        solve = Solve(solver, request, solve_progress(solver))
        with solver._log() as log:
            path = solve.path(log)
    except KeyboardInterrupt:
        _publish_interrupted(solver, solve)
        raise
    solver._publish(path, solve.selection.folds)
    return path.best.params  # the attribute may be that of another thread by now


def _publish_interrupted(solver: Any, solve: "Solve | None") -> None:
    path = None
    with suppress(Exception):  # of the user's criterion: the interrupt must not be lost
        path = None if solve is None else solve.path_so_far()
    if solve is None or path is None:
        solver._unpublish()
    else:
        solver._publish(path, solve.selection.folds)


class Solve:
    """A call of ``solve``: builds objectives, runs the levels, and the folds if there are any."""

    def __init__(self, solver: Any, request: Request, progress: Progress | None = None) -> None:
        self._progress = progress or Progress()
        self._watch = Watch(self._progress)
        self._results: list[Result] = []
        self._solver = solver
        self._request = request
        self._data = request.data
        by_index = self._selects_samples()
        self.selection: Selection = solver._select(request.layers, by_index)
        if by_index and self.selection.folds is not None:
            self._data = np.arange(self.selection.sample_size)
        check.require_flag(request.jit, "jit")
        self._support = check.initial_support(
            request.init_support_set, self.selection.dimensionality
        )
        self._params = self._start()
        self.built = self._build(self._data)

    def path(self, log: logging.Logger) -> Path:
        """Solve at all levels that the search for the best one asks for."""
        log.debug("%s", self.built.structure)
        levels = self.selection.levels
        if self.selection.golden:
            search_golden(self._evaluate, int(levels[0]), int(levels[-1]))
        else:
            self._evaluate(levels.tolist())
        path = self._published(self._results, self._progress.ended)
        for level in path:
            log.debug("%s", level)
            if level.status not in ("converged", "not_fitted"):
                log.warning("sparsity %d: %s", level.sparsity, level.status)
        return path

    def path_so_far(self) -> Path | None:
        """Return what was found until the user interrupted; None if that is nothing."""
        solved = {result.sparsity for result in self._results}
        fits = [fit for fit in self._watch.fits if fit.sparsity not in solved]
        if self._watch.incumbent is not None:
            fits.append(replace(self._watch.incumbent, status="interrupted"))
        results = [*self._results, *(self._result(fit, None) for fit in fits)]
        return self._published(results, "interrupted") if results else None

    def _published(self, results: list[Result], ended: str | None) -> Path:
        seconds = self._progress.seconds
        return Path([replace(result, seconds=seconds) for result in results], ended)

    def _selects_samples(self) -> bool:
        """Whether an objective of two arguments without data is called with indices of samples."""
        request = self._request
        require_callable(request.objective, "objective")
        without_data = request.data is None and self._solver.split_method is None
        return without_data and takes_data(request.objective, None)

    def _start(self) -> FloatArray:
        given = self._request.init_params
        dimension = self.selection.dimensionality
        if given is None and any(layer.random_initilization for layer in self.selection.layers):
            return random_numbers(self._solver.random_state).randn(dimension)
        return check.initial_params(given, dimension)

    def _build(self, data: Any) -> BuiltObjective:
        request, solver = self._request, self._solver
        spec = ObjectiveSpec(
            objective=request.objective,
            data=data,
            dimension=self.selection.dimensionality,
            group_starts=self.selection.group_starts,
            start=self._params,
            gradient=request.gradient,
            hessian=solver.hessian,
            use_hessian=solver.use_hessian,
            jit=request.jit,
            images=solver._keeps_to_bounds(),
            layers=self.selection.layers,
        )
        with self._progress.reading():
            return build_objective(spec)

    def _fit_levels(
        self, built: BuiltObjective, data: Any, watch: Watch, levels: list[int]
    ) -> list[LevelFit]:
        task = Task(built, self.selection, self._params, self._support, data, watch)
        with self._progress.searching():
            fits: list[LevelFit] = self._solver._fit_levels(task, levels)
        return fits

    def _evaluate(self, levels: list[int]) -> list[Result]:
        """Solve at some levels, at those that can be reached; at none where all is over."""
        if self._results and self._progress.is_over():
            return []
        self._watch = Watch(self._progress)
        fits = self._fit_levels(self.built, self._data, self._watch, levels)
        losses = self._fold_losses([fit.sparsity for fit in fits])
        found = [self._result(fit, loss) for fit, loss in zip(fits, losses, strict=True)]
        self._results += found
        return found

    def _fold_losses(self, levels: list[int]) -> Sequence[tuple[float, ...] | None]:
        """Return, for each level, the loss on each fold at what was found without that fold.

        None for levels that some fold has not completed.
        """
        folds = self.selection.folds
        if folds is None:
            return [None] * len(levels)
        split = self._solver.split_method
        parts = Parts(self._data, folds, None if split is None else without_xla(split))

        def losses_on(fold: int, check: Check | None) -> list[float]:
            if self._progress.is_over():
                return []
            train = parts.train(fold)
            watch = Watch(self._progress, fold, check and self._hook(check))
            fits = self._fit_levels(self._build(train), train, watch, levels)
            complete = [fit.point for fit in fits if fit.status != self._progress.ended]
            held_out = self._build(parts.test(fold)) if complete else None
            return [held_out.value(point) for point in complete] if held_out else []

        threads = int(getattr(self._solver, "thread", 1))
        by_fold = run_folds(losses_on, int(folds.max()) + 1, threads)
        known = list(zip(*by_fold, strict=self._progress.ended is None))
        return known + [None] * (len(levels) - len(known))

    def _hook(self, check: Check) -> Callable[[], bool]:
        """Return what a fold in a thread asks: whether another one failed, or all is over."""

        def hook() -> bool:
            check()
            return self._progress.is_over()

        return hook

    def _result(self, fit: LevelFit, losses: tuple[float, ...] | None) -> Result:
        params = apply_layers(self.selection.layers, fit.point)
        criterion = without_xla(self._solver.ic_method or utilities.AIC)
        p, n = self.selection.dimensionality, self.selection.sample_size
        return Result(
            sparsity=fit.sparsity,
            params=params,
            support_set=np.flatnonzero(params),
            objective_value=fit.value,
            information_criterion=as_scalar(
                criterion(fit.value, p, fit.n_selected, n), "ic_method"
            ),
            cross_validation_loss=None if losses is None else float(np.mean(losses)),
            fold_losses=losses,
            status=fit.status,
            swap_optimal=fit.swap_optimal,
            n_iterations=fit.n_iterations,
            n_exchanges=fit.n_exchanges,
            n_evaluations=fit.n_evaluations,
            n_hessians=fit.n_hessians,
            structure=str(self.built.structure),
            stationarity=fit.stationarity,
            relative_stationarity=fit.relative_stationarity,
            seconds=self._progress.seconds,
        )
