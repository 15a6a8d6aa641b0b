"""A worked example, solved by the peer of this process: its own `main`, with the peer's solver.

The examples import `scope`; here that name stands for the peer. What `main` checks is the recovery,
and its objective is evaluated once more at the answer, in double precision.
"""

import contextlib
import importlib.util
import inspect
import io
import math
import statistics
import sys
import time
from importlib import import_module
from types import ModuleType
from typing import Any

import jax
import numpy as np

from benchmarks.environments import ROOT

_COUNTS = ("status", "swap_optimal", "structure", "n_evaluations", "n_hessians")


def _load(peer: str, name: str) -> ModuleType:
    """Import an example with the peer in place of scope."""
    if peer != "scope":
        sys.modules["scope"] = import_module(peer)
        sys.modules["scope.utilities"] = import_module(f"{peer}.utilities")
    path = ROOT / "examples" / f"{name}.py"
    location = importlib.util.spec_from_file_location(f"example_{name}", path)
    assert location is not None  # it is a Python file
    assert location.loader is not None
    example = importlib.util.module_from_spec(location)
    sys.modules[location.name] = example  # dataclasses look themselves up
    location.loader.exec_module(example)
    return example


def _recorded(base: type, records: list[dict[str, Any]]) -> type:
    """Return the peer's solver, which notes what it was asked and how long it took."""

    class Recorded(base):  # type: ignore[misc]
        def solve(self, objective: Any, data: Any = None, **named: Any) -> Any:
            """Solve, compiled where skscope can: its `jit` needs JAX's functions and types."""
            known = all(hasattr(leaf, "dtype") for leaf in jax.tree.leaves(data))
            named.setdefault("jit", known and "gradient" not in named)
            start = time.perf_counter()
            params = super().solve(objective, data, **named)
            seconds = time.perf_counter() - start
            asked = {"objective": objective, "data": data, "start": named.get("init_params")}
            records.append({"solver": self, "seconds": seconds, **asked})
            return params

    return Recorded


def _in_double_precision(objective: Any, params: Any, data: Any) -> float:
    arguments = (params, data)[: len(inspect.signature(objective).parameters)]
    # A function of jax.experimental until 0.8.
    home = jax if hasattr(jax, "enable_x64") else import_module("jax.experimental")
    with home.enable_x64(True):
        return float(objective(*arguments))


def _judged(record: dict[str, Any]) -> dict[str, Any]:
    """Evaluate the answer: objective, and where levels were compared, their criterion."""
    solver, objective, data = record["solver"], record["objective"], record["data"]
    params = np.asarray(solver.params, dtype=float)
    value = _in_double_precision(objective, params, data)
    start = np.zeros(params.size) if record["start"] is None else record["start"]
    at_start = _in_double_precision(objective, start, data)
    size = np.count_nonzero(params)
    if solver.ic_method is not None:
        value = solver.ic_method(value, params.size, size, solver.sample_size)
        at_start = math.nan
    result = getattr(solver, "result", None)
    return {
        "objective": value,
        "objective_at_zero": at_start if math.isfinite(at_start) else math.nan,
        "by_criterion": solver.ic_method is not None,
        "size": int(size),
        "details": {name: getattr(result, name) for name in _COUNTS if hasattr(result, name)},
    }


def solve(peer: str, name: str, rounds: int) -> dict[str, Any]:
    """Run an example once and then `rounds` times more; judge the last answer."""
    example = _load(peer, name)
    records: list[dict[str, Any]] = []
    example.ScopeSolver = _recorded(example.ScopeSolver, records)  # type: ignore[attr-defined]
    recovered = True
    for _ in range(1 + rounds):
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                example.main()
        except AssertionError:
            recovered = False
    times = [record["seconds"] for record in records]
    return {
        "first_seconds": times[0],
        "seconds": statistics.median(times[1:] or times),
        "recovery": float(recovered),
        **_judged(records[-1]),
    }
