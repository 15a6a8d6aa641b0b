"""The moves of greedy selection: one group in, one group out."""

from dataclasses import dataclass

import numpy as np

from scope._solvers._problem import Fit, Problem
from scope.typing import FloatArray, IndexArray


@dataclass(frozen=True)
class Moves:
    """Forward and backward steps between fits."""

    problem: Problem
    start: FloatArray  # where groups enter when the objective is not finite with them at zero
    use_gradient: bool

    def preselected(self) -> Fit:
        """Fit the preselected groups from zero."""
        fit = self.problem.fit(np.zeros_like(self.start), self.problem.preselect)
        return fit if fit.is_finite else self.problem.fit(self.start, self.problem.preselect)

    def added(self, fit: Fit, threshold: float) -> Fit | None:
        """Add the group that promises most and fit; None if that is less than `threshold`.

        From where the objective is not finite, every finite one is worth an addition.
        """
        outside = self.problem.groups.others(fit.groups)
        promises = self._promises(fit, outside)
        best = int(np.argmax(promises))
        if fit.is_finite and promises[best] < threshold:
            return None
        entering = outside[[best]]
        longer = np.sort(np.append(fit.groups, entering))
        return self.refitted(Fit(fit.loss, self._entered(fit, entering), longer))

    def least_harmful(self, fit: Fit) -> Fit:
        """Zero the group, not preselected, that the objective misses least, without a fit.

        Of equals the last one goes: the first came first.
        """
        removable = fit.groups[~np.isin(fit.groups, self.problem.preselect)]
        # A list: in a generator a StopIteration of the user's would become another exception.
        shorter = [self._zeroed(fit, group) for group in removable[::-1].tolist()]
        return min(shorter, key=lambda zeroed: zeroed.loss)

    def refitted(self, fit: Fit) -> Fit:
        """Minimise over all groups; where that finds nothing finite, all stays as it is."""
        found = self.problem.fit(fit.params, fit.groups)
        self.problem.report()
        return found if found.is_finite else fit

    def _promises(self, fit: Fit, outside: IndexArray) -> FloatArray:
        """Score groups by gradient, or by decrease; the latter also where there is no gradient."""
        if self.use_gradient:
            _, gradient = self.problem.loss_and_gradient(fit.params)
            if gradient is not None:
                return self.problem.groups.squares(gradient)[outside]
        base = fit.loss if fit.is_finite else 0.0
        losses = [
            self.problem.loss_along(self._entered(fit, group), int(group[0]))
            for group in outside[:, np.newaxis]
        ]
        return base - np.array(losses)

    def _entered(self, fit: Fit, group: IndexArray) -> FloatArray:
        if fit.is_finite:
            return fit.params
        return fit.params + self.problem.restricted(self.start, group)

    def _zeroed(self, fit: Fit, group: int) -> Fit:
        groups = fit.groups[fit.groups != group]
        params = self.problem.restricted(fit.params, groups)
        return Fit(self.problem.loss(params), params, groups)
