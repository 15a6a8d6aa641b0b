"""What an answer tells of itself: how stationary it is, and where the time went."""

import time

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hostile import BY_HAND, N, P, S, X, Y, np_grad, np_sse, sse
from published import EVERY, REFITTING, each

from scope import BaseSolver, GraspSolver, HTPSolver, ScopeSolver
from scope.utilities import SIC

ROUNDING = 1e-6


@each(REFITTING)
@pytest.mark.parametrize("options", [{}, BY_HAND], ids=["traced", "called"])
def test_stationarity_is_the_largest_slope_on_the_support(Solver, options):
    solver = Solver(P, S, N)
    solver.solve(np_sse if options else sse, **options)
    result, slopes = solver.result, np.abs(np_grad(solver.params))
    steepest = np.max(np.abs(np_grad(np.zeros(P))))
    assert result.stationarity == pytest.approx(np.max(slopes[result.support_set]), abs=1e-9)
    assert result.relative_stationarity == pytest.approx(result.stationarity / steepest)
    assert result.relative_stationarity < ROUNDING
    assert np.max(slopes) > 1e3 * result.stationarity  # it is that of the support alone


def test_stationarity_of_an_answer_that_is_none():
    solver = ScopeSolver(P, S, N, time_limit=0)
    solver.solve(np_sse, gradient=np_grad)
    selected = np.max(np.abs(np_grad(np.zeros(P))))
    assert solver.result.stationarity == pytest.approx(selected)
    assert solver.result.relative_stationarity == 1.0
    solver = GraspSolver(P, S, N)
    solver.solve(sse)
    assert solver.result.status == "not_fitted"
    slopes = np.abs(np_grad(solver.params)[solver.support_set])
    assert solver.result.stationarity == pytest.approx(np.max(slopes))


@each([ScopeSolver, HTPSolver])
def test_slopes_that_bounds_hold_do_not_count(Solver):
    solver = Solver(P, 4, N)
    solver.solve(lambda t: jnp.sum((Y + X @ jnp.abs(t)) ** 2))
    assert solver.result.relative_stationarity < ROUNDING


@EVERY
def test_the_unit_of_the_objective_does_not_matter(Solver):
    found = []
    for unit in (1.0, 1e6):
        solver = Solver(P, 1, N, **({"step_size": None} if hasattr(Solver(P), "step_size") else {}))
        solver.solve(
            lambda t, unit=unit: unit * np_sse(t), gradient=lambda t, u=unit: u * np_grad(t)
        )
        found.append(solver.result.relative_stationarity)
    assert max(found) < 0.2
    assert found[1] == pytest.approx(found[0], rel=1e-3, abs=ROUNDING)


def test_nothing_is_selected_nothing_is_steep():
    solver = ScopeSolver(P, 0)
    solver.solve(sse)
    assert solver.result.stationarity == 0.0 == solver.result.relative_stationarity


@EVERY
def test_seconds_are_told_by_phase(Solver):
    solver = Solver(P, [1, 2], N, ic_method=SIC)
    slow = lambda params: time.sleep(0.002) or np_sse(params)  # noqa: E731
    solver.solve(slow, gradient=np_grad)
    seconds = solver.result.seconds
    assert all(level.seconds == seconds for level in solver.path_)
    calls = sum(level.n_evaluations for level in solver.path_)
    assert seconds.evaluating > 0.002 * calls * 0.9
    parts = [seconds.reading, seconds.compiling, seconds.evaluating, seconds.searching]
    assert min(parts) >= 0.0
    assert sum(parts) <= seconds.total * (1 + ROUNDING)
    assert seconds.compiling == 0.0


def test_compilation_is_told_once():
    scales = jnp.arange(1.0, 14.0)  # a program that no other test has
    found = []
    for shift in (0.5, 0.7):
        objective = lambda t, by=shift: jnp.sum(scales * (t - by) ** 2)  # noqa: E731
        solver = ScopeSolver(13, 2)
        solver.solve(objective, gradient=jax.grad(objective), jit=True)
        found.append(solver.result.seconds)
    assert found[0].compiling > 0.0
    assert found[1].compiling == 0.0


def test_an_answer_beside_a_stationary_start_is_infinitely_less_so():
    class Moved(BaseSolver):
        def _solve(self, sparsity, loss_fn, value_and_grad, init_support, init_params, data):
            return np.ones(2), np.arange(2)

    solver = Moved(2, 2)
    solver.solve(lambda theta: jnp.sum(theta**2))
    assert solver.result.stationarity == 2.0
    assert solver.result.relative_stationarity == np.inf
