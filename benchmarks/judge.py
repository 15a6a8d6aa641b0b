"""What an answer is worth: its objective by the independent loss, and its support."""

from typing import Any

import numpy as np

from benchmarks.criteria import gic, levels
from benchmarks.data import Array, Problem
from benchmarks.losses import LOSSES


def judge(problem: Problem, params: Array) -> dict[str, Any]:
    """Return objective, recovery and support of an answer; of a bootstrap, means of the first two.

    The objective of a level is the loss; of a level chosen by criterion, the criterion; of one
    chosen by cross-validation, the loss on samples that no peer has seen.
    """
    if problem.resamples is None:
        return _judge(problem, problem.arrays, params)
    refits = [
        _judge(problem, {name: array[rows] for name, array in problem.arrays.items()}, one)
        for rows, one in zip(problem.resamples, params, strict=True)
    ]
    means = {
        name: float(np.mean([refit[name] for refit in refits]))
        for name in ("objective", "objective_at_zero", "recovery", "size")
    }
    return {**means, "feasible": all(refit["feasible"] for refit in refits), "support": []}


def _judge(problem: Problem, arrays: dict[str, Array], params: Array) -> dict[str, Any]:
    support = params.nonzero()[0]
    selected = set((support if problem.group is None else problem.group[support]).tolist())
    truth = set(problem.truth.tolist())
    most = problem.sparsity if problem.job in ("level", "bootstrap") else len(levels(problem)) - 1
    return {
        "objective": _value(problem, arrays, params),
        "objective_at_zero": _value(problem, arrays, 0.0 * params),
        "recovery": len(selected & truth) / len(truth),
        "size": len(selected),
        "feasible": len(selected) <= most,
        "support": support.tolist(),
    }


def _value(problem: Problem, arrays: dict[str, Array], params: Array) -> float:
    loss = LOSSES[problem.model]
    if problem.job == "cv":
        return loss(params, **problem.held_out)
    value = loss(params, **arrays)
    if problem.job == "criterion":
        return gic(value, problem.dimension, int(np.count_nonzero(params)), len(arrays["y"]))
    return value
