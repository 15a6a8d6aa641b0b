"""Spawned processes and forks: the same answers or a clear error, never a hang."""

import os
import subprocess
import sys
import textwrap

import pytest
from hostile import PATIENCE

PROBLEM = """
import contextlib, gc, multiprocessing, os, sys, threading, warnings
import jax, jax.numpy as jnp, numpy as np
from scope import ScopeSolver, HTPSolver, PortfolioSelection, clear_cache
from scope.layer import NonNegative

X = np.random.default_rng(7).standard_normal((40, 6))
Y = X @ np.array([0, 3.0, 0, 0, -2.0, 0])
in_jax = lambda t: jnp.sum((Y - X @ t) ** 2)
in_numpy = lambda t: float(np.sum((Y - X @ t) ** 2))
slope = lambda t: 2 * X.T @ (X @ t - Y)
compiled_slope = jax.jit(slope)

def solve(objective=in_numpy, gradient=None, Solver=ScopeSolver, options={}, **call):
    return Solver(6, 2, 40, **options).solve(objective, gradient=gradient, **call)
"""


def run(program):
    ended = subprocess.run(
        [sys.executable, "-c", PROBLEM + textwrap.dedent(program)],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.splitlines()


def test_spawned_processes(tmp_path):
    """A solver goes there and comes back."""
    program = tmp_path / "spawn.py"
    work = """
    def work(solver):
        solver.solve(in_jax)
        return solver

    if __name__ == "__main__":
        solve(in_jax)
        with multiprocessing.get_context("spawn").Pool(2) as pool:
            for solver in pool.map(work, [ScopeSolver(6, 2), HTPSolver(6, 2)]):
                found = solver.params
                print(solver.get_support().tolist(), np.array_equal(found, work(solver).params))
    """
    program.write_text(PROBLEM + textwrap.dedent(work))
    ended = subprocess.run(
        [sys.executable, program], capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert ended.stdout.splitlines() == ["[1, 4] True"] * 2, ended.stderr


WORKS, NEEDS_JAX = "True", "ForkedProcessError"
IN_CHILD = {
    "numpy": (WORKS, "solve(gradient=slope)"),
    "numpy, another solver": (WORKS, "solve(gradient=slope, Solver=HTPSolver)"),
    "numpy, folds in threads": (
        WORKS,
        "solve(lambda t, d: in_numpy(t), lambda t, d: slope(t), data=X, options=dict("
        "cv=2, thread=2, split_method=lambda d, i: d[i]))",
    ),
    "numpy, own minimiser": (
        WORKS,
        "solve(gradient=slope, options=dict(numeric_solver="
        "lambda f, vg, x, v, d: (0.0, np.linalg.lstsq(X * np.isin(range(6), v), Y)[0])))",
    ),
    "arrays of jax": (
        WORKS,
        "solve(lambda t: np.sum((Y - np.asarray(XJ) @ t) ** 2), slope)",
    ),
    "cache": (WORKS, "clear_cache() or np.ones(6)"),
    "traced": (NEEDS_JAX, "solve(in_jax)"),
    "explain": (NEEDS_JAX, "ScopeSolver(6, 2).explain(in_jax)"),
    "layers": (NEEDS_JAX, "solve(gradient=slope, layers=[NonNegative(6)])"),
    "estimator": (NEEDS_JAX, "PortfolioSelection(2).fit(X).coef_"),
    "jit": (NEEDS_JAX, "solve(gradient=slope, jit=True)"),
    "objective": (NEEDS_JAX, "solve(lambda t: float(in_jax(t)), slope)"),
    "gradient": (NEEDS_JAX, "solve(gradient=jax.grad(in_jax))"),
    "compiled gradient": (NEEDS_JAX, "solve(gradient=compiled_slope)"),
    "criterion": (
        NEEDS_JAX,
        "solve(gradient=slope, options={'ic_method': lambda *a: jnp.exp(1)})",
    ),
    "minimiser": (
        NEEDS_JAX,
        "solve(gradient=slope, options=dict(numeric_solver="
        "lambda f, vg, x, v, d: (0.0, jnp.zeros(6))))",
    ),
    "minimiser of another solver": (
        NEEDS_JAX,
        "solve(gradient=slope, Solver=HTPSolver, options=dict(numeric_solver="
        "lambda f, vg, x, v, d: (0.0, jnp.zeros(6))))",
    ),
}
FORK = """
warnings.simplefilter("ignore")  # JAX warns of every fork

def in_child(work):
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        return
    try:
        print(bool(np.any(work())), flush=True)
    except BaseException as error:
        print(type(error).__name__, flush=True)
    os._exit(0)
"""
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")


@needs_fork
def test_fork_after_use():
    lines = [f"in_child(lambda: {call})" for _, call in IN_CHILD.values()]
    use = ["XJ = jnp.asarray(X)", "compiled_slope(np.zeros(6))", "solve(in_jax)"]
    found = run(FORK + "\n".join([*use, *lines, "print(solve(in_jax).any())"]))
    expected = {name: outcome for name, (outcome, _) in IN_CHILD.items()}
    assert dict(zip(expected, found, strict=False)) == expected
    assert found[-1] == WORKS  # the parent is as it was


@needs_fork
def test_fork_before_use():
    assert run(FORK + "in_child(lambda: solve(in_jax))\nprint(solve(in_jax).any())") == [WORKS] * 2


@needs_fork
def test_fork_in_the_middle_of_solves_of_other_threads():
    program = """
    stop = threading.Event()

    def work():  # without JAX: its locks, held by another thread, would stay so in a child
        while not stop.is_set():
            solve(gradient=slope)
            gc.collect()  # of which JAX is told, in this thread

    thread = threading.Thread(target=work)
    thread.start()
    for _ in range(8):
        in_child(lambda: solve(gradient=slope))
        in_child(lambda: solve(in_jax))
        in_child(lambda: clear_cache() or np.ones(1))
    stop.set()
    thread.join()
    """
    use = "compiled_slope(np.zeros(6))\n"
    assert run(FORK + use + textwrap.dedent(program)) == [WORKS, NEEDS_JAX, WORKS] * 8


@needs_fork
def test_fork_while_another_thread_is_inside_jax():
    """Its locks stay as they are: a child says so at once, or works; none waits for ever."""
    program = """
    stop = threading.Event()

    def work():
        while not stop.is_set():
            jax.make_jaxpr(in_jax)(np.zeros(6))
            jax.eval_shape(lambda t: jnp.cumsum(t) * t, np.zeros(6))

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(40):
        in_child(lambda: solve(gradient=slope))
    stop.set()
    for thread in threads:
        thread.join()
    """
    found = run(FORK + textwrap.dedent(program))
    assert len(found) == 40
    assert NEEDS_JAX in found
    assert {*found} <= {WORKS, NEEDS_JAX}


@needs_fork
def test_fork_in_an_objective():
    """The child finishes the solve that it was born in."""
    program = """
    solve(in_jax)
    children = []

    def forking(t):
        if not children:
            children.append(os.fork())
        return in_numpy(t)

    found = solve(forking, slope)
    if children[0]:
        os.waitpid(children[0], 0)
    print(np.flatnonzero(found).tolist(), flush=True)
    """
    assert run(FORK + textwrap.dedent(program)) == ["[1, 4]"] * 2


@needs_fork
def test_the_error_after_a_fork_says_what_to_do():
    program = """
    compiled_slope(np.zeros(6))
    child = os.fork()
    if child:
        sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    try:
        solve(in_jax)
    except RuntimeError as error:
        print(error, flush=True)
    os._exit(0)
    """
    (message,) = run(FORK + textwrap.dedent(program))
    assert all(word in message for word in ("forked", "spawn", "gradient="))
