"""An objective as algorithms written in Python see it: a function of full-length vectors."""

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from scope import _core
from scope._calling import minimiser_of, require_callable
from scope._progress import EndedError, Watch
from scope.exceptions import NonFiniteError
from scope.objective import BuiltObjective, without_xla
from scope.typing import FloatArray, IndexArray

ValueAndGradient = Callable[[FloatArray, Any], tuple[float, FloatArray]]

# Step of the difference quotient that stands in for a Hessian's diagonal: the cube root of the
# rounding unit balances rounding and truncation of a central difference.
_DIFFERENCE = np.finfo(np.float64).eps ** (1 / 3)

_SLOPE_LEFT = 1e-7  # share of the first slope at which such a fit ends: f has the square of it


class SupportObjective:
    """Values, slopes and fits on supports; called as ``loss_fn(params, data)``.

    `data` are bound already; the argument is there for the protocol of ``numeric_solver``. Where
    the engine minimises over an image of the parameters (absolute values, say), so do algorithms:
    vectors lie between `lower` and `upper`, and slopes that lead out of there are zero.

    It keeps the best point so far that is an answer at the present level, whichever algorithm
    evaluates it. Once there is one, and the solve is over, it ends the algorithm by EndedError.
    """

    def __init__(
        self,
        built: BuiltObjective,
        start: FloatArray,
        group: IndexArray,
        preselect: IndexArray,
        watch: Watch,
    ) -> None:
        self._start = start
        self._group = group
        self._built = built
        self._engine = built.engine
        self._preselect = preselect
        self._watch = watch
        self._level = 0
        self._best: tuple[float, FloatArray] | None = None
        self.start_slope = math.nan  # the largest
        self._last: tuple[FloatArray, float, FloatArray] | None = None
        self._variables = np.empty(0, dtype=np.intp)
        self.lower = built.engine.lower
        self.upper = built.engine.upper
        self._user_fits: dict[tuple[int, ...], bool] = {}  # whether they were finite
        # How fits ended, by support; on the empty one there is nothing to fit.
        self.statuses: dict[tuple[int, ...], str] = {(): "converged"}

    def begin(self, level: int) -> None:
        """Forget the best answer, which was that of another level."""
        self._level = level
        self._best = None

    @property
    def best(self) -> tuple[float, FloatArray] | None:
        """Value and point of the best answer so far at the present level."""
        return self._best

    def report(self) -> None:
        """Tell the user's callback, if there is one, and end the algorithm if it asks for that."""
        if self._best is None or not self._watch.is_told:
            return
        value, point = self._best
        support = self.selected(point)
        self._watch.tell(self._level, support, value, self._engine.evaluations.gradients)
        self._end_if_over()

    def selected(self, point: FloatArray) -> IndexArray:
        """Return the variables of all groups that are not zero at a point, or preselected."""
        return np.flatnonzero(self._chosen(point)[self._group])

    def _chosen(self, point: FloatArray) -> NDArray[np.bool_]:
        """Return of every group whether it is part of an answer at a point."""
        chosen = np.zeros(self._group[-1] + 1, dtype=np.bool_)
        chosen[self._group[point != 0.0]] = True
        chosen[self._preselect] = True
        return chosen

    @property
    def dimension(self) -> int:
        """Number of parameters."""
        return self._engine.dimension

    @functools.cached_property
    def null_value(self) -> float:
        """f(0), which tells fits the scale of f; not asked for where the user's solver fits."""
        return self._built.null_value(self._start)

    def __call__(self, params: Any, data: Any = None) -> float:  # noqa: ARG002  # bound already
        """Return f; no pass over M, unlike the gradient."""
        point = np.asarray(params, dtype=np.float64)
        if self._last is not None and np.array_equal(self._last[0], point):
            return self._last[1]
        variables = self._support(point)
        value = self._engine.value(variables.tolist(), point[variables])
        self._note(value, point)
        return value

    def value_and_gradient(
        self,
        params: Any,
        data: Any = None,  # noqa: ARG002  # bound already
    ) -> tuple[float, FloatArray]:
        """Return f and its (p,) gradient."""
        value, gradient = self._evaluate(params)
        return value, gradient.copy()

    def require_finite_start(self) -> None:
        """Raise `NonFiniteError` where no algorithm could start."""
        value, gradient = self.derivatives(self._start)
        if not math.isfinite(value):
            raise NonFiniteError(f"The objective function returned {value}.")
        if not np.all(np.isfinite(gradient)):
            raise NonFiniteError("The gradient returned contains NaN or Inf.")
        self.start_slope = float(np.max(np.abs(gradient)))

    def record_user_fit(self, variables: IndexArray, minimiser: FloatArray) -> None:
        """Note whether a user's numeric_solver found anything on a support."""
        finite = bool(np.all(np.isfinite(minimiser)))
        self._user_fits[tuple(variables.tolist())] = finite

    def require_user_fit(self, support: IndexArray) -> None:
        """Raise `NonFiniteError` where a user's numeric_solver failed on an answer or everywhere.

        On other supports it is a rejected trial.
        """
        fits = self._user_fits
        if fits and not (any(fits.values()) and fits.get(tuple(support.tolist()), True)):
            raise NonFiniteError("numeric_solver returned parameters that contain NaN or Inf.")

    def fit(self, params: FloatArray, variables: IndexArray) -> tuple[float, FloatArray]:
        """Minimise over some variables; the others keep their values."""
        start = np.clip(params, self.lower, self.upper)
        fixed = np.ones(self.dimension, dtype=bool)
        fixed[variables] = False
        if np.any(start[fixed]):
            return self._fit_beside(start, variables)
        monitor = self._watch.monitor()
        value, found, status = _core.fit(
            self._engine, variables.tolist(), start[variables], self.null_value, monitor=monitor
        )
        self._watch.note(monitor)
        self._variables = variables
        self.statuses[tuple(variables.tolist())] = status.name
        if status is _core.Status.non_finite:
            return math.inf, start
        start[variables] = found
        self._note(value, start)
        return value, start

    def _fit_beside(self, start: FloatArray, variables: IndexArray) -> tuple[float, FloatArray]:
        """Minimise where fixed variables are not zero, which the engine does not know.

        SciPy's tolerances are absolute: it gets f in units of the slope at the start.
        """
        origin, slopes = self._evaluate(start)
        unit = float(np.max(np.abs(slopes[variables])))
        if not (math.isfinite(origin) and math.isfinite(unit)):
            return math.inf, start
        if unit == 0.0:
            return origin, start
        point = start.copy()
        finite = []

        def on_variables(z: FloatArray) -> tuple[float, FloatArray]:
            point[variables] = z
            value, gradient = self._evaluate(point)
            finite.append(math.isfinite(value) and bool(np.all(np.isfinite(gradient))))
            return (value - origin) / unit, gradient[variables] / unit

        z, count = start[variables], len(variables)
        found = minimize(
            on_variables,
            z,
            jac=True,
            method="L-BFGS-B",
            bounds=[(self.lower, self.upper)] * count,
            options={"ftol": 0.0, "gtol": _SLOPE_LEFT},
        )
        if all(finite) or math.isfinite(self.lower) or math.isfinite(self.upper):
            z = found.x
        else:  # the engine, which knows no bounds here, rejects such trials and goes on
            alone = _core.BlackBox(count, on_variables)
            null_value = (self.null_value - origin) / unit
            _, z, status = _core.fit(
                alone, list(range(count)), z, null_value, monitor=self._watch.monitor()
            )
            if status is _core.Status.non_finite:
                return math.inf, start
        start[variables] = z
        return self(start), start

    def diagonal_hessian(self, params: FloatArray) -> FloatArray | None:
        """Return the (p,) diagonal of the Hessian, None where the objective does not give it."""
        if not self._engine.has_curvature:
            return None
        variables = np.flatnonzero(params)
        if not isinstance(self._engine, _core.BlackBox):
            singletons = _core.Groups.singletons(self.dimension)
            return self._engine.curvature(singletons, variables.tolist(), params[variables])
        # The Hessian of a black box comes in the blocks that were asked for when it was built.
        groups = _core.Groups.from_labels(self._group.tolist())
        blocks = self._engine.curvature(groups, variables.tolist(), params[variables])
        sizes = np.bincount(self._group)
        strides = np.repeat(sizes, sizes) + 1
        within = np.concatenate([np.arange(size) for size in sizes])
        return blocks[np.repeat(np.cumsum(sizes**2) - sizes**2, sizes) + within * strides]

    def _support(self, point: FloatArray) -> IndexArray:
        """Return the variables to evaluate on: those of the last point, if few more than needed.

        What the engine prepares for a support then serves all points that some are left out of.
        """
        needed, had = np.flatnonzero(point), self._variables
        few_more = needed.size <= had.size <= 2 * needed.size + 1
        if not (few_more and np.count_nonzero(point[had]) == needed.size):
            self._variables = needed
        return self._variables

    def _evaluate(self, params: Any) -> tuple[float, FloatArray]:
        point = np.asarray(params, dtype=np.float64)
        value, gradient = self.derivatives(point)
        self._note(value, point)
        return value, gradient

    def derivatives(self, point: FloatArray) -> tuple[float, FloatArray]:
        """Return value and gradient, whether or not all is over."""
        if self._last is not None and np.array_equal(self._last[0], point):
            return self._last[1:]
        variables = self._support(point)
        value, gradient = self._engine.value_and_gradient(variables.tolist(), point[variables])
        gradient[(point <= self.lower) & (gradient > 0.0)] = 0.0
        gradient[(point >= self.upper) & (gradient < 0.0)] = 0.0
        self._last = (point.copy(), value, gradient)
        return value, gradient

    def _note(self, value: float, point: FloatArray) -> None:
        """Keep the point if it is the best answer so far; end the algorithm if all is over."""
        better = math.isfinite(value) and (self._best is None or value < self._best[0])
        if better and np.count_nonzero(self._chosen(point)) <= self._level:
            self._best = value, point.copy()
        self._end_if_over()

    def _end_if_over(self) -> None:
        if self._best is not None and self._watch.is_over():
            raise EndedError


def fit_by_user(
    numeric_solver: Any,
    loss_fn: Any,
    value_and_grad: Any,
    start: FloatArray,
    variables: IndexArray,
    data: Any,
) -> tuple[float, FloatArray]:
    """Minimise over some variables by a user's `numeric_solver`."""
    require_callable(numeric_solver, "numeric_solver")
    minimiser = start.copy()
    answer = without_xla(numeric_solver)(loss_fn, value_and_grad, start.copy(), variables, data)
    minimiser[variables] = minimiser_of(answer, minimiser.shape)[variables]
    objective = getattr(value_and_grad, "__self__", None)
    if isinstance(objective, SupportObjective):
        objective.record_user_fit(variables, minimiser)
    if not np.all(np.isfinite(minimiser)):
        return math.inf, start
    # Its own figure may be that of another function with the same minimiser.
    return loss_fn(minimiser, data), minimiser


def diagonal_hessian(value_and_grad: ValueAndGradient, params: FloatArray, data: Any) -> FloatArray:
    """Return the (p,) diagonal of the Hessian; from 2 p gradients if nothing else gives it."""
    objective = getattr(value_and_grad, "__self__", None)
    if isinstance(objective, SupportObjective):
        known = objective.diagonal_hessian(params)
        if known is not None:
            return known
    diagonal = np.empty(len(params))
    for variable in range(len(params)):
        step = _DIFFERENCE * max(1.0, abs(params[variable]))
        slopes = []
        for place in (params[variable] + step, params[variable] - step):
            beside = params.copy()
            beside[variable] = place
            slopes.append(value_and_grad(beside, data)[1][variable])
        diagonal[variable] = (slopes[0] - slopes[1]) / (2.0 * step)
    return diagonal
