"""How far to go along the gradient before thresholding."""

import math
from dataclasses import dataclass

import numpy as np

from scope._solvers._problem import Problem
from scope.typing import FloatArray

BOLDNESS = 4.0  # steps beyond the normalised one leave poor supports that it stays on
MOST_HALVINGS = 60  # from there on a step changes nothing in double precision
DIFFERENCE = math.sqrt(np.finfo(np.float64).eps)  # relative step of a difference of gradients


@dataclass(frozen=True)
class Step:
    """A fixed step size, or None for an automatic one, and what is kept after the step."""

    size: float | None
    sparsity: int


def next_proposal(
    problem: Problem, step: Step, params: FloatArray
) -> tuple[float, FloatArray | None]:
    """Return the loss at `params` and the point, not yet thresholded, that a step leads to.

    The point is None where there is no finite one, or when no automatic step decreases the loss.
    """
    loss, gradient = problem.loss_and_gradient(params)
    if gradient is None:
        return loss, None
    if step.size is None:
        return loss, _descending(problem, step.sparsity, params, loss, gradient)
    return loss, _finite_step(params, step.size, gradient)


def _descending(
    problem: Problem, sparsity: int, params: FloatArray, loss: float, gradient: FloatArray
) -> FloatArray | None:
    """Halve four times the normalised step until the loss decreases after thresholding.

    A step that leaves the support as it is needs no decrease: both algorithms end there, and a
    fitted point has none to offer.
    """
    support = problem.support(params)
    if support.size > sparsity:  # not comparable: thresholding must be allowed to cost something
        loss = math.inf
    size = BOLDNESS * _normalised(problem, sparsity, params, gradient)
    for _ in range(MOST_HALVINGS):
        proposal = _finite_step(params, size, gradient)
        if proposal is not None:
            kept = problem.top(proposal, sparsity)
            if np.array_equal(kept, support):
                return proposal
            if problem.loss(problem.restricted(proposal, kept)) < loss:
                return proposal
        size /= 2
    return None


def _normalised(problem: Problem, sparsity: int, params: FloatArray, gradient: FloatArray) -> float:
    """Return the step that minimises the quadratic model along the gradient's largest groups.

    Deviation: Blumensath & Davies take the gradient on the current support, which is zero after
    HTP's fit. Where the curvature is not positive, the step has length one.
    """
    direction = problem.restricted(gradient, problem.top(gradient, sparsity))
    longest = np.max(np.abs(direction))
    if longest == 0.0:
        return 1.0
    unit = direction / longest
    difference = DIFFERENCE * (1.0 + np.max(np.abs(params)))
    _, changed = problem.loss_and_gradient(params + difference * unit)
    curvature = 0.0 if changed is None else float(unit @ (changed - gradient)) / difference
    squared = float(unit @ unit)
    if curvature > 0.0:
        return squared / curvature
    return 1.0 / (float(longest) * math.sqrt(squared))


def _finite_step(params: FloatArray, size: float, gradient: FloatArray) -> FloatArray | None:
    with np.errstate(over="ignore", invalid="ignore"):
        proposal = params - size * gradient
    return proposal if np.all(np.isfinite(proposal)) else None
