"""What a user's functions raise, and signals: both arrive, and the solver can be used again."""

import itertools
import subprocess
import sys
import textwrap

import numpy as np
import pytest
from hostile import (
    BY_HAND,
    DATA,
    N,
    Own,
    P,
    S,
    Transformation,
    X,
    Y,
    bits,
    fails,
    np_grad,
    np_sse,
    raising,
    require_usable,
    split,
    sse,
    sse_of,
    table,
)
from published import EVERY, SOLVERS, each

from scope import BaseSolver, ScopeSolver


class Counted:
    """Functions that raise at the k-th of all their calls."""

    def __init__(self, k=0, error=None):
        self.k, self.error, self.calls = k, error, 0

    def __call__(self, function):
        def step(*args):
            self.calls += 1
            if self.calls == self.k:
                raise self.error
            return function(*args)

        return step


KINDS = [Own, KeyboardInterrupt, StopIteration, SystemExit]


def fails_at_every_call(solver_class, kind_at):
    counted = Counted()
    solver_class(P, S, N).solve(counted(np_sse), gradient=counted(np_grad))
    for k in range(1, counted.calls + 1):
        error = kind_at(k)("mine")
        failing = Counted(k, error)
        objective, gradient = failing(np_sse), failing(np_grad)
        assert fails(solver_class, type(error), "mine", objective, gradient=gradient) is error
        assert failing.calls == k


@pytest.mark.parametrize("kind", KINDS)
def test_exception_of_any_kind_at_every_call_arrives_itself(kind):
    fails_at_every_call(ScopeSolver, lambda k: kind)


@EVERY
def test_exception_at_every_call_arrives_itself(Solver):
    fails_at_every_call(Solver, lambda k: KINDS[k % len(KINDS)])


PLACES = {
    "traced": lambda f: ({}, {"objective": f}),
    "objective": lambda f: ({}, {"objective": f, **BY_HAND}),
    "gradient": lambda f: ({}, {"objective": np_sse, "gradient": f}),
    "numeric_solver": lambda f: ({"numeric_solver": f}, {"objective": sse}),
    "ic_method": lambda f: ({"ic_method": f}, {"objective": sse}),
    "layer": lambda f: ({}, {"objective": sse, "layers": [Transformation(f)]}),
    "layer, called": lambda f: (
        {},
        {"objective": np_sse, "layers": [Transformation(f)], **BY_HAND},
    ),
    "split_method": lambda f: (
        {"cv": 2, "split_method": f},
        {"objective": sse_of, "data": DATA},
    ),
}


@EVERY
@table(PLACES)
@pytest.mark.parametrize("kind", [*KINDS, TypeError, ValueError, RecursionError])
def test_exception_of_every_callable_arrives_itself(Solver, row, kind):
    error = kind("mine")
    options, call = row(raising(error))
    assert fails(Solver, kind, "mine", options=options, **call) is error


@pytest.mark.parametrize("kind", KINDS)
def test_exception_in_a_fold_of_several_threads_arrives_itself(kind):
    error = kind("mine")
    calls = itertools.count()
    late = lambda data, index: raising(error)() if next(calls) == 2 else split(data, index)  # noqa: E731
    options = {"cv": 4, "thread": 2, "split_method": late}
    assert fails(ScopeSolver, kind, "mine", sse_of, options=options, data=DATA) is error


def failing_minimiser(fails_at):
    """The exact minimiser of the sum of squares, NaN at some of its calls."""
    calls = itertools.count(1)

    def minimise(objective, value_and_grad, params, variables, data):
        solution = np.linalg.lstsq(X[:, variables], Y, rcond=None)[0]
        params[variables] = np.nan if fails_at(next(calls)) else solution
        return 0.0, params

    return minimise


@each([ScopeSolver, BaseSolver])
def test_a_minimiser_that_fails_on_some_supports_is_rejected_there(Solver):
    solver = Solver(P, S, numeric_solver=failing_minimiser(lambda call: call == 3))
    params = solver.solve(sse)
    assert np.isfinite([*params, solver.objective_value]).all()
    np.testing.assert_allclose(params, np.frombuffer(bits(Solver)), rtol=1e-5)


def test_no_answer_is_nan_whenever_a_minimiser_begins_to_fail():
    for Solver, k in itertools.product(SOLVERS, range(1, 12)):
        solver = Solver(P, S, numeric_solver=failing_minimiser(lambda call, k=k: call >= k))
        try:
            assert np.isfinite(solver.solve(sse)).all()
        except ValueError as error:
            assert "numeric_solver" in str(error)  # noqa: PT017  # either is an outcome
        require_usable(solver)


# --- signals -----------------------------------------------------------------------------------

SECONDS_TO_STOP = 1.0  # of processor time: what else the machine does is not ours
SLOW = """
import os, signal, threading, time
import jax.numpy as jnp, numpy as np
from scope import ScopeSolver

n, p = 1000, 3000
rng = np.random.default_rng(0)
X = rng.standard_normal((n, p)) + 2 * rng.standard_normal((n, 1))
data = X, X[:, :20] @ rng.standard_normal(20) + 10 * rng.standard_normal(n)
of_all = lambda t: jnp.sum((data[1] - data[0] @ t) ** 2)
of_part = lambda t, part: jnp.sum((part[1] - part[0] @ t) ** 2)
split = lambda data, index: tuple(part[index] for part in data)
folds = {"cv": 2, "thread": 2, "split_method": split}
sent = []

def interrupt():
    sent.append(time.process_time())
    os.kill(os.getpid(), signal.SIGINT)

def check(solve):
    solver.swap_polish = "exhaustive"
    threading.Timer(DELAY, interrupt).start()
    try:
        solve()
    except KeyboardInterrupt:
        print("stopped after", time.process_time() - sent[0])
    solver.set_params(sparsity=1, screening_size=-1, cv=1, split_method=None, ic_method=None)
    assert solver.solve(of_all).any()

signal.signal(signal.SIGINT, signal.default_int_handler)  # a job of a shell has none
ScopeSolver(p, 1).solve(of_all)  # compiles
"""
STRETCHES = {
    "levels": """
        solver = ScopeSolver(p, range(1, 900), n, ic_method=lambda *args: 0.0)
        check(lambda: solver.solve(of_all))
    """,
    "screening": """
        solver = ScopeSolver(p, 1, n, screening_size=1)
        check(lambda: [solver.solve(of_all) for _ in range(1000)])
    """,
    "folds": """
        solver = ScopeSolver(p, range(1, 900), n, **folds)
        check(lambda: solver.solve(of_part, data))
    """,
}


@table(STRETCHES)
@pytest.mark.parametrize("delay", [0.5, 1.5])
def test_interrupt_in_native_code_stops_within_a_second(row, delay):
    program = SLOW.replace("DELAY", str(delay)) + textwrap.dedent(row)
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=300, check=False
    )
    assert ended.stdout.startswith("stopped after"), ended.stderr
    assert float(ended.stdout.split()[-1]) < SECONDS_TO_STOP
    assert ended.returncode == 0, ended.stderr


# --- settings ----------------------------------------------------------------------------------

MISSPELT = {
    "sparstiy": "sparsity",
    "max_iters": "max_iter",
    "ic_methods": "ic_method",
    "use_hesian": "use_hessian",
    "numeric_sovler": "numeric_solver",
}


@EVERY
@pytest.mark.parametrize("name", MISSPELT)
def test_a_misspelt_setting_is_rejected(Solver, name):
    solver = Solver(P, S, N)
    with pytest.raises(AttributeError, match=f"{name}.*Did you mean '{MISSPELT[name]}'"):
        setattr(solver, name, 3)
    require_usable(solver)


@EVERY
def test_settings_and_notes_of_the_user_are_kept(Solver):
    """Whatever skscope lets be set, and names that resemble nothing."""
    solver = Solver(P, S, N)
    notes = ["model", "hess_", "n_iters", "name", "label", "cpp", "deleter", "jax_platform", "seed"]
    for name in [*notes, "warm_start", "use_hessian", "hessian", "_sparsit", *solver.get_params()]:
        before = getattr(solver, name, 0)
        setattr(solver, name, before)
        assert getattr(solver, name) is before
    require_usable(solver)


def test_solvers_of_the_users_own_call_their_attributes_what_they_like():
    class Tuned(ScopeSolver):
        def solve(self, *args, **kwargs):
            self.max_iters = self.sparsities = 3
            return super().solve(*args, **kwargs)

    assert Tuned(P, S).solve(np_sse, gradient=np_grad).any()
