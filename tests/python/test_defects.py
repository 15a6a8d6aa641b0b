"""What skscope 0.1.8 gets wrong: crashes, hangs, rejected calls, changed parameters."""

import copy
import functools
import logging
import pickle
from fractions import Fraction

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.scipy.special import gammaln  # which the engine leaves to JAX
from published import (
    DATA,
    EVERY,
    FITTED,
    REFITTING,
    SOLVERS,
    TRUTH,
    N,
    P,
    X,
    Y,
    Z,
    each,
    least_squares,
    noisy,
    np_gradient,
    np_sse,
    solve_by_hand,
    split,
    sse_of,
)

from scope import BaseSolver, HTPSolver, IHTSolver, PDASSolver, ScopeSolver
from scope.layer import LinearConstraint, NonNegative, OffsetSparse
from scope.numeric_solver import convex_solver_BFGS
from scope.utilities import AIC

GROUP = [0, 0, 1, 1, 1]


class Mine(Exception):
    pass


def raising(error, at):
    """The model's objective, which raises at its call number `at`."""
    calls = iter(range(10**6))

    def objective(params):
        if next(calls) == at:
            raise error
        return np_sse(params)

    return objective


# --- what the user's functions do --------------------------------------------------------------


@EVERY
@pytest.mark.parametrize("error", [Mine("here"), KeyboardInterrupt()], ids=repr)
@pytest.mark.parametrize("at", [0, 2])
def test_an_exception_passes_and_the_solver_is_usable_again(Solver, error, at):
    solver = Solver(P, 2)
    with pytest.raises(type(error)) as raised:
        solver.solve(raising(error, at), gradient=np_gradient)
    assert raised.value is error
    assert solve_by_hand(solver).support_set.tolist() == TRUTH


@EVERY
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_value_that_is_not_finite_is_told(Solver, value):
    with pytest.raises(ValueError, match=f"The objective function returned {value}"):
        Solver(P, 2).solve(lambda params: value, gradient=np_gradient)


@EVERY
def test_a_gradient_that_is_not_finite_is_told(Solver):
    with pytest.raises(ValueError, match="The gradient returned contains NaN or Inf"):
        Solver(P, 2).solve(np_sse, gradient=lambda params: np.full(P, np.nan))


@each([ScopeSolver, PDASSolver])
def test_a_hessian_that_is_not_finite_is_told(Solver):
    solver = Solver(P, 2)
    solver.use_hessian, solver.hessian = True, lambda params: np.full((P, P), np.inf)
    with pytest.raises(ValueError, match="The hessian returned contains NaN or Inf"):
        solve_by_hand(solver)


class Model:
    """An objective that is an object, and one that is a bound method."""

    def __call__(self, params):
        return noisy(params)

    def of_params(self, params):
        return noisy(params)

    def of_both(self, params, data):
        return sse_of(params, data)


CALLABLES = {
    "partial": functools.partial(sse_of, data=DATA),
    "partial of the first": functools.partial(lambda design, theta: noisy(theta), X),
    "object": Model(),
    "bound method": Model().of_params,
    "bound method of both": Model().of_both,
    "jitted": jax.jit(noisy),
    "jitted, of both": jax.jit(sse_of),
}


@EVERY
@pytest.mark.parametrize("objective", CALLABLES.values(), ids=CALLABLES.keys())
def test_anything_callable_is_an_objective(Solver, objective):
    solver = Solver(P, 2)
    solver.solve(objective, data=DATA)
    assert solver.support_set.tolist() == TRUTH


@EVERY
def test_an_objective_may_return_python_integers_of_any_size(Solver):
    """IHT's step is far too large here: what it tries is beyond 64 bits."""
    target = np.array([0, 7, 0, -9, 1])
    solver = Solver(P, 2)
    solver.solve(
        lambda x: round(1e6 * np.sum((x - target) ** 2)), gradient=lambda x: 2e6 * (x - target)
    )
    np.testing.assert_allclose(solver.params, [0, 7, 0, -9, 0], atol=1e-2)


@pytest.mark.parametrize("value", [3, 10**30, Fraction(1, 3), True, np.float32(0.5)], ids=repr)
@pytest.mark.parametrize("gradient", [None, np.zeros_like], ids=["traced", "called"])
def test_real_numbers_are_all_that_python_has(value, gradient):
    solver = ScopeSolver(P, 2)
    solver.solve(lambda x: value, gradient=gradient)
    assert solver.objective_value == pytest.approx(float(value))


@EVERY
def test_numpy_integers_are_integers(Solver):
    solver = Solver(np.int64(P), np.int32(2), np.uint8(N), max_iter=np.int64(30), cv=np.int8(1))
    assert solve_by_hand(solver).support_set.tolist() == TRUTH


@EVERY
@pytest.mark.parametrize("level", [np.array(2), np.array([2]), {2}, range(2, 3), 2.0], ids=repr)
def test_a_level_in_any_wrapping(Solver, level):
    assert solve_by_hand(Solver(P, level)).support_set.tolist() == TRUTH


@EVERY
@pytest.mark.parametrize("name", ["dimensionality", "sample_size", "max_iter"])
def test_true_is_no_integer(Solver, name):
    with pytest.raises(ValueError, match=f"{name} should be an "):
        solve_by_hand(Solver(**{"dimensionality": P, "sparsity": 2, name: True}))


# --- first supports, screening, folds ----------------------------------------------------------


@EVERY
@pytest.mark.parametrize("start", [[], [0, 0, 2, 2, 2], [0, 2], np.arange(P)], ids=repr)
def test_any_first_support(Solver, start):
    solver = solve_by_hand(Solver(P, 2), init_support_set=start)
    assert solver.support_set.tolist() == TRUTH


@EVERY
@pytest.mark.parametrize("start", [[4], [2, 4, 4], [0, 1, 2, 3, 4]], ids=repr)
def test_a_first_support_names_variables_not_groups(Solver, start):
    solver = solve_by_hand(Solver(P, 1, group=GROUP), init_support_set=start)
    best = min([[0, 1], [2, 3, 4]], key=lambda members: np_sse(least_squares(members)))
    assert solver.support_set.tolist() == best


@pytest.mark.parametrize("size", [2, 3, 5])
@pytest.mark.parametrize("start", [[0, 2], [4, 4, 0], [0, 1, 2, 3]], ids=repr)
def test_screening_with_a_first_support(size, start):
    solver = solve_by_hand(ScopeSolver(P, 2, screening_size=size), init_support_set=start)
    assert solver.support_set.tolist() == TRUTH


@pytest.mark.parametrize("thread", [2, 0])
def test_folds_in_threads_end_and_agree(thread):
    params = [
        ScopeSolver(P, range(P), N, cv=2, split_method=split, random_state=0, thread=threads).solve(
            sse_of, data=DATA
        )
        for threads in (1, thread)
    ]
    np.testing.assert_array_equal(*params)


@EVERY
def test_equal_columns_give_equal_supports(Solver):
    design = np.repeat(X[:, TRUTH], 2, axis=1)
    solves = [
        Solver(4, 2, random_state=seed).solve(
            lambda x: float(np.sum((Z - design @ x) ** 2)),
            gradient=lambda x: 2 * design.T @ (design @ x - Z),
        )
        for seed in ([0] * 6 if Solver is PDASSolver else range(6))
    ]
    assert len({tuple(np.flatnonzero(params)) for params in solves}) == 1


# --- small and trivial problems ----------------------------------------------------------------


@EVERY
@pytest.mark.parametrize("level", [0, 1])
def test_one_parameter(Solver, level):
    solver = Solver(1, level)
    params = solver.solve(lambda x: float((x[0] - 3) ** 2), gradient=lambda x: 2 * (x - 3))
    np.testing.assert_allclose(params, [3.0 * level], atol=FITTED)


@EVERY
@pytest.mark.parametrize("n", [1, 2, 3])
def test_few_samples(Solver, n):
    options = {"ic_method": AIC} if n > 1 else {}
    solver = solve_by_hand(Solver(P, 2, n, **options))
    assert solver.support_set.tolist() == TRUTH


@EVERY
@pytest.mark.parametrize("level", [0, P])
def test_levels_without_a_choice(Solver, level):
    solver = solve_by_hand(Solver(P, level))
    expected = least_squares(list(range(level)))
    np.testing.assert_allclose(solver.params, expected, atol=FITTED)
    assert solver.objective_value == pytest.approx(np_sse(expected))


@each([HTPSolver, IHTSolver])
def test_no_iterations_are_one_fit_of_the_thresholded_start(Solver):
    start = np.array([0.0, 5.0, 0.0, 4.0, 1.0])
    solver = solve_by_hand(Solver(P, 2, max_iter=0), init_params=start)
    np.testing.assert_allclose(solver.params, least_squares([1, 3]), atol=FITTED)


# --- PDASSolver --------------------------------------------------------------------------------


@pytest.mark.parametrize("start", [[0, 2], [1, 3]], ids=repr)
def test_pdas_from_a_complete_support(start):
    solver = solve_by_hand(PDASSolver(P, 2), init_support_set=start)
    np.testing.assert_allclose(solver.params, least_squares(TRUTH), atol=FITTED)


def test_pdas_takes_groups_preselection_and_levels():
    solver = PDASSolver(P, [1, 2], N, group=[0, 1, 2, 3, 3], preselect=[1], ic_method=AIC)
    assert solve_by_hand(solver).support_set.tolist() == [1, 3, 4]


# --- layers ------------------------------------------------------------------------------------


@each(REFITTING)
def test_layers_and_a_gradient_go_by_the_chain_rule(Solver):
    solver = solve_by_hand(Solver(P, 2), layers=[OffsetSparse(P, 1.0)])
    rest = Z - X @ np.ones(P)  # what is left to explain at the offset
    losses = {
        (i, j): np.linalg.lstsq(X[:, [i, j]], rest, rcond=None)[1][0]
        for i in range(P)
        for j in range(i)
    }
    assert solver.objective_value == pytest.approx(min(losses.values()), rel=1e-5)
    assert solver.params.dtype == np.float64


@EVERY
@pytest.mark.parametrize("layer", [LinearConstraint(P), NonNegative(P)], ids=["linear", "abs"])
def test_layers_give_numpy_in_double_precision(Solver, layer):
    params = Solver(P, 2, random_state=1).solve(noisy, layers=[layer])
    assert type(params) is np.ndarray
    assert params.dtype == np.float64


# --- what a solve leaves behind ----------------------------------------------------------------


@EVERY
def test_the_parameters_of_the_constructor_stay(Solver):
    given = {
        "sparsity": np.array([2, 1, 1]),
        "preselect": [1, 1],
        "group": np.array([0, 1, 2, 3, 4]),
        "cv_fold_id": np.tile([7, 3], N // 2),
        "ic_method": None,
    }
    before = {name: repr(value) for name, value in given.items()}
    solver = Solver(P, sample_size=N, cv=2, split_method=split, **given)
    solver.solve(sse_of, data=DATA)
    assert all(getattr(solver, name) is value for name, value in given.items())
    assert {name: repr(value) for name, value in given.items()} == before


def test_equal_objectives_are_compiled_once(caplog):
    def compilations(response):
        caplog.clear()
        with jax.log_compiles(), caplog.at_level(logging.WARNING):
            for Solver in SOLVERS:
                objective = lambda x: jnp.sum(gammaln(3 + (response - X[:37] @ x) ** 2))  # noqa: E731
                Solver(P, 2).solve(objective, jit=True)
        return sum("Compiling" in record.getMessage() for record in caplog.records)

    assert compilations(Z[:37]) > 0
    assert compilations(Z[:37]) == 0
    assert compilations(Y[:37]) == 0  # other data of the same shape


@EVERY
@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda s: pickle.loads(pickle.dumps(s))])
def test_copies_after_a_solve(Solver, duplicate):
    solver = Solver(P, 2, numeric_solver=convex_solver_BFGS, preselect=[1])
    solver.solve(sse_of, data=DATA)
    copied = duplicate(solver)
    assert copied.get_params() == solver.get_params()
    np.testing.assert_array_equal(copied.params, solver.params)
    assert copied.objective_value == solver.objective_value
    np.testing.assert_array_equal(copied.solve(sse_of, data=DATA), solver.params)


def test_jax_is_configured_by_nobody():
    before = dict(jax.config.values)
    BaseSolver(P, 2).solve(noisy)
    assert dict(jax.config.values) == before
    assert jnp.zeros(1).dtype == np.float32
