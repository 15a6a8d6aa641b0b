"""What must hold for every problem."""

from itertools import pairwise

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scope import ScopeSolver

P = 8
# Least squares by Newton: the answer is exact up to the conditioning of random designs.
RELATIVE = 1e-7
seeds = st.integers(min_value=0, max_value=10_000)
levels = st.integers(min_value=0, max_value=P)
fast = settings(max_examples=20, deadline=None)


def data(seed, n=25):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, P))
    return X, X[:, 0] - X[:, 3] + rng.standard_normal(n)


def solve(X, y, level, objective=None, **options):
    solver = ScopeSolver(P, level, **options)
    solver.solve(objective or (lambda t: jnp.sum((y - X @ t) ** 2)))
    return solver


@given(seed=seeds, level=levels, preselect=st.sets(st.integers(0, P - 1), max_size=2))
@fast
def test_support_size_and_preselection(seed, level, preselect):
    level = max(level, len(preselect))
    solver = solve(*data(seed), level, preselect=sorted(preselect))
    assert solver.get_support().size <= level
    assert preselect <= set(solver.get_support().tolist())


@given(seed=seeds, cuts=st.lists(st.booleans(), min_size=P - 1, max_size=P - 1))
@fast
def test_groups_are_selected_whole(seed, cuts):
    group = np.concatenate([[0], np.cumsum(cuts)])
    solver = solve(*data(seed), 1, group=group)
    selected = np.isin(np.arange(P), solver.get_support())
    assert np.unique(group[selected]).size == 1
    assert selected.sum() == np.sum(group == group[selected][0])


@given(seed=seeds, level=levels)
@fast
def test_singleton_groups_change_nothing(seed, level):
    X, y = data(seed)
    plain = solve(X, y, level)
    grouped = solve(X, y, level, group=range(P))
    np.testing.assert_array_equal(plain.params, grouped.params)


@given(seed=seeds, level=levels)
@fast
def test_the_order_of_the_variables_does_not_matter(seed, level):
    X, y = data(seed)
    order = np.random.default_rng(seed).permutation(P)
    plain = solve(X, y, level)
    permuted = solve(X[:, order], y, level)
    np.testing.assert_allclose(permuted.params, plain.params[order], rtol=RELATIVE, atol=RELATIVE)


@given(seed=seeds, level=levels, factor=st.sampled_from([1e-12, 1e-3, 7.0, 1e12]))
@fast
def test_a_factor_of_the_objective_does_not_matter(seed, level, factor):
    X, y = data(seed)
    plain = solve(X, y, level)
    scaled = solve(X, y, level, lambda t: factor * jnp.sum((y - X @ t) ** 2))
    np.testing.assert_allclose(scaled.params, plain.params, rtol=RELATIVE, atol=RELATIVE)


@given(seed=seeds, level=levels, constant=st.sampled_from([-1e3, 1.0, 1e6]))
@fast
def test_an_added_constant_does_not_matter(seed, level, constant):
    X, y = data(seed)
    plain = solve(X, y, level)
    shifted = solve(X, y, level, lambda t: jnp.sum((y - X @ t) ** 2) + constant)
    np.testing.assert_allclose(shifted.params, plain.params, rtol=RELATIVE, atol=RELATIVE)


@given(seed=seeds)
@fast
def test_a_finer_level_is_never_worse(seed):
    X, y = data(seed)
    losses = []

    def record(loss, p, k, n):
        losses.append(loss)
        return loss

    solve(X, y, range(P + 1), sample_size=len(y), ic_method=record)
    assert len(losses) == P + 1
    assert all(later <= earlier for earlier, later in pairwise(losses))


@given(seed=seeds, level=st.integers(1, P))
@fast
def test_restarting_from_the_answer_returns_it(seed, level):
    X, y = data(seed)
    first = solve(X, y, level)
    again = ScopeSolver(P, level)
    again.solve(
        lambda t: jnp.sum((y - X @ t) ** 2),
        init_params=first.params,
        init_support_set=first.get_support(),
    )
    assert again.objective_value == pytest.approx(first.objective_value, rel=RELATIVE)
    assert again.get_support().tolist() == first.get_support().tolist()
