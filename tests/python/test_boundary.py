"""Hostile objectives: what they raise, and that nothing is left behind."""

import logging
import os
import pickle
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from scope import ScopeSolver

N, P, S = 40, 6, 2
RNG = np.random.default_rng(7)
X = RNG.standard_normal((N, P))
Y = X @ np.array([0.0, 3.0, 0.0, 0.0, -2.0, 0.0]) + 0.1 * RNG.standard_normal(N)
TRUTH = [1, 4]
SHIFT = np.zeros(P)  # a global that objectives read
RTOL = 1e-6  # the inner solvers stop at relative decreases near machine precision, its square
RTOL_FLOAT32 = 1e-3  # a gradient in float32 ends the descent at its rounding error
SIGNAL_AFTER, PATIENCE = 0.2, 20.0  # seconds: well inside the solve; a hang, not a slow machine


class Own(Exception):
    """An exception of the user's."""


def sse(params):
    return jnp.sum((Y - X @ params) ** 2)


def np_sse(params):
    return float(np.sum((Y - X @ np.asarray(params)) ** 2))


def np_grad(params):
    return 2 * X.T @ (X @ np.asarray(params) - Y)


def shifted(params):
    return jnp.sum((params - SHIFT) ** 2)


def raising(error):
    def function(params):
        raise error

    return function


def spoiled(function, spoil, at):
    """`function`, and `spoil` instead at points where `at` holds."""
    return lambda params: spoil if at(params) else function(params)


def new_solver():
    return ScopeSolver(P, S)


BITS = new_solver().solve(np_sse, gradient=np_grad).tobytes()


def assert_reusable(solver):
    assert solver.solve(np_sse, gradient=np_grad).tobytes() == BITS
    assert solver.get_support().tolist() == TRUTH


def fails(error, match, objective, **options):
    """Assert the exception and that the same solver then solves; return the exception."""
    solver = new_solver()
    for name in ("hessian", "use_hessian"):
        setattr(solver, name, options.pop(name, getattr(solver, name)))
    with pytest.raises(error) as info:
        solver.solve(objective, **options)
    message = "\n".join([str(info.value), *getattr(info.value, "__notes__", [])])
    assert match in message
    solver.hessian, solver.use_hessian = None, "auto"
    assert_reusable(solver)
    return info.value


def table(rows):
    return pytest.mark.parametrize("row", [pytest.param(v, id=k) for k, v in rows.items()])


OBJECTIVE, GRADIENT = (
    "The objective function returned",
    "The gradient returned contains NaN or Inf.",
)
HESSIAN = "The hessian returned contains NaN or Inf."
NAN_GRADIENT = {"gradient": lambda params: np.full(P, np.nan)}
BAD_HESSIAN = {"gradient": np_grad, "use_hessian": True}
WRITE_JAX = "gradient="  # what the note on untraceable code suggests
HOSTILE = {
    "nan": (ValueError, f"{OBJECTIVE} nan.", lambda t: jnp.nan * t[0]),
    "inf": (ValueError, f"{OBJECTIVE} inf.", lambda t: jnp.inf + t[0]),
    "-inf": (ValueError, f"{OBJECTIVE} -inf.", lambda t: t[0] - jnp.inf),
    "nan of sqrt": (ValueError, f"{OBJECTIVE} nan.", lambda t: jnp.sum(jnp.sqrt(t - 1.0))),
    "nan gradient": (ValueError, GRADIENT, lambda t: jnp.sum(jnp.sqrt(jnp.abs(t)))),
    "None": (TypeError, "objective should return a real scalar, got None", lambda t: None),
    "string": (TypeError, "objective should return a real scalar, got 'a'", lambda t: "a"),
    "complex": (TypeError, "complex", lambda t: 1j * sse(t)),
    "vector": (ValueError, f"({P},)", lambda t: t),
    "list": ((TypeError, ValueError), "objective should return", lambda t: [sse(t), sse(t)]),
    "own": (Own, "mine", raising(Own("mine"))),
    "numpy": (TypeError, WRITE_JAX, lambda t: np.sum(np.exp(t))),
    "float": (TypeError, WRITE_JAX, lambda t: float(t[0])),
}
HOSTILE_NUMPY = {
    "nan": (ValueError, f"{OBJECTIVE} nan.", lambda t: np.nan),
    "inf": (ValueError, f"{OBJECTIVE} inf.", lambda t: np.inf),
    "-inf": (ValueError, f"{OBJECTIVE} -inf.", lambda t: -np.inf),
    "None": (TypeError, "objective should return a real scalar, got None", lambda t: None),
    "string": (TypeError, "objective should return a real scalar, got 'a'", lambda t: "a"),
    "complex": (TypeError, "complex", lambda t: 1j),
    "vector": (ValueError, f"({P},)", lambda t: t),
    "list": (ValueError, "(2,)", lambda t: [1.0, 2.0]),
    "zero division": (ZeroDivisionError, "division by zero", lambda t: 1 / 0),
}
HOSTILE_GRADIENTS = {
    "nan": (ValueError, GRADIENT, {"gradient": lambda t: np.full(P, np.nan)}),
    "inf": (ValueError, GRADIENT, {"gradient": lambda t: np.full(P, np.inf)}),
    "short": (ValueError, f"gradient should return shape ({P},)", {"gradient": lambda t: t[:3]}),
    "scalar": (ValueError, f"gradient should return shape ({P},)", {"gradient": lambda t: 1.0}),
    "column": (
        ValueError,
        f"gradient should return shape ({P},)",
        {"gradient": lambda t: t[:, None]},
    ),
    "None": (TypeError, "gradient should return", {"gradient": lambda t: None}),
    "string": (TypeError, "gradient should return", {"gradient": lambda t: "a" * P}),
    "complex": (TypeError, "gradient", {"gradient": lambda t: 1j * np_grad(t)}),
    "own": (Own, "mine", {"gradient": raising(Own("mine"))}),
    "flat hessian": (ValueError, f"({P}, {P})", {"hessian": lambda t: t} | BAD_HESSIAN),
    "small hessian": (ValueError, f"({P}, {P})", {"hessian": lambda t: np.eye(2)} | BAD_HESSIAN),
    "nan hessian": (
        ValueError,
        HESSIAN,
        {"hessian": lambda t: np.full((P, P), np.nan)} | BAD_HESSIAN,
    ),
    "None hessian": (TypeError, "hessian should return", {"hessian": lambda t: None} | BAD_HESSIAN),
    "own hessian": (Own, "mine", {"hessian": raising(Own("mine"))} | BAD_HESSIAN),
}


@table(HOSTILE)
def test_hostile_traced_objective(row):
    fails(*row)


@table(HOSTILE_NUMPY)
def test_hostile_numpy_objective(row):
    fails(*row, gradient=np_grad)


@table(HOSTILE_GRADIENTS)
def test_hostile_derivatives(row):
    error, match, options = row
    fails(error, match, np_sse, **options)


class FailsAtCall:
    """An objective and a gradient that raise at the k-th of their calls."""

    def __init__(self, k, error):
        self.k, self.error, self.count = k, error, 0

    def _step(self, value):
        self.count += 1
        if self.count == self.k:
            raise self.error
        return value

    def objective(self, params):
        return self._step(np_sse(params))

    def gradient(self, params):
        return self._step(np_grad(params))


def number_of_calls():
    counter = FailsAtCall(0, None)
    new_solver().solve(counter.objective, gradient=counter.gradient)
    return counter.count


@pytest.mark.parametrize("k", range(1, number_of_calls() + 1))
@pytest.mark.parametrize("kind", [Own, KeyboardInterrupt, StopIteration, SystemExit])
def test_exception_at_every_call_arrives_itself(k, kind):
    error = kind("mine")
    user = FailsAtCall(k, error)
    assert fails(kind, "mine", user.objective, gradient=user.gradient) is error
    assert user.count == k


@pytest.mark.parametrize("kind", [Own, KeyboardInterrupt, TypeError, ValueError])
@pytest.mark.parametrize("where", ["objective", "numeric_solver", "ic_method"])
def test_exception_of_other_callables_arrives_itself(kind, where):
    error = kind("mine")
    solver = ScopeSolver(P, S, N)
    call = sse
    if where == "objective":
        call = raising(error)
    else:
        solver.set_params(**{where: lambda *args: raising(error)(None)})
    with pytest.raises(kind) as info:
        solver.solve(call)
    assert info.value is error
    assert_reusable(solver.set_params(numeric_solver=new_solver().numeric_solver, ic_method=None))


def test_sigint_ends_a_long_solve():
    def slow(params):
        time.sleep(PATIENCE / 1000)
        return float(np.sum(np.logaddexp(0.0, -X @ params) + 0.1 * np.cosh(Y - X @ params)))

    def gradient(params):
        z = X @ params
        return X.T @ (-1 / (1 + np.exp(z)) - 0.1 * np.sinh(Y - z))

    solver = new_solver()
    timer = threading.Timer(SIGNAL_AFTER, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            solver.solve(slow, gradient=gradient)
            timer.join()  # a solve that ended too early must not leave the signal to pytest
            pytest.fail("the solve was not interrupted")
    finally:
        timer.cancel()
    assert_reusable(solver)


RATE = np.array([1.0, 5.0, 1.0, 50.0, 1.0, 1.0])
BARRIER_ANSWER = np.where(RATE > 1, 1 - 1 / RATE, 0.0)  # of sum(-log(1 - t) - RATE t)
TRIALS = {
    "barrier": (lambda t: jnp.sum(-jnp.log(1 - t) - RATE * t), {}),
    "wall": (
        lambda t: jnp.where(
            jnp.all(t < 1), jnp.sum(-jnp.log1p(-jnp.minimum(t, 0.999)) - RATE * t), jnp.inf
        ),
        {},
    ),
    "numpy barrier": (
        lambda t: np.sum(-np.log(1 - t) - RATE * t),
        {"gradient": lambda t: 1 / (1 - t) - RATE},
    ),
}


@table(TRIALS)
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning", "ignore:divide by")
def test_non_finite_trials_are_rejected(row):
    objective, options = row
    params = new_solver().solve(objective, **options)
    np.testing.assert_allclose(params, BARRIER_ANSWER, rtol=RTOL)


UNREACHABLE = {
    "value": {"gradient": np_grad, "objective": spoiled(np_sse, np.nan, lambda t: t[1] > 2)},
    "gradient": {"gradient": spoiled(np_grad, np.full(P, np.nan), lambda t: t[1] > 2)},
    "ratio": {"objective": lambda t: -(RATE @ t) / jnp.linalg.norm(t), "init_params": np.ones(P)},
}


@table(UNREACHABLE)
def test_answer_is_finite_where_the_minimiser_is_not(row):
    solver = new_solver()
    params = solver.solve(**{"objective": np_sse} | row)
    assert np.isfinite([*params, solver.objective_value]).all()


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
    expected = np.frombuffer(BITS)
    params = new_solver().solve(np_sse, gradient=row)
    np.testing.assert_allclose(params, expected, rtol=RTOL_FLOAT32)


def test_mutated_argument():
    def hostile(function):
        def mutate(params):
            value = function(params)
            params[:] = 99.0
            return value

        return mutate

    assert new_solver().solve(hostile(np_sse), gradient=hostile(np_grad)).tobytes() == BITS


def test_kept_arguments_stay_as_they_were():
    kept = []
    keep = lambda params: kept.append((params, params.copy())) or np_sse(params)  # noqa: E731
    new_solver().solve(keep, gradient=np_grad)
    assert len(kept) > 1
    assert all(np.array_equal(params, copied) for params, copied in kept)


def test_reused_gradient_buffer():
    buffer = np.empty(P)

    def gradient(params):
        buffer[:] = np_grad(params)
        return buffer

    assert new_solver().solve(np_sse, gradient=gradient).tobytes() == BITS


@pytest.mark.parametrize("inner", [{}, {"gradient": np_grad}])
def test_objective_that_solves(inner):
    def nested(params):
        assert np.flatnonzero(new_solver().solve(sse, **inner)).tolist() == TRUTH
        return np_sse(params)

    assert new_solver().solve(nested, gradient=np_grad).tobytes() == BITS


STATES = {
    "x64": lambda: jax.config.jax_enable_x64,
    "dtype": lambda: jnp.zeros(1).dtype,
    "platform": lambda: jax.config.jax_platform_name,
    "device": lambda: jax.config.jax_default_device,
    "numpy.random": lambda: pickle.dumps(np.random.get_state()),
    "errstate": np.geterr,
    "handlers": lambda: (*logging.getLogger().handlers, logging.getLogger().level),
    "environment": lambda: dict(os.environ),
    "files": lambda: os.listdir("."),
    "signal": lambda: signal.getsignal(signal.SIGINT),
    "threads": lambda: threading.active_count(),
}


@pytest.mark.parametrize("objective", [sse, raising(Own()), lambda t: jnp.nan * t[0]])
@pytest.mark.parametrize("options", [{}, {"gradient": np_grad}])
@table(STATES)
def test_global_state_is_left_alone(row, objective, options, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = row()
    try:
        new_solver().solve(objective, **options)
    except (Own, ValueError):
        pass
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
@pytest.mark.parametrize("fresh", [False, True])
def test_same_bits(options, fresh):
    solver, results = new_solver(), set()
    for _ in range(3):
        solver = new_solver() if fresh else solver
        results.add(solver.solve(sse, **options).tobytes())
    assert len(results) == 1


def test_duplicated_columns_give_one_support():
    twice = np.hstack([X, X])
    supports = set()
    for _ in range(6):
        solver = ScopeSolver(2 * P, 3)
        solver.solve(lambda t: jnp.sum((Y - twice @ t) ** 2))
        supports.add(tuple(solver.support_set.tolist()))
    assert len(supports) == 1


@pytest.mark.parametrize("change", ["rebound", "in place"])
def test_global_is_read_anew(change, monkeypatch):
    solver = new_solver()
    assert not solver.solve(shifted).any()
    value = np.array([0.0, 0.0, 8.0, 0.0, 0.0, -9.0])
    monkeypatch.setitem(globals(), "SHIFT", SHIFT.copy() if change == "in place" else value)
    if change == "in place":
        solver.solve(shifted)
        SHIFT[:] = value
    assert solver.solve(shifted).tolist() == pytest.approx(value.tolist(), rel=RTOL)


def test_python_if_on_values():
    params = new_solver().solve(lambda t: sse(t) if t[0] < 1e9 else 2 * sse(t))
    np.testing.assert_allclose(params, np.frombuffer(BITS), rtol=RTOL)
