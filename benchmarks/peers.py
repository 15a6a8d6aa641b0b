"""How each peer solves a problem. A peer is imported by `load`, in its own process only."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import numpy as np

from benchmarks.data import Array, Problem

_COUNTS = ("status", "structure", "n_iterations", "n_exchanges", "n_evaluations", "n_hessians")
_ABESS_MODELS = {
    "linear": "LinearRegression",
    "logistic": "LogisticRegression",
    "poisson": "PoissonRegression",
    "cox": "CoxPHSurvivalAnalysis",
}


@dataclass(frozen=True)
class Answer:
    """Full-length parameters, what they cost, and what the solver says about its way."""

    params: Array
    seconds: float
    cpu_seconds: float
    details: dict[str, Any] = field(default_factory=dict)


Solve = Callable[[Problem, str], Answer]  # a problem, by the solver of a name


def load(peer: str) -> Solve:
    """Import a peer with all that its first solve needs, and return its solve."""
    if peer == "abess":
        return _abess(import_module("abess"))
    from benchmarks.objectives import OBJECTIVES  # noqa: PLC0415  # abess lives without JAX

    return _splicing(import_module(peer), OBJECTIVES)


def _clocked(solve: Callable[[], Any]) -> tuple[Any, float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    result = solve()
    return result, time.perf_counter() - wall, time.process_time() - cpu


def _splicing(module: Any, objectives: dict[str, Any]) -> Solve:
    """Return the solve of scope and skscope: new solver, new closure."""

    def solve(problem: Problem, name: str) -> Answer:
        def run() -> Any:
            objective = objectives[problem.model](**problem.arrays)
            kind = getattr(module, name)
            solver = kind(problem.dimension, problem.sparsity, group=problem.group)
            solver.solve(objective, jit=True)
            return solver

        solver, seconds, cpu = _clocked(run)
        result = getattr(solver, "result", None)
        details = {name: getattr(result, name) for name in _COUNTS if hasattr(result, name)}
        return Answer(np.asarray(solver.params, dtype=float), seconds, cpu, details)

    return solve


def _abess(module: Any) -> Solve:
    """Return the solve of abess: default settings, no intercept, one thread."""

    def solve(problem: Problem, _name: str) -> Answer:
        settings = {"support_size": problem.sparsity, "thread": 1}
        X = problem.arrays["X"]
        if problem.model == "cox":  # the partial likelihood knows only the order of times
            y = np.column_stack([np.arange(1.0, len(X) + 1.0), problem.arrays["event"]])
        else:
            y = problem.arrays["y"]
            settings["fit_intercept"] = False
        if problem.model == "logistic":
            y = (y > 0).astype(int)

        def run() -> Any:
            return getattr(module, _ABESS_MODELS[problem.model])(**settings).fit(X, y)

        model, seconds, cpu = _clocked(run)
        return Answer(np.asarray(model.coef_, dtype=float).ravel(), seconds, cpu)

    return solve
