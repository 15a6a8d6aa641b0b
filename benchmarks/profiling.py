"""Where the time of a solve goes, beside the bandwidth of the memory; runs in scope's worker."""

import cProfile
import pstats
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import numpy as np

from benchmarks.data import Problem
from benchmarks.objectives import OBJECTIVES
from benchmarks.peers import Solve
from scope.objective._jax import jaxpr_of

_ENGINE = "solve_path"  # the native call that all of a solve's callbacks come from
_PROBE_BYTES = 1 << 28  # far beyond any cache


def _best_seconds(run: Callable[[], Any], repetitions: int = 7) -> float:
    best = float("inf")
    for _ in range(repetitions):
        start = time.perf_counter()
        run()
        best = min(best, time.perf_counter() - start)
    return best


def bandwidth(p: int) -> dict[str, float]:
    """Return bytes per second of one thread: reductions, and M'r with M of p columns."""
    rows = _PROBE_BYTES // 8 // p
    M, residual = np.ones((rows, p)), np.ones(rows)
    probe = M.ravel()
    return {
        "sum": probe.nbytes / _best_seconds(probe.sum),
        "dot": probe.nbytes / _best_seconds(lambda: probe @ probe),
        "transposed product": M.nbytes / _best_seconds(lambda: residual @ M),
    }


def tracing_seconds(problem: Problem) -> float:
    """Return the time it takes a solve to trace a new closure over the problem's arrays."""

    def trace() -> Any:
        objective = OBJECTIVES[problem.model](**problem.arrays)
        return jaxpr_of(objective, (problem.dimension,), np.float64)

    with jax.enable_x64(True):  # otherwise constants are copied to single precision
        return _best_seconds(trace, repetitions=3)


def profile(problem: Problem, solve: Solve) -> dict[str, Any]:
    """Return bandwidth, tracing time and a profile of one solve.

    The profiler sees the engine as one native call: its own time is the native part, what is
    called from it are the callbacks, and all else is reading the objective and publishing.
    """
    profiler = cProfile.Profile()
    answer = profiler.runcall(solve, problem, "ScopeSolver")
    stats = pstats.Stats(profiler).stats  # type: ignore[attr-defined]  # not in typeshed
    engine = [entry for (_, _, name), entry in stats.items() if _ENGINE in name and "<" in name]
    native = sum(own for _, _, own, _, _ in engine)
    total = sum(cumulative for _, _, _, cumulative, _ in engine)
    heaviest = sorted(stats.items(), key=lambda item: -item[1][2])[:8]
    return {
        "bandwidth": bandwidth(problem.dimension),
        "tracing": tracing_seconds(problem),
        "profiled": answer.seconds,
        "native": native,
        "callbacks": total - native,
        "python": answer.seconds - total,
        "heaviest": [
            {"function": _short(place), "calls": calls, "own": own}
            for place, (_, calls, own, _, _) in heaviest
        ],
    }


def _short(place: tuple[str, int, str]) -> str:
    file, line, name = place
    return name if file == "~" else f"{Path(file).name}:{line}({name})"
