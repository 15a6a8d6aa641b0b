"""scope and skscope: the same calls, a new solver and a new closure each time."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np

from benchmarks.criteria import FOLDS, gic, levels, rows_of_folds
from benchmarks.data import Array, Problem
from benchmarks.objectives import OBJECTIVES
from benchmarks.packages import PACKAGES
from benchmarks.peers import Fit

_COUNTS = ("status", "structure", "n_iterations", "n_exchanges", "n_evaluations", "n_hessians")


def make(peer: str) -> Fit:
    """Return the fit of a peer; all solvers of its package are known by name."""
    module, jit = import_module(PACKAGES[peer]), not peer.endswith("nojit")

    def fit(problem: Problem, arrays: dict[str, Array], name: str) -> tuple[Array, dict[str, Any]]:
        kind, group = getattr(module, name), problem.group
        if problem.job == "cv":
            solver = kind(problem.dimension, **_folds(problem, arrays))
            solver.solve(_of_data(problem.model), data=dict(arrays), jit=jit)
            return _read(solver)
        if problem.job == "criterion":
            chosen = {"sparsity": levels(problem), "ic_method": gic}
            solver = kind(problem.dimension, **chosen, sample_size=len(arrays["y"]))
        else:
            solver = kind(problem.dimension, problem.sparsity, group=group)
        solver.solve(OBJECTIVES[problem.model](**arrays), jit=jit)
        return _read(solver)

    return fit


def evaluations(peer: str, problem: Problem, name: str) -> int:
    """Return how often a peer evaluates the objective (with or without its gradient) in a solve.

    A callback of JAX counts, inside of what is compiled as well; the solve is not timed.
    """
    jax, module = import_module("jax"), import_module(PACKAGES[peer])
    objective, calls = OBJECTIVES[problem.model](**problem.arrays), [0]

    def count() -> None:
        calls[0] += 1

    def counted(t: Any) -> Any:
        jax.debug.callback(count)
        return objective(t)

    solver = getattr(module, name)(problem.dimension, problem.sparsity, group=problem.group)
    solver.solve(counted, jit=not peer.endswith("nojit"))
    jax.effects_barrier()
    return calls[0]


def _of_data(model: str) -> Callable[[Any, Any], Any]:
    return lambda t, data: OBJECTIVES[model](**data)(t)


def _folds(problem: Problem, arrays: dict[str, Array]) -> dict[str, Any]:
    """Return the arguments of a solver that chooses the level by cross-validation."""
    n = len(arrays["y"])
    return {
        "sparsity": levels(problem),
        "sample_size": n,
        "cv": FOLDS,
        "cv_fold_id": rows_of_folds(n),
        "split_method": lambda data, rows: {name: a[rows] for name, a in data.items()},
    }


def _read(solver: Any) -> tuple[Array, dict[str, Any]]:
    result = getattr(solver, "result", None)
    details = {name: getattr(result, name) for name in _COUNTS if hasattr(result, name)}
    return np.asarray(solver.params, dtype=float), details
