"""One call of `solve`, from the user's arguments to the path of results."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from scope import _validation as check
from scope import utilities
from scope._calling import as_scalar, require_callable, takes_data
from scope._folds import Monitor, Parts, run_folds
from scope._path import Path, search_golden, search_sequence
from scope._result import LevelFit, Result
from scope._selection import Selection, random_numbers
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
    monitor: Monitor | None = None


class Solve:
    """A call of ``solve``: builds objectives, runs the levels, and the folds if there are any."""

    def __init__(self, solver: Any, request: Request) -> None:
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
            path = search_golden(self._evaluate, int(levels[0]), int(levels[-1]))
        else:
            path = search_sequence(self._evaluate, levels.tolist())
        for level in path:
            log.debug("%s", level)
            if level.status not in ("converged", "not_fitted"):
                log.warning("sparsity %d: %s", level.sparsity, level.status)
        return path

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
        return build_objective(
            ObjectiveSpec(
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
        )

    def _task(self, built: BuiltObjective, data: Any, monitor: Monitor | None) -> Task:
        return Task(built, self.selection, self._params, self._support, data, monitor)

    def _evaluate(self, levels: list[int]) -> list[Result]:
        fits: list[LevelFit] = self._solver._fit_levels(
            self._task(self.built, self._data, None), levels
        )
        losses = self._fold_losses(levels)
        return [self._result(fit, loss) for fit, loss in zip(fits, losses, strict=True)]

    def _fold_losses(self, levels: list[int]) -> Sequence[tuple[float, ...] | None]:
        """Return, for each level, the loss on each fold at what was found without that fold."""
        folds = self.selection.folds
        if folds is None:
            return [None] * len(levels)
        split = self._solver.split_method
        parts = Parts(self._data, folds, None if split is None else without_xla(split))

        def losses_on(fold: int, monitor: Monitor | None) -> list[float]:
            train = parts.train(fold)
            task = self._task(self._build(train), train, monitor)
            fits = self._solver._fit_levels(task, levels)
            held_out = self._build(parts.test(fold))
            return [held_out.value(fit.point) for fit in fits]

        threads = int(getattr(self._solver, "thread", 1))
        by_fold = run_folds(losses_on, int(folds.max()) + 1, threads)
        return list(zip(*by_fold, strict=True))

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
        )
