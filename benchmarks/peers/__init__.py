"""How each peer solves a problem: an adapter a module, imported in the process of its peer only."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import numpy as np

from benchmarks.data import Array, Problem

_ADAPTERS = {"scope": "splicing", "skscope": "splicing", "skscope-nojit": "splicing"}

Fit = Callable[[Problem, dict[str, Array], str], tuple[Array, dict[str, Any]]]


@dataclass(frozen=True)
class Answer:
    """Full-length parameters, what they cost, and what the solver says about its way.

    Of a bootstrap the parameters have a row for each refit.
    """

    params: Array
    seconds: float
    cpu_seconds: float
    details: dict[str, Any] = field(default_factory=dict)


Solve = Callable[[Problem, str], Answer]  # a problem, by the solver of a name


def load(peer: str) -> Solve:
    """Import a peer with all that its first solve needs, and return its solve."""
    adapter = import_module(f"benchmarks.peers.with_{_ADAPTERS.get(peer, peer)}")
    fit: Fit = adapter.make(peer)

    def solve(problem: Problem, name: str) -> Answer:
        samples = _samples(problem)
        wall, cpu = time.perf_counter(), time.process_time()
        fits = [fit(problem, arrays, name) for arrays in samples]
        seconds, cpu_seconds = time.perf_counter() - wall, time.process_time() - cpu
        params = [np.asarray(found, dtype=float).ravel() for found, _ in fits]
        whole = np.stack(params) if problem.job == "bootstrap" else params[0]
        return Answer(whole, seconds, cpu_seconds, fits[-1][1])

    return solve


def _samples(problem: Problem) -> list[dict[str, Array]]:
    if problem.resamples is None:
        return [problem.arrays]
    return [
        {name: array[rows] for name, array in problem.arrays.items()} for rows in problem.resamples
    ]
