"""Hostile objectives: what they raise, and that nothing is left behind."""

import contextlib
import functools
import logging
import os
import pickle
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from scope import ScopeSolver

N, P, S = 40, 6, 2
RNG = np.random.default_rng(7)
X = RNG.standard_normal((N, P))
Y = X @ np.array([0.0, 3.0, 0.0, 0.0, -2.0, 0.0]) + 0.1 * RNG.standard_normal(N)
SHIFT = np.zeros(P)  # a global that objectives read
RTOL = 1e-6  # the answer is refined to 1e-16 of the gain; x is worth its root
RTOL_FLOAT32 = 1e-3  # a gradient in float32 ends the descent at its rounding error
PAUSE, SIGNAL_AFTER, PATIENCE = (
    0.1,
    0.25,
    20.0,
)  # seconds: well inside the solve; a hang, not a slow machine


class Own(Exception):
    """An exception of the user's."""


def sse(params):
    return jnp.sum((Y - X @ params) ** 2)


def np_sse(params):
    return float(np.sum((Y - X @ np.asarray(params)) ** 2))


def np_grad(params):
    return 2 * X.T @ (X @ np.asarray(params) - Y)


def raising(error):
    def function(*args):
        raise error

    return function


def new_solver():
    return ScopeSolver(P, S)


BITS = new_solver().solve(np_sse, gradient=np_grad).tobytes()


def fails(error, match, objective, attributes=(), options=(), **call):
    """Assert the exception and that the same solver then solves; return the exception."""
    solver = ScopeSolver(P, S, N, **dict(options))
    for name, value in dict(attributes).items():
        setattr(solver, name, value)
    with pytest.raises(error) as info:
        solver.solve(objective, **call)
    assert match in "\n".join([str(info.value), *getattr(info.value, "__notes__", [])])
    solver.hessian, solver.use_hessian = None, "auto"
    solver.set_params(**new_solver().get_params())
    assert solver.solve(np_sse, gradient=np_grad).tobytes() == BITS
    return info.value


def table(rows):
    return pytest.mark.parametrize("row", [pytest.param(v, id=k) for k, v in rows.items()])


RETURNED = "The objective function returned {}."
GRADIENT = "The gradient returned contains NaN or Inf."
HESSIAN = "The hessian returned contains NaN or Inf."
SCALAR, SHAPE = "objective should return a real scalar", f"gradient should return shape ({P},)"
VALUES = {
    "nan": (ValueError, RETURNED.format("nan"), np.nan),
    "inf": (ValueError, RETURNED.format("inf"), np.inf),
    "-inf": (ValueError, RETURNED.format("-inf"), -np.inf),
    "None": (TypeError, f"{SCALAR}, got None", None),
    "string": (TypeError, f"{SCALAR}, got 'a'", "a"),
    "complex": (TypeError, "complex", 1j),
    "vector": (ValueError, "(3,)", np.ones(3)),
    "list": (ValueError, "(2,)", [1.0, 2.0]),
}
TRACED = {
    "nan": (ValueError, RETURNED.format("nan"), lambda t: jnp.nan * t[0]),
    "nan of sqrt": (ValueError, RETURNED.format("nan"), lambda t: jnp.sum(jnp.sqrt(t - 1.0))),
    "nan gradient": (ValueError, GRADIENT, lambda t: jnp.sum(jnp.sqrt(jnp.abs(t)))),
    "complex": (TypeError, "complex", lambda t: 1j * sse(t)),
    "vector": (ValueError, f"({P},)", lambda t: t),
    "list": ((TypeError, ValueError), "objective should return", lambda t: [sse(t), sse(t)]),
    "numpy": (TypeError, "gradient=", lambda t: np.sum(np.exp(t))),
    "float": (TypeError, "gradient=", lambda t: float(t[0])),
}
GRADIENTS = {
    "nan": (ValueError, GRADIENT, lambda t: np.full(P, np.nan)),
    "inf": (ValueError, GRADIENT, lambda t: np.full(P, np.inf)),
    "short": (ValueError, SHAPE, lambda t: t[:3]),
    "scalar": (ValueError, SHAPE, lambda t: 1.0),
    "column": (ValueError, SHAPE, lambda t: t[:, None]),
    "None": (TypeError, "gradient should return", lambda t: None),
    "string": (TypeError, "gradient should return", lambda t: "a" * P),
    "complex": (TypeError, "gradient", lambda t: 1j * np_grad(t)),
}
HESSIANS = {
    "vector": (ValueError, f"({P}, {P})", lambda t: t),
    "small": (ValueError, f"({P}, {P})", lambda t: np.eye(2)),
    "nan": (ValueError, HESSIAN, lambda t: np.full((P, P), np.nan)),
    "None": (TypeError, "hessian should return", lambda t: None),
    "own": (Own, "mine", raising(Own("mine"))),
}


@table(VALUES)
@pytest.mark.parametrize("options", [{}, {"gradient": np_grad}])
def test_hostile_value(row, options):
    fails(*row[:2], lambda t: row[2], **options)


@table(TRACED)
def test_hostile_traced_objective(row):
    fails(*row)


@table(GRADIENTS)
def test_hostile_gradient(row):
    fails(*row[:2], np_sse, gradient=row[2])


@table(HESSIANS)
def test_hostile_hessian(row):
    attributes = {"hessian": row[2], "use_hessian": True}
    fails(*row[:2], np_sse, attributes, gradient=np_grad)


def failing_at(k, error):
    """An objective and a gradient that raise at the k-th of their calls, and their count."""
    calls = []

    def step(function, params):
        calls.append(params)
        if len(calls) == k:
            raise error
        return function(params)

    return functools.partial(step, np_sse), functools.partial(step, np_grad), calls


def number_of_calls():
    objective, gradient, calls = failing_at(0, None)
    new_solver().solve(objective, gradient=gradient)
    return len(calls)


@pytest.mark.parametrize("k", range(1, number_of_calls() + 1))
@pytest.mark.parametrize("kind", [Own, KeyboardInterrupt, StopIteration, SystemExit])
def test_exception_at_every_call_arrives_itself(k, kind):
    error = kind("mine")
    objective, gradient, calls = failing_at(k, error)
    assert fails(kind, "mine", objective, gradient=gradient) is error
    assert len(calls) == k


@pytest.mark.parametrize("kind", [Own, KeyboardInterrupt, TypeError, ValueError])
@pytest.mark.parametrize("where", ["objective", "numeric_solver", "ic_method"])
def test_exception_of_other_callables_arrives_itself(kind, where):
    error = kind("mine")
    objective, options = (
        (raising(error), {}) if where == "objective" else (sse, {where: raising(error)})
    )
    assert fails(kind, "mine", objective, options=options) is error


def test_sigint_ends_a_long_solve():
    slow = lambda params: time.sleep(PAUSE) or np_sse(params)  # noqa: E731
    timer = threading.Timer(SIGNAL_AFTER, os.kill, (os.getpid(), signal.SIGINT))
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)  # a job of a shell has none
    timer.start()
    start = time.monotonic()
    try:
        fails(KeyboardInterrupt, "", slow, gradient=np_grad)
    finally:
        timer.cancel()  # a solve that ended too early must not leave the signal to pytest
        signal.signal(signal.SIGINT, handler)
    assert time.monotonic() - start < 10 * PAUSE  # uninterrupted: about 17 calls


RATE = np.array([1.0, 5.0, 1.0, 50.0, 1.0, 1.0])
BARRIER_ANSWER = np.where(RATE > 1, 1 - 1 / RATE, 0.0)  # of sum(-log(1 - t) - RATE t)
NUMPY_BARRIER = lambda t: np.sum(-np.log(1 - t) - RATE * t)  # noqa: E731
TRIALS = {
    "jax": {"objective": lambda t: jnp.sum(-jnp.log(1 - t) - RATE * t)},
    "numpy": {"objective": NUMPY_BARRIER, "gradient": lambda t: 1 / (1 - t) - RATE},
}


@table(TRIALS)
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning", "ignore:divide by")
def test_non_finite_trials_are_rejected(row):
    np.testing.assert_allclose(new_solver().solve(**row), BARRIER_ANSWER, rtol=RTOL)


UNREACHABLE = {
    "value": {"objective": lambda t: np.nan if t[1] > 2 else np_sse(t), "gradient": np_grad},
    "gradient": {
        "objective": np_sse,
        "gradient": lambda t: np_grad(t) + (np.nan if t[1] > 2 else 0),
    },
    "ratio": {"objective": lambda t: -(RATE @ t) / jnp.linalg.norm(t), "init_params": np.ones(P)},
}


@table(UNREACHABLE)
def test_answer_is_finite_where_the_minimiser_is_not(row):
    solver = new_solver()
    assert np.isfinite([*solver.solve(**row), solver.objective_value]).all()


ACCEPTED = {
    "float32": lambda t: np_grad(t).astype(np.float32),
    "list": lambda t: np_grad(t).tolist(),
    "strided": lambda t: np.repeat(np_grad(t), 2)[::2],
    "reversed": lambda t: np_grad(t)[::-1].copy()[::-1],
    "jax": lambda t: jnp.asarray(np_grad(t)),
    "big-endian": lambda t: np_grad(t).astype(">f8"),
    "read-only": lambda t: np.broadcast_to(np_grad(t), (P,)),
}


@table(ACCEPTED)
def test_gradient_forms(row):
    params = new_solver().solve(np_sse, gradient=row)
    np.testing.assert_allclose(params, np.frombuffer(BITS), rtol=RTOL_FLOAT32)


def mutating(function):
    return lambda params: (function(params), params.fill(99.0))[0]


def test_mutated_argument():
    assert new_solver().solve(mutating(np_sse), gradient=mutating(np_grad)).tobytes() == BITS


def test_kept_arguments_stay_as_they_were():
    kept = []
    keep = lambda params: kept.append((params, params.copy())) or np_sse(params)  # noqa: E731
    new_solver().solve(keep, gradient=np_grad)
    assert len(kept) > 1
    assert all(np.array_equal(params, copied) for params, copied in kept)


def test_reused_gradient_buffer():
    buffer = np.empty(P)
    gradient = lambda t: np.copyto(buffer, np_grad(t)) or buffer  # noqa: E731
    assert new_solver().solve(np_sse, gradient=gradient).tobytes() == BITS


@pytest.mark.parametrize("inner", [{}, {"gradient": np_grad}])
def test_objective_that_solves(inner):
    def nested(params):
        return np_sse(params) if new_solver().solve(sse, **inner).any() else np.nan

    assert new_solver().solve(nested, gradient=np_grad).tobytes() == BITS


STATES = {
    "jax": lambda: dict(jax.config.values),
    "dtype": lambda: jnp.zeros(1).dtype,
    "numpy.random": lambda: pickle.dumps(np.random.get_state()),  # noqa: NPY002  # what is checked
    "errstate": np.geterr,
    "handlers": lambda: (*logging.getLogger().handlers, logging.getLogger().level),
    "environment": lambda: dict(os.environ),
    "files": lambda: list(Path().iterdir()),
    "signal": lambda: signal.getsignal(signal.SIGINT),
    "threads": threading.active_count,
}


@pytest.mark.parametrize("objective", [sse, raising(Own()), lambda t: jnp.nan * t[0]])
@pytest.mark.parametrize("options", [{}, {"gradient": np_grad}])
@table(STATES)
def test_global_state_is_left_alone(row, objective, options, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = row()
    with contextlib.suppress(Own, ValueError):
        new_solver().solve(objective, **options)
    assert row() == before


def test_criterion_runs_in_the_users_precision():
    seen = []
    criterion = lambda *args: seen.append(jnp.zeros(1).dtype) or 0.0  # noqa: E731
    ScopeSolver(P, S, N, ic_method=criterion).solve(sse)
    assert set(seen) == {jnp.zeros(1).dtype}


@pytest.mark.parametrize("options", [{}, {"gradient": np_grad}])
def test_two_threads(options):
    work = lambda _: new_solver().solve(sse, **options).tobytes()  # noqa: E731
    with ThreadPoolExecutor(2) as pool:
        assert len({work(0), *pool.map(work, range(8), timeout=PATIENCE)}) == 1


@pytest.mark.parametrize("options", [{}, {"gradient": np_grad}])
@pytest.mark.parametrize("solvers", [[new_solver()] * 3, [new_solver() for _ in range(3)]])
def test_same_bits(options, solvers):
    assert len({solver.solve(sse, **options).tobytes() for solver in solvers}) == 1


def test_duplicated_columns_give_one_support():
    twice = np.hstack([X, X])
    objective = lambda t: jnp.sum((Y - twice @ t) ** 2)  # noqa: E731
    solutions = [ScopeSolver(2 * P, 3).solve(objective) for _ in range(6)]
    assert len({tuple(np.flatnonzero(params)) for params in solutions}) == 1


@pytest.mark.parametrize("in_place", [False, True])
def test_global_is_read_anew(in_place, monkeypatch):
    solver, value = new_solver(), np.array([0.0, 0.0, 8.0, 0.0, 0.0, -9.0])
    shifted = lambda params: jnp.sum((params - SHIFT) ** 2)  # noqa: E731
    monkeypatch.setitem(globals(), "SHIFT", SHIFT.copy())
    assert not solver.solve(shifted).any()
    if in_place:
        SHIFT[:] = value
    else:
        monkeypatch.setitem(globals(), "SHIFT", value)
    assert solver.solve(shifted).tolist() == pytest.approx(value.tolist(), rel=RTOL)


def test_python_if_on_values():
    params = new_solver().solve(lambda t: sse(t) if t[0] < 1e9 else 2 * sse(t))
    np.testing.assert_allclose(params, np.frombuffer(BITS), rtol=RTOL)
