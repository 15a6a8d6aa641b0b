"""What must not change the answer: order, units, scale, reading, threads, processes."""

import os
import subprocess
import sys
from pathlib import Path

import jax.numpy as jnp
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from random_problems import (
    CONVEX,
    EQUIVARIANT,
    SECOND_DERIVATIVES,
    N,
    P,
    fast,
    options,
    problems,
    seeds,
    selections,
    solved,
)

import scope
from scope import ScopeSolver
from scope.utilities import AIC


@given(problem=problems(CONVEX), level=st.integers(0, P), seed=seeds)
@fast
def test_permutation_equivariance(problem, level, seed):
    X, y, loss = problem
    order = np.random.default_rng(seed).permutation(P)
    plain, permuted = solved(problem, level), solved((X[:, order], y, loss), level)
    np.testing.assert_allclose(
        permuted.params, plain.params[order], rtol=EQUIVARIANT, atol=EQUIVARIANT
    )


@given(problem=problems(CONVEX), level=st.integers(0, P), seed=seeds)
@fast
def test_scale_equivariance_of_columns(problem, level, seed):
    X, y, loss = problem
    scales = 10.0 ** np.random.default_rng(seed).uniform(-4.0, 4.0, P)
    plain, scaled = solved(problem, level), solved((X * scales, y, loss), level)
    np.testing.assert_allclose(
        scaled.params * scales, plain.params, rtol=EQUIVARIANT, atol=EQUIVARIANT
    )


CHANGES = [(1e-12, 0.0), (1e12, 0.0), (1.0, 1e6), (1.0, -1e9), (3.0, 7.0)]


@given(problem=problems(CONVEX), level=st.integers(0, P), change=st.sampled_from(CHANGES))
@fast
def test_constants_and_positive_factors_do_not_matter(problem, level, change):
    X, y, loss = problem
    factor, constant = change
    plain = solved(problem, level)
    changed = solved((X, y, lambda eta, y: factor * loss(eta, y) + constant), level)
    np.testing.assert_allclose(changed.params, plain.params, rtol=EQUIVARIANT, atol=EQUIVARIANT)


@given(problem=problems(), level=st.integers(0, P), chosen=options)
@fast
def test_singleton_groups_change_no_bit(problem, level, chosen):
    plain = solved(problem, level, **chosen)
    grouped = solved(problem, level, group=range(P), **chosen)
    assert grouped.params.tobytes() == plain.params.tobytes()


@given(problem=problems(CONVEX), level=st.integers(0, P))
@fast
def test_composite_and_black_box_agree(problem, level):
    """The same objective, once read, once evaluated only: who gives a Hessian is not read."""
    X, y, loss = problem
    composite = solved(problem, level)
    black_box = ScopeSolver(P, level)
    black_box.hessian = lambda t: X.T @ (SECOND_DERIVATIVES[loss](X @ t)[:, None] * X)
    black_box.solve(lambda t: loss(X @ t, y))
    assert composite.result.structure.startswith("composite")
    assert black_box.result.structure.startswith("black box")
    np.testing.assert_allclose(
        black_box.params, composite.params, rtol=EQUIVARIANT, atol=EQUIVARIANT
    )


@given(problem=problems(), selection=selections(), chosen=options)
@fast
def test_repetition_gives_the_same_bits(problem, selection, chosen):
    bits = {solved(problem, **selection, **chosen).params.tobytes() for _ in range(3)}
    assert len(bits) == 1


@given(problem=problems(), threads=st.integers(0, 4))
@settings(max_examples=5, deadline=None)
def test_threads_change_no_bit(problem, threads):
    X, y, loss = problem
    answers = set()
    for thread in (1, threads):
        solver = ScopeSolver(P, range(4), N, cv=3, thread=thread, ic_method=AIC)
        solver.solve(lambda t, index: loss(jnp.asarray(X)[index] @ t, jnp.asarray(y)[index]))
        answers.add((solver.params.tobytes(), solver.cross_validation_loss))
    assert len(answers) == 1


PROGRAM = """
import jax.numpy as jnp, numpy as np
from scope import ScopeSolver
rng = np.random.default_rng(5)
X = rng.standard_normal((300, 40))
y = X[:, 1] + rng.standard_normal(300)
solver = ScopeSolver(40, 6)
solver.solve(lambda t: jnp.sum(jnp.logaddexp(0.0, -jnp.sign(y) * (X @ t))))
print(solver.params.tobytes().hex())
"""


def test_processes_give_the_same_bits():
    package = str(Path(scope.__file__).parents[1])
    outputs = set()
    for seed, threads in (("0", "1"), ("1", "2")):
        environment = os.environ | {
            "PYTHONHASHSEED": seed,
            "OMP_NUM_THREADS": threads,
            "PYTHONPATH": package,
        }
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        outputs.add(done.stdout)
    assert len(outputs) == 1
