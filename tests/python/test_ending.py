"""Solves that end early: time limits, callbacks, Ctrl-C."""

import itertools
import math
import signal
import time

import jax.numpy as jnp
import numpy as np
import pytest
from hostile import (
    BY_HAND,
    DATA,
    PATIENCE,
    N,
    Own,
    P,
    S,
    bits,
    fails,
    np_grad,
    np_sse,
    raising,
    require_usable,
    split,
    sse,
    sse_of,
)
from published import EVERY, FAMILY, REFITTING, SOLVERS, each
from sklearn.base import clone

from scope import BaseSolver, HTPSolver, ScopeSolver
from scope._solvers._problem import Problem
from scope.layer import NonNegative
from scope.utilities import SIC

EARLY = ("time_limit", "stopped", "interrupted")
ROUNDING = 1e-6


class Clock:
    """Time that passes while the objective is evaluated, one second a call."""

    def __init__(self, monkeypatch):
        self.now = 0.0
        monkeypatch.setattr(time, "perf_counter", lambda: self.now)

    def __call__(self, function):
        def step(params):
            self.now += 1.0
            return function(params)

        return step


def require_answer(solver, objective=np_sse, level=S):
    """Assert that the attributes are those of one feasible point."""
    params = solver.params
    assert np.isfinite(params).all()
    assert np.count_nonzero(params) <= level
    assert solver.objective_value == pytest.approx(objective(params), rel=1e-12)
    assert solver.objective_value <= objective(np.zeros(P))
    assert solver.get_result()["status"] == solver.result.status
    assert solver.get_support().tolist() == np.flatnonzero(params).tolist()


# --- time limits -------------------------------------------------------------------------------


@each(FAMILY)
def test_a_time_limit_ends_at_any_evaluation_with_the_best_answer_so_far(Solver, monkeypatch):
    clock = Clock(monkeypatch)
    solver = Solver(P, S, N)
    solver.solve(clock(np_sse), gradient=np_grad)
    complete, values = clock.now, []
    assert solver.result.status not in EARLY
    for limit in np.arange(0.5, complete - 2.0, max(1.0, complete // 6)):
        clock.now = 0.0
        solver.set_params(time_limit=float(limit))
        solver.solve(clock(np_sse), gradient=np_grad)
        require_answer(solver)
        assert solver.result.status == "time_limit" == solver.path_.ended
        values.append(solver.objective_value)
    assert values == sorted(values, reverse=True)


@EVERY
@pytest.mark.parametrize("options", [{}, BY_HAND], ids=["traced", "called"])
def test_no_time_at_all_gives_an_answer(Solver, options):
    solver = Solver(P, S, N, time_limit=0)
    params = solver.solve(np_sse if options else sse, **options)
    assert params is solver.params
    require_answer(solver)
    assert solver.result.status == "time_limit"
    require_usable(solver)


@EVERY
@pytest.mark.parametrize("limit", [PATIENCE, math.inf, None])
def test_a_limit_that_is_not_reached_changes_no_bit(Solver, limit):
    solver = Solver(P, S, N, time_limit=limit, callback=lambda state: None)
    assert solver.solve(np_sse, gradient=np_grad).tobytes() == bits(Solver)
    assert solver.path_.ended is None
    assert solver.result.status not in EARLY


@each([ScopeSolver, HTPSolver, BaseSolver])
def test_a_slow_objective_is_stopped_between_its_evaluations(Solver):
    slow = lambda params: time.sleep(0.05) or np_sse(params)  # noqa: E731
    calls = itertools.count()
    counted = lambda params: (next(calls) and slow(params)) or slow(params)  # noqa: E731
    solver = Solver(P, S, N, time_limit=0.12)
    solver.solve(counted, gradient=np_grad)
    require_answer(solver)
    assert solver.result.status == "time_limit"
    assert next(calls) <= 8


@pytest.mark.parametrize(
    ("limit", "error"), [(-1, "negative"), (math.nan, "number"), ("1", "number"), ([1], "number")]
)
@EVERY
def test_a_wrong_limit_is_told(Solver, limit, error):
    fails(Solver, ValueError, "time_limit should", sse, options={"time_limit": limit})
    with pytest.raises(ValueError, match=error):
        Solver(P, S, time_limit=limit).solve(sse)


@EVERY
def test_a_callback_that_cannot_be_called_is_told(Solver):
    fails(Solver, TypeError, "callback should be callable", sse, options={"callback": 3})


# --- callbacks ---------------------------------------------------------------------------------


@EVERY
@pytest.mark.parametrize("options", [{}, BY_HAND], ids=["traced", "called"])
def test_a_callback_sees_every_iteration(Solver, options):
    states = []
    solver = Solver(P, [1, 2, 3], N, ic_method=SIC, callback=states.append)
    solver.solve(np_sse if options else sse, **options)
    assert [level for level, _ in itertools.groupby(s.sparsity for s in states)] == [1, 2, 3]
    assert [s.elapsed for s in states] == sorted(s.elapsed for s in states)
    for level in solver.path_:
        values = [s.objective_value for s in states if s.sparsity == level.sparsity]
        assert values == sorted(values, reverse=True)
        if Solver in REFITTING:
            assert level.objective_value <= values[-1] * (1 + ROUNDING)
    if Solver is ScopeSolver:
        assert len(states) == 3 + sum(level.n_exchanges for level in solver.path_)
    last = states[-1]
    assert last.fold is None
    assert last.n_evaluations <= sum(level.n_evaluations for level in solver.path_)
    assert set(solver.path_[-1].support_set) <= set(last.support_set.tolist())
    with pytest.raises(AttributeError):
        last.sparsity = 1


@EVERY
def test_a_callback_stops_at_any_iteration(Solver):
    states = []
    solver = Solver(P, [1, 2], N, ic_method=SIC, callback=states.append)
    solver.solve(np_sse, gradient=np_grad)
    complete = len(states)
    assert complete >= 2
    for enough in range(1, complete + 1):
        states.clear()
        solver.callback = lambda s, n=enough: states.append(s) or np.bool_(len(states) == n)
        solver.solve(np_sse, gradient=np_grad)
        assert len(states) == enough
        require_answer(solver)
        assert solver.result.status == "stopped" == solver.path_.ended == solver.path_[-1].status
        assert solver.path_[-1].objective_value <= states[-1].objective_value * (1 + ROUNDING)


@EVERY
@pytest.mark.parametrize("kind", [Own, KeyboardInterrupt, StopIteration, SystemExit])
def test_what_a_callback_raises_arrives_itself(Solver, kind):
    error = kind("mine")
    options = {"callback": raising(error)}
    assert fails(Solver, kind, "mine", np_sse, options=options, **BY_HAND) is error


def test_solvers_of_the_users_own_are_stopped_too():
    class Slopes(BaseSolver):
        def _solve(self, sparsity, loss_fn, value_and_grad, init_support_set, init_params, data):
            for count in range(1, sparsity + 1):
                support = np.argsort(-abs(value_and_grad(init_params, data)[1]))[:count]
                _, params = self._numeric_solver(
                    loss_fn, value_and_grad, init_params, support, data
                )
            return params, np.sort(support)

    states = []
    solver = Slopes(P, 3, N, callback=lambda state: states.append(state) or len(states) == 2)
    solver.solve(sse)
    assert [len(state.support_set) for state in states] == [1, 2]
    assert np.count_nonzero(solver.params) == 2
    require_answer(solver, level=3)
    assert solver.result.status == "stopped"
    untold = Problem.of(None, np_sse, lambda x, d: (np_sse(x), np_grad(x)), None, [], range(P))
    untold.report()  # nobody asked


def test_a_solver_is_cloned_with_its_limit_and_callback():
    callback = lambda state: None  # noqa: E731
    solver = ScopeSolver(P, S, time_limit=3.0, callback=callback)
    assert clone(solver).get_params() == solver.get_params()
    assert clone(solver).callback is callback


def test_layers_and_images_are_told_in_terms_of_what_is_selected():
    states = []
    solver = ScopeSolver(P, S, N, callback=lambda s: states.append(s) or len(states) == 1)
    params = solver.solve(sse, layers=[NonNegative(P)])
    assert (params >= 0.0).all()
    assert solver.objective_value == pytest.approx(float(sse(params)))
    assert set(np.flatnonzero(params)) <= set(states[0].support_set.tolist())


# --- paths and folds ---------------------------------------------------------------------------

PATHS = {
    "sequence": {"sparsity": range(1, 6)},
    "cold": {"sparsity": range(1, 6)},
    "golden": {"path_type": "gs", "gs_lower_bound": 1, "gs_upper_bound": 5},
    "screened": {"sparsity": range(1, 4), "screening_size": 4},
}


@pytest.mark.parametrize("kind", PATHS)
def test_levels_that_were_not_reached_are_not_in_the_path(kind):
    states = []
    ended = lambda state: states.append(state) or state.sparsity == 3  # noqa: E731
    solver = ScopeSolver(P, sample_size=N, ic_method=SIC, callback=ended, **PATHS[kind])
    solver.warm_start = kind != "cold"
    solver.solve(sse)
    tried = {state.sparsity for state in states}
    assert {level.sparsity for level in solver.path_} == tried
    assert [level.sparsity for level in solver.path_ if level.status == "stopped"] == [3]
    assert solver.result.status == "stopped" == solver.path_.ended
    assert solver.params is solver.path_.best.params


FOLDS = {"cv": 3, "split_method": split}


@pytest.mark.parametrize("thread", [1, 3])
@each([ScopeSolver, HTPSolver])
def test_folds_tell_which_they_are_and_stop_together(Solver, thread):
    states = []
    options = FOLDS | ({"thread": thread} if Solver is ScopeSolver else {})
    solver = Solver(P, [1, 2], N, callback=lambda s: states.append(s) and False, **options)
    solver.solve(sse_of, DATA)
    assert {state.fold for state in states} == {None, 0, 1, 2}
    assert solver.path_.ended is None
    complete = solver.path_.best.sparsity
    solver.callback = lambda s: s.fold == 2 and s.sparsity == 2
    solver.solve(sse_of, DATA)
    losses = [level.cross_validation_loss for level in solver.path_]
    assert losses[1] is None  # fold 2 has not completed level 2
    assert solver.result.status == "stopped"
    if thread == 1:
        assert losses[0] is not None
        assert solver.result.sparsity == 1 != complete  # one that all folds have completed
    solver.callback = lambda s: s.fold == 0
    solver.solve(sse_of, DATA)
    assert [level.cross_validation_loss for level in solver.path_] == [None, None]
    assert solver.cross_validation_loss is None
    assert solver.eval_objective == solver.information_criterion
    solver.set_params(callback=None, time_limit=0)
    solver.solve(sse_of, DATA)
    assert len(solver.path_) == 1
    assert solver.result.status == "time_limit"


# --- Ctrl-C ------------------------------------------------------------------------------------


def interrupted_at(k):
    calls = itertools.count(1)

    def objective(params):
        if next(calls) == k:
            raise KeyboardInterrupt
        return np_sse(params)

    return objective


@each(SOLVERS)
def test_an_interrupt_at_any_evaluation_leaves_the_best_answer_so_far(Solver):
    solver = Solver(P, [1, S], N, ic_method=SIC)
    solver.solve(np_sse, gradient=np_grad)
    calls = sum(level.n_evaluations for level in solver.path_)
    told, published = [], 0
    for k in range(1, calls, max(1, calls // 6)):
        solver = Solver(P, [1, S], N, ic_method=SIC, callback=told.append)
        solver.solve(np_sse, gradient=np_grad)
        told.clear()
        with pytest.raises(KeyboardInterrupt):
            solver.solve(interrupted_at(k), gradient=np_grad)
        assert hasattr(solver, "params") >= bool(told)
        if not hasattr(solver, "params"):  # and not those of the solve before
            with pytest.raises(AttributeError, match="before solve"):
                solver.get_result()
            continue
        published += 1
        require_answer(solver)
        assert solver.result.status == "interrupted" == solver.path_.ended
        if told and solver.path_[-1].sparsity == told[-1].sparsity:
            best = solver.path_[-1].objective_value
            assert best <= told[-1].objective_value * (1 + ROUNDING)
    assert published > 0
    require_usable(solver.set_params(callback=None))


def test_a_criterion_that_fails_after_an_interrupt_does_not_hide_it():
    solver = ScopeSolver(P, S, N, ic_method=raising(Own))
    with pytest.raises(KeyboardInterrupt):
        solver.solve(interrupted_at(9), gradient=np_grad)
    assert not hasattr(solver, "result")


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no such timer")
@pytest.mark.parametrize("delay", [0.01, 0.3])
def test_a_signal_in_native_code_leaves_the_best_answer_so_far(delay):
    rng = np.random.default_rng(0)
    design = rng.standard_normal((500, 2000)) + 2 * rng.standard_normal((500, 1))
    response = design[:, :20] @ rng.standard_normal(20) + 10 * rng.standard_normal(500)
    states = []

    def begun(state):
        if not states:
            signal.setitimer(signal.ITIMER_REAL, delay)
        states.append(state)

    solver = ScopeSolver(2000, range(1, 400), 500, ic_method=lambda loss, *_: loss, callback=begun)
    solver.swap_polish = "exhaustive"
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            solver.solve(lambda t: jnp.sum((response - design @ t) ** 2))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)
    result = solver.get_result()
    assert result["status"] == "interrupted"
    assert 0 < len(solver.path_) < 399
    residuals = response - design @ result["params"]
    assert result["objective_value"] == pytest.approx(residuals @ residuals)


def test_a_solve_that_ends_early_prints_nothing(capfd):
    for options in ({"time_limit": 0}, {"callback": lambda state: True}):
        ScopeSolver(P, S, N, **options).solve(sse)
    with pytest.raises(KeyboardInterrupt):
        ScopeSolver(P, S, N).solve(interrupted_at(5), gradient=np_grad)
    assert capfd.readouterr() == ("", "")
