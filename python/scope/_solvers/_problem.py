"""What an algorithm asks of an objective: its loss, its gradient, fits on supports."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from scope._solvers._groups import Groups, largest
from scope._support_objective import SupportObjective
from scope.typing import FloatArray, IndexArray

LossFunction = Callable[[FloatArray, Any], float]
ValueAndGradient = Callable[[FloatArray, Any], tuple[float, FloatArray]]
Minimise = Callable[
    [LossFunction, ValueAndGradient, FloatArray, IndexArray, Any], tuple[float, FloatArray]
]
Answer = tuple[FloatArray, IndexArray]  # parameters, sorted variables of the support


@dataclass(frozen=True)
class Fit:
    """Parameters on a support. An infinite loss says that nothing finite was found."""

    loss: float
    params: FloatArray
    groups: IndexArray  # sorted

    @property
    def is_finite(self) -> bool:
        """Whether the loss can be compared with that of other fits."""
        return math.isfinite(self.loss)


@dataclass(frozen=True)
class Problem:
    """An objective over groups of variables, some of which are always selected.

    What is not finite never leaves this class as NaN: losses are infinite instead, and gradients
    are None. All algorithms thus reject such a trial by the comparison they make anyway.
    """

    minimise: Minimise
    loss_fn: LossFunction
    value_and_grad: ValueAndGradient
    data: Any
    preselect: IndexArray
    groups: Groups

    @classmethod
    def of(
        cls,
        minimise: Minimise,
        loss_fn: LossFunction,
        value_and_grad: ValueAndGradient,
        data: Any,
        preselect: IndexArray,
        group: IndexArray,
    ) -> Self:
        """Take the arguments of `BaseSolver._solve`, and its `_numeric_solver`."""
        return cls(minimise, loss_fn, value_and_grad, data, preselect, Groups.from_labels(group))

    def report(self) -> None:
        """Tell the user's callback, if there is one, that an iteration is done."""
        objective = getattr(self.value_and_grad, "__self__", None)
        if isinstance(objective, SupportObjective):
            objective.report()

    def leaves_no_choice(self, sparsity: int) -> bool:
        """Whether only one support has this level: the preselected groups, or all."""
        return sparsity in {self.preselect.size, self.groups.count}

    def loss(self, params: FloatArray) -> float:
        """Return the objective, infinite where it is not finite."""
        return _finite(self.loss_fn(params, self.data))

    def loss_and_gradient(self, params: FloatArray) -> tuple[float, FloatArray | None]:
        """Return the objective and its gradient, None where that is not finite."""
        value, gradient = self.value_and_grad(params, self.data)
        return _finite(value), gradient if np.all(np.isfinite(gradient)) else None

    def top(self, vector: FloatArray, sparsity: int) -> IndexArray:
        """Return the sorted groups of largest norm in a vector, the preselected first."""
        return largest(self.groups.squares(vector), sparsity, self.preselect)

    def support(self, params: FloatArray) -> IndexArray:
        """Return the sorted groups that have a non-zero member."""
        return self.groups.of(np.flatnonzero(params))

    def restricted(self, params: FloatArray, groups: IndexArray) -> FloatArray:
        """Return a copy of the parameters that is zero off some groups."""
        variables = self.groups.variables(groups)
        kept = np.zeros_like(params)
        kept[variables] = params[variables]
        return kept

    def fit(self, params: FloatArray, groups: IndexArray) -> Fit:
        """Minimise over some groups, from `params` there and from zero elsewhere.

        Where no finite loss is found, the start is returned with an infinite one.
        """
        start = self.restricted(params, groups)
        loss, found = self._minimised(start, groups)
        return Fit(loss, found, groups)

    def loss_along(self, params: FloatArray, group: int) -> float:
        """Return the least loss over one group with all other parameters fixed."""
        return self._minimised(params, np.array([group]))[0]

    def _minimised(self, start: FloatArray, free: IndexArray) -> tuple[float, FloatArray]:
        variables = self.groups.variables(free)
        if variables.size == 0:
            return self.loss(start), start
        loss, params = self.minimise(
            self.loss_fn, self.value_and_grad, start.copy(), variables, self.data
        )
        if math.isfinite(loss) and np.all(np.isfinite(params)):
            return float(loss), params
        return math.inf, start

    def answer(self, fit: Fit) -> Answer:
        """Return what `BaseSolver._solve` returns."""
        return fit.params, self.groups.variables(fit.groups)


def best_of(fits: Iterable[Fit]) -> Fit | None:
    """Return the fit of least loss, the first of equals; None if no loss is finite."""
    finite = [fit for fit in fits if fit.is_finite]
    return min(finite, key=lambda fit: fit.loss, default=None)


def key(groups: IndexArray) -> tuple[int, ...]:
    """Return groups as what a dict can be asked for."""
    return tuple(groups.tolist())


def _finite(loss: float) -> float:
    return float(loss) if math.isfinite(loss) else math.inf
