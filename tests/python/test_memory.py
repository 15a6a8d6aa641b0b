"""Memory: it does not grow with solves, and nothing of the user's outlives its solver."""

import gc
import itertools
import subprocess
import sys
import weakref
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hostile import DATA, N, P, S, X, Y, split, sse_of
from published import EVERY, each

from scope import HTPSolver, ScopeSolver
from scope.layer import NonNegative
from scope.objective._executables import ExecutableCache
from scope.objective._program import trace

SOLVES = 2000
WARM_UP = 400  # what is kept once, whatever comes
PAGE = 4096
STATUS = Path("/proc/self/statm")
SAMPLES = np.random.default_rng(0).standard_normal(4000)


def solve_anew(k):
    """Solve one of several kinds of objectives, a closure of its own over data of its own."""
    data, unit = SAMPLES + k, 1.0 + k  # 32 kB
    kinds = [
        {"objective": lambda t: unit * jnp.sum((Y + data[k] - X @ t) ** 2) + jnp.sum(t**2)},
        {
            "objective": lambda t: float(np.sum((Y - X @ t) ** 2)) * data.size,
            "gradient": lambda t: 2 * X.T @ (X @ t - Y) * data.size,
        },
        {"objective": lambda t: jnp.sum((data[:P] - unit * t) ** 2)},
    ]
    ScopeSolver(P, S, callback=lambda state: data.size == 0).solve(**kinds[k % len(kinds)])


def resident():
    """Bytes of memory in use, of native code too."""
    return int(STATUS.read_text().split()[1]) * PAGE


def growth():
    """Bytes and objects that came with the solves after the first ones, and stayed."""
    for k in range(WARM_UP):
        solve_anew(k)
    gc.collect()
    memory, objects = resident(), len(gc.get_objects())
    for k in range(WARM_UP, SOLVES):
        solve_anew(k)
    gc.collect()
    return resident() - memory, len(gc.get_objects()) - objects


@pytest.mark.skipif(not STATUS.exists(), reason="only Linux tells how much memory is in use")
def test_memory_does_not_grow_with_fresh_closures():
    """In a process of its own: what other tests have left behind may come and go."""
    ended = subprocess.run(
        [sys.executable, "-c", "import test_memory; print(*test_memory.growth())"],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    memory, objects = map(int, ended.stdout.split())
    one_in_ten = (SOLVES - WARM_UP) // 10
    assert objects < one_in_ten
    assert memory < one_in_ten * SAMPLES.nbytes


def test_the_cache_of_executables_is_bounded():
    bounded = ExecutableCache(size=5)
    with jax.enable_x64(True):
        theta = jnp.zeros(P)
        for power in range(2, 12):
            program, constants = trace(lambda t, k=power: jnp.sum(t**k), P, np.float64)
            kept = bounded.get(program, constants, theta)
            assert bounded.get(program, constants, theta) is kept
            assert len(bounded) <= 5


class Held:
    """What a user's functions and data hold, to be seen whether it is still there."""

    def __init__(self):
        self.data = X + 0.0
        self.calls, self.interrupt_at = itertools.count(1), 0

    def __call__(self, params):
        return jnp.sum((Y - self.data @ params) ** 2)

    def value(self, params):
        if next(self.calls) == self.interrupt_at:
            raise KeyboardInterrupt
        return float(np.sum((Y - self.data @ params) ** 2))

    def gradient(self, params):
        return 2 * self.data.T @ (self.data @ params - Y)

    def minimise(self, objective, value_and_grad, params, variables, data):
        found = np.zeros(P)
        found[variables] = np.linalg.lstsq(self.data[:, variables], Y, rcond=None)[0]
        return 0.0, found

    def stop(self, state):
        return self.data.size == 0


USES = {
    "traced": lambda h: ({}, {"objective": h}),
    "closure": lambda h: ({}, {"objective": lambda t: h(t) + h.data[0, 0]}),
    "penalty": lambda h: ({}, {"objective": lambda t: h(t) + jnp.sum(jnp.cosh(t))}),
    "black box": lambda h: ({}, {"objective": lambda t: h(t * jnp.sum(t**2))}),
    "looks at values": lambda h: ({}, {"objective": lambda t: h(t) if t[0] < 9 else 0.0}),
    "image": lambda h: ({}, {"objective": lambda t: h(jnp.abs(t))}),
    "called": lambda h: ({}, {"objective": h.value, "gradient": h.gradient}),
    "layers": lambda h: ({}, {"objective": h, "layers": [NonNegative(P)]}),
    "minimiser": lambda h: ({"numeric_solver": h.minimise}, {"objective": h}),
    "callback": lambda h: ({"callback": h.stop, "time_limit": 60.0}, {"objective": h}),
    "folds": lambda h: (
        {"cv": 2, "split_method": lambda d, i, h=h: split(d, i)},
        {"objective": sse_of, "data": DATA},
    ),
}


@each([ScopeSolver, HTPSolver])
@pytest.mark.parametrize("use", USES)
def test_nothing_of_the_users_outlives_the_solver(Solver, use):
    held = Held()
    options, call = USES[use](held)
    solver = Solver(P, S, N, **options)
    solver.solve(**call)
    traces = [weakref.ref(held), weakref.ref(solver)]
    del held, options, call, solver
    gc.collect()
    assert [trace() for trace in traces] == [None, None]


@EVERY
def test_nothing_outlives_a_solve_that_was_interrupted(Solver):
    held, solver = Held(), Solver(P, S, N)
    held.interrupt_at = 4
    with pytest.raises(KeyboardInterrupt):
        solver.solve(held.value, gradient=held.gradient)
    traces = [weakref.ref(held), weakref.ref(solver)]
    del held, solver
    gc.collect()
    assert [trace() for trace in traces] == [None, None]


def test_objects_of_a_solver_and_its_callback_that_know_each_other_are_collected():
    solver = ScopeSolver(P, S, N)
    solver.callback = lambda state, known=solver: known is None
    solver.solve(lambda t: jnp.sum((Y - X @ t) ** 2))
    gone = weakref.ref(solver)
    del solver
    gc.collect()
    assert gone() is None
