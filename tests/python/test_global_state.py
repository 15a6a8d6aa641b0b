"""What importing and solving leave as they were: JAX, NumPy, logging, warnings, the system."""

import contextlib
import gc
import logging
import os
import pickle
import random
import signal
import subprocess
import sys
import threading
import warnings
from pathlib import Path

import jax
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
    bits,
    np_grad,
    np_sse,
    raising,
    split,
    sse,
    sse_of,
    table,
)
from published import each

from scope import HTPSolver, ScopeSolver

STATES = {
    "jax": lambda: dict(jax.config.values),
    "precision": lambda: (jnp.zeros(1).dtype, jnp.arange(2).dtype),
    "platform": jax.default_backend,
    "device": lambda: (jax.config.jax_default_device, jnp.zeros(1).devices()),
    "numpy.random": lambda: pickle.dumps(np.random.get_state()),  # noqa: NPY002  # what is checked
    "random": random.getstate,
    "errstate": np.geterr,
    "printing": lambda: str(np.get_printoptions()),
    "warnings": lambda: list(warnings.filters),
    "handlers": lambda: (*logging.getLogger().handlers, logging.getLogger().level),
    "loggers": lambda: sorted(logging.root.manager.loggerDict),
    "environment": lambda: dict(os.environ),
    "folder": os.getcwd,
    "files": lambda: list(Path().iterdir()),
    "path": lambda: list(sys.path),
    "signal": lambda: signal.getsignal(signal.SIGINT),
    "hooks": lambda: (sys.excepthook, threading.excepthook, sys.gettrace(), sys.getprofile()),
    "interpreter": lambda: (sys.getswitchinterval(), sys.getrecursionlimit(), gc.get_threshold()),
    "threads": threading.active_count,
}
PARTS = {"cv": 2, "split_method": split}
ENDINGS = {
    "answer": ({}, {"objective": sse}),
    "answer, called": ({}, {"objective": np_sse, "gradient": np_grad}),
    "eager": ({}, {"objective": lambda t: sse(t) if t[0] < 1e9 else 0.0}),
    "folds": (PARTS, {"objective": sse_of, "data": DATA}),
    "random folds": ({"random_state": 3, **PARTS}, {"objective": sse_of, "data": DATA}),
    "exception": ({}, {"objective": raising(Own())}),
    "exception, called": ({}, {"objective": raising(Own()), "gradient": np_grad}),
    "interrupt": ({}, {"objective": raising(KeyboardInterrupt()), "gradient": np_grad}),
    "criterion": ({"ic_method": raising(Own())}, {"objective": sse}),
    "fold": ({"cv": 2, "split_method": raising(Own())}, {"objective": sse_of, "data": DATA}),
    "not finite": ({}, {"objective": lambda t: jnp.nan * t[0]}),
    "wrong argument": ({"max_iter": -1}, {"objective": sse}),
}


@each([ScopeSolver, HTPSolver])
@table(ENDINGS)
def test_a_solve_leaves_everything_as_it_was(Solver, row, tmp_path, monkeypatch):
    options, call = row
    monkeypatch.chdir(tmp_path)
    before = {name: state() for name, state in STATES.items()}
    with contextlib.suppress(Own, ValueError, KeyboardInterrupt):
        Solver(P, S, N, **options).solve(**call)
    assert {name: state() for name, state in STATES.items()} == before


def test_threads_and_logs_leave_nothing_behind(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = {name: state() for name, state in STATES.items()}
    logs = {"file_log_level": "debug", "console_log_level": "error", "log_file_name": "here.log"}
    solver = ScopeSolver(P, range(3), N, cv=2, thread=2, split_method=split, **logs)
    solver.solve(sse_of, DATA)
    after = {name: state() for name, state in STATES.items()}
    assert after.pop("files") == [Path("here.log")]
    assert after == {name: state for name, state in before.items() if name != "files"}


def test_the_users_precision_is_that_of_criteria_folds_and_minimisers():
    seen = []

    def noting(function):
        return lambda *args: seen.append(jnp.zeros(1).dtype) or function(*args)

    options = {
        "ic_method": noting(lambda *args: 0.0),
        "split_method": noting(split),
        "numeric_solver": noting(lambda f, vg, x, variables, data: (0.0, x)),
    }
    for Solver in (ScopeSolver, HTPSolver):
        Solver(P, S, N, cv=2, **options).solve(sse_of, DATA)
    assert set(seen) == {np.dtype(np.float32)}


# --- arrays that JAX converts --------------------------------------------------------------------


def fresh_problem():
    """Functions of arrays that nobody has seen yet, each way to use them."""
    design, response, columns = X.copy(), Y.copy(), np.arange(P)
    return {
        "sum of squares": lambda t: jnp.sum((response - design @ t) ** 2),
        "logistic": lambda t: jnp.mean(
            jnp.logaddexp(0, design @ t) - (response > 0) * (design @ t)
        ),
        "of constants": lambda t: jnp.sum((response - jnp.exp(0.1 * design) @ t) ** 2),
        "integers": lambda t: jnp.sum((response - design[:, columns] @ t[columns]) ** 2),
    }


@pytest.mark.parametrize("name", fresh_problem())
@pytest.mark.parametrize("wrapped", [False, True], ids=["plain", "compiled"])
def test_what_was_compiled_in_single_precision_is_solved_in_double(name, wrapped):
    """And what was solved can still be compiled in single precision, then and later."""
    expected = ScopeSolver(P, S).solve(fresh_problem()[name])
    objective = fresh_problem()[name]
    compiled = jax.jit(objective)
    single = compiled(np.zeros(P))
    for _ in range(2):
        params = ScopeSolver(P, S).solve(compiled if wrapped else objective)
        assert params.tobytes() == expected.tobytes()
        assert compiled(np.zeros(P)) == single
        assert jax.jit(lambda t: 1.0 * objective(t))(np.zeros(P)) == pytest.approx(single)
        assert jax.jit(jax.grad(objective))(jnp.zeros(P)).dtype == np.float32


def test_compiled_functions_with_a_gradient_are_used_in_double_precision():
    objective = fresh_problem()["sum of squares"]
    compiled, gradient = jax.jit(objective), jax.jit(jax.grad(objective))
    before = compiled(np.zeros(P)), gradient(np.zeros(P))
    params = ScopeSolver(P, S).solve(compiled, gradient=gradient)
    np.testing.assert_allclose(params, np.frombuffer(bits(ScopeSolver)), rtol=1e-6)
    after = compiled(np.zeros(P)), gradient(np.zeros(P))
    np.testing.assert_array_equal(after[1], before[1])
    assert after[0] == before[0]
    assert after[1].dtype == np.float32


# --- import ------------------------------------------------------------------------------------

IMPORT = """
import gc, json, logging, os, random, signal, sys, threading, warnings
import jax, jax.extend.core, jax.monitoring, jax.numpy, numpy as np, scipy.optimize, scipy.sparse
import sklearn.base, sklearn.covariance, sklearn.metrics, sklearn.model_selection

STATES = dict(
    jax=lambda: dict(jax.config.values),
    numpy=lambda: (np.random.get_state()[1].tolist(), np.geterr(), str(np.get_printoptions())),
    random=random.getstate,
    warnings=lambda: list(warnings.filters),
    logging=lambda: (logging.getLogger().handlers, logging.getLogger().level),
    loggers=lambda: sorted(logging.root.manager.loggerDict),
    system=lambda: (dict(os.environ), os.getcwd(), os.listdir(), list(sys.path)),
    signal=lambda: signal.getsignal(signal.SIGINT),
    interpreter=lambda: (sys.excepthook, sys.getswitchinterval(), gc.get_threshold()),
    threads=threading.active_count,
)
compiled = []
jax.monitoring.register_event_duration_secs_listener(lambda name, *_, **__: compiled.append(name))
before = {name: state() for name, state in STATES.items()}
import scope, scope.layer, scope.model, scope.skmodel, scope._scope
after = {name: state() for name, state in STATES.items()}
assert after == before, [(after[k], before[k]) for k in before if after[k] != before[k]]
assert not compiled, compiled
from jax._src import xla_bridge
assert not xla_bridge.backends_are_initialized()
"""


def test_import_changes_and_compiles_nothing(tmp_path):
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", IMPORT],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert (ended.stdout, ended.stderr) == ("", "")
