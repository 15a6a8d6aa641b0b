"""Several threads: the same answers or a clear error, never a hang."""

import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import jax.numpy as jnp
import numpy as np
import pytest
from hostile import (
    DATA,
    PATIENCE,
    N,
    Own,
    P,
    S,
    X,
    Y,
    np_grad,
    np_sse,
    raising,
    require_usable,
    split,
    sse,
    sse_of,
    table,
)
from published import EVERY

import scope
from scope import ScopeSolver, _core
from scope._solve import Request, Solve

OPTIONS = {"traced": {}, "called": {"gradient": np_grad}}

# --- threads -----------------------------------------------------------------------------------


def at_once(work, count, threads):
    """Results of ``work(i)``; the threads begin together."""
    barrier = threading.Barrier(threads)

    def begin(index):
        if index < threads:
            barrier.wait(PATIENCE)
        return work(index)

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(begin, range(count), timeout=PATIENCE))


@EVERY
@table(OPTIONS)
def test_two_threads_on_different_solvers(Solver, row):
    work = lambda _=0: Solver(P, S, N).solve(np_sse if row else sse, **row).tobytes()  # noqa: E731
    assert set(at_once(work, 8, threads=2)) == {work()}


@EVERY
@pytest.mark.parametrize("called", [False, True], ids=["traced", "called"])
def test_two_threads_on_one_solver(Solver, called):
    """Each gets the answer to its own problem; what is published is one of them, entirely."""
    solver = Solver(P, S, N)
    expected = [Solver(P, S, N).solve(**shifted(k, called)).tobytes() for k in range(2)]

    def work(index):
        return solver.solve(**shifted(index % 2, called)).tobytes()

    assert at_once(work, 10, threads=2) == expected * 5
    assert solver.params.tobytes() in expected
    assert solver.params is solver.result.params
    assert solver.objective_value == solver.result.objective_value
    require_usable(solver)


def shifted(k, called):
    """The problem with the columns in another order."""
    design = np.roll(X, k, axis=1)
    if not called:
        return {"objective": lambda t: jnp.sum((Y - design @ t) ** 2)}
    return {
        "objective": lambda t: float(np.sum((Y - design @ t) ** 2)),
        "gradient": lambda t: 2 * design.T @ (design @ t - Y),
    }


def test_a_pool_of_eight_shares_what_is_compiled():
    rng = np.random.default_rng(3)
    responses = [Y + rng.standard_normal(N) for _ in range(32)]

    def work(index):
        response = responses[index]
        # A structure of its own: nothing is compiled yet.
        return ScopeSolver(P, S).solve(lambda t: jnp.sum(jnp.log1p((response - X @ t) ** 2)))

    scope.clear_cache()
    together = at_once(work, len(responses), threads=8)
    assert all(np.array_equal(found, work(i)) for i, found in enumerate(together))


def test_the_cache_may_be_cleared_while_others_solve():
    def work(index):
        if index % 4 == 0:
            scope.clear_cache()
        return ScopeSolver(P, S).solve(sse).tobytes()

    assert len(set(at_once(work, 24, threads=4))) == 1


def test_a_thread_that_fails_leaves_others_alone():
    def work(index):
        if index % 2:
            with pytest.raises(Own):
                ScopeSolver(P, S).solve(raising(Own()))
            return None
        return ScopeSolver(P, S).solve(sse).tobytes()

    assert set(at_once(work, 16, threads=4)) == {None, work(0)}


@pytest.mark.parametrize("called", [False, True], ids=["traced", "called"])
def test_folds_in_threads_are_the_same_folds(called):
    gradient = (lambda t, data: 2 * data[0].T @ (data[0] @ t - data[1])) if called else None
    threads_before = threading.active_count()
    found = {
        ScopeSolver(P, range(4), N, cv=5, split_method=split, random_state=0, thread=thread)
        .solve(sse_of, DATA, gradient=gradient)
        .tobytes()
        for thread in (1, 2, 8, 0)
    }
    assert len(found) == 1
    assert threading.active_count() == threads_before


@table(OPTIONS)
def test_same_bits(row):
    shared = ScopeSolver(P, S)
    solvers = [*[shared] * 3, *[ScopeSolver(P, S) for _ in range(3)]]
    assert len({solver.solve(np_sse if row else sse, **row).tobytes() for solver in solvers}) == 1


def test_duplicated_columns_give_one_support():
    twice = np.hstack([X, X])
    objective = lambda t: jnp.sum((Y - twice @ t) ** 2)  # noqa: E731
    solutions = [ScopeSolver(2 * P, 3).solve(objective) for _ in range(6)]
    assert len({tuple(np.flatnonzero(params)) for params in solutions}) == 1


# --- the interpreter lock ----------------------------------------------------------------------

SIZE = 400
FACTOR = np.random.default_rng(0).standard_normal((SIZE, SIZE))
SOME = list(range(100))


def quadratic():
    """An objective that the engine evaluates without a callback."""
    form, slope = FACTOR @ FACTOR.T / SIZE + np.eye(SIZE), np.ones(SIZE)
    solve = Solve(ScopeSolver(SIZE, 5), Request(lambda t: t @ form @ t - slope @ t))
    assert type(solve.built.engine) is _core.QuadraticForm
    return solve.built.engine


SINGLE = _core.Groups.singletons(SIZE)
START = _core.PathStart(np.zeros(SIZE))
WITHOUT_LOCK = {
    "value": lambda f: f.value(SOME, np.ones(len(SOME))),
    "gradient": lambda f: f.value_and_gradient(SOME, np.ones(len(SOME))),
    "curvature": lambda f: f.curvature(SINGLE, SOME, np.ones(len(SOME))),
    "hessian": lambda f: f.hessian(SOME, np.ones(len(SOME))),
    "fit": lambda f: _core.fit(f, SOME, np.zeros(len(SOME)), 0.0),
    "screen": lambda f: _core.screen(f, _core.Problem(SINGLE), 5),
    "path": lambda f: _core.solve_path(
        f, _core.Problem(SINGLE), [5], START, _core.SplicingOptions()
    ),
}


def another_thread_runs(call):
    """Whether another thread gets the interpreter while this one is in `call`.

    It is ready to run, and would have to be let in: Python itself never changes threads here.
    """
    gate, ran = threading.Lock(), []
    gate.acquire()
    other = threading.Thread(target=lambda: ran.append(gate.acquire()))
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e3)
    try:
        other.start()
        gate.release()
        return any(call() and bool(ran) for _ in range(20_000))
    finally:
        sys.setswitchinterval(interval)
        other.join()


@table(WITHOUT_LOCK)
def test_native_code_runs_without_the_interpreter_lock(row):
    objective = quadratic()
    assert another_thread_runs(lambda: row(objective) is not None)


def test_code_that_keeps_the_lock_is_recognised():
    assert not another_thread_runs(lambda: sum(range(100)) > 0)
