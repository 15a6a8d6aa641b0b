"""What all algorithms beside splicing have in common."""

import inspect
import itertools

import jax.numpy as jnp
import numpy as np
import pytest
from algorithms import SOLVERS, TRUTH, LeastSquares, P, Quadratic, X, Y, least_squares, sse
from sklearn.base import clone

from scope._solvers._greedy import FobaSolver, ForwardSolver, OMPSolver
from scope._solvers._thresholding import HTPSolver, IHTSolver
from scope.base_solver import BaseSolver

ALL = pytest.mark.parametrize("make", SOLVERS.values(), ids=SOLVERS.keys())
FITTED = 1e-4  # L-BFGS-B stops at relative decreases of 2e-9, its square
COMMON = "preselect numeric_solver max_iter group ic_method cv cv_fold_id split_method random_state"


@ALL
def test_the_true_support_is_found(make):
    solver = make(P, 2)
    solver.solve(sse)
    assert solver.get_support().tolist() == TRUTH
    np.testing.assert_allclose(solver.params, least_squares(TRUTH), atol=FITTED)


@ALL
def test_it_is_found_again_after_a_round_trip_of_the_configuration(make):
    solver = make(P, 2)
    solver.set_config(**solver.get_config())
    solver.solve(sse)
    assert solver.get_support().tolist() == TRUTH


@ALL
def test_preselected_variables_are_the_support_at_their_own_level(make):
    solver = make(P, 2, preselect=[0, 1])
    solver.solve(sse)
    assert solver.get_support().tolist() == [0, 1]
    np.testing.assert_allclose(solver.params, least_squares([0, 1]), atol=FITTED)


@ALL
def test_a_preselected_variable_stays_when_others_are_better(make):
    solver = make(P, 3, preselect=0)
    solver.solve(sse, init_params=np.ones(P))
    assert solver.get_support().tolist() == [0, *TRUTH]


@ALL
def test_groups_are_selected_whole(make):
    solver = make(P, 1, group=[0, 0, 1, 1, 1])
    solver.solve(sse)
    assert solver.get_support().tolist() in ([0, 1], [2, 3, 4])


@ALL
def test_groups_and_preselected_groups_go_together(make):
    target = [1.0, 1.0, 3.0, -3.0, 2.0, 2.0, 9.0, 0.1]
    quadratic = Quadratic(target)
    solver = make(8, 2, group=[0, 0, 1, 1, 2, 2, 3, 3], preselect=[0])
    quadratic.solve(solver)
    assert solver.get_support().tolist() == [0, 1, 6, 7]
    np.testing.assert_allclose(solver.params[[0, 1, 6, 7]], [1.0, 1.0, 9.0, 0.1], atol=FITTED)


@ALL
@pytest.mark.parametrize("level", range(7))
def test_an_orthogonal_design_gives_the_largest_entries(make, level):
    target = np.array([0.5, -4.0, 3.0, 1.0, -2.0, 0.1])
    quadratic = Quadratic(target)
    solver = make(6, level)
    quadratic.solve(solver)
    expected = np.zeros(6)
    kept = np.argsort(-np.abs(target))[:level]
    expected[kept] = target[kept]
    np.testing.assert_allclose(solver.params, expected, atol=FITTED)
    assert solver.get_support().tolist() == sorted(kept.tolist())


@ALL
def test_level_zero_is_the_zero_vector(make):
    solver = make(P, 0)
    solver.solve(sse, init_params=np.ones(P))
    assert solver.params.tolist() == [0.0] * P
    assert solver.objective_value == pytest.approx(float(Y @ Y))


@ALL
def test_the_full_level_is_the_unconstrained_fit(make):
    noisy = Y + np.random.default_rng(0).standard_normal(Y.size)
    problem = LeastSquares(X, noisy)
    params = problem.solve(make(P, P))
    np.testing.assert_allclose(params, np.linalg.lstsq(X, noisy, rcond=None)[0], atol=FITTED)


@pytest.mark.parametrize("name", sorted(SOLVERS.keys() - {"grasp"}))  # which prunes its last fit
def test_params_are_minimal_on_their_support(name):
    rng = np.random.default_rng(3)
    design = rng.standard_normal((40, 8))
    response = design @ rng.standard_normal(8) + rng.standard_normal(40)
    solver = SOLVERS[name](8, 3)
    params = LeastSquares(design, response).solve(solver)
    assert solver.support_set.size == 3
    np.testing.assert_allclose(
        params, least_squares(solver.support_set, design, response), atol=FITTED
    )


@ALL
def test_equal_columns_give_the_same_support_every_time(make):
    design = np.repeat(np.random.default_rng(0).standard_normal((30, 3)), 2, axis=1)
    problem = LeastSquares(design, design @ np.array([2.0, 0.0, 1.0, 0.0, 0.0, 0.0]))
    solvers = [make(6, 2) for _ in range(3)]
    params = [problem.solve(solver) for solver in solvers]
    assert all(np.array_equal(params[0], other) for other in params)


@ALL
def test_a_ratio_that_is_no_number_at_zero_is_searched_from_the_start(make):
    """0/0 at the zero vector: supports on which the objective is not finite are rejected."""
    matrix = np.diag([5.0, 1.0, 3.0, 4.0])

    def rayleigh(params):
        return params @ matrix @ params / (params @ params)

    solver = make(4, 2)
    solver.solve(rayleigh, init_params=np.array([1.0, 2.0, 1.5, 1.0]))
    assert np.all(np.isfinite(solver.params))
    assert 1.0 - FITTED <= solver.objective_value < 5.0


@ALL
def test_fits_that_give_no_number_are_rejected(make):
    quadratic = Quadratic([9.0, 1.0, 2.0, 3.0])
    exact = quadratic.minimise

    def failing(loss, value_and_grad, params, variables, data):
        found = exact(loss, value_and_grad, params, variables, data)
        return (np.nan, found[1]) if 0 in variables else found

    solver = make(4, 2, numeric_solver=failing)
    quadratic.solve(solver)
    assert np.all(np.isfinite(solver.params))
    assert np.isfinite(solver.objective_value)


@ALL
def test_a_domain_that_ends_is_not_left(make):
    """NaN where the sum reaches one, which a step of the gradient does."""

    def barrier(params):
        return -params[1] - jnp.log(1.0 - jnp.sum(params)) * 0.1 + jnp.sum(params**2)

    solver = make(3, 1)
    solver.solve(barrier)
    assert np.isfinite(solver.objective_value)
    assert solver.get_support().tolist() == [1]


@ALL
def test_exceptions_of_the_objective_pass_unchanged(make):
    class Mine(Exception):
        pass

    def failing(params):
        if np.any(params):
            raise Mine("here")
        return 1.0

    with pytest.raises(Mine, match="here"):
        make(3, 1).solve(failing, gradient=np.ones_like)


@ALL
def test_levels_are_chosen_from(make):
    solver = make(P, [0, 1, 2], sample_size=Y.size, ic_method=lambda loss, p, k, n: loss + k)
    solver.solve(sse)
    assert solver.get_support().tolist() == TRUTH


@ALL
def test_solving_leaves_the_parameters_of_the_constructor(make):
    solver = make(P, [2], preselect=[1], group=[0, 1, 2, 3, 4])
    before = {name: repr(value) for name, value in solver.get_params().items()}
    solver.solve(sse)
    assert {name: repr(value) for name, value in solver.get_params().items()} == before
    assert repr(clone(solver).get_params()) == repr(solver.get_params())


def test_exhaustive_search_equals_brute_force():
    rng = np.random.default_rng(7)
    design = rng.standard_normal((30, 7))
    response = rng.standard_normal(30)
    solver = BaseSolver(7, 3, preselect=[2])
    params = LeastSquares(design, response).solve(solver)
    losses = {
        (2, *pair): np.sum((response - design @ least_squares([2, *pair], design, response)) ** 2)
        for pair in itertools.combinations([0, 1, 3, 4, 5, 6], 2)
    }
    best = min(losses, key=losses.get)
    assert solver.get_support().tolist() == sorted(best)
    np.testing.assert_allclose(params, least_squares(sorted(best), design, response), atol=FITTED)


def test_exhaustive_search_starts_every_fit_from_the_initial_parameters():
    starts = []

    def recording(loss, value_and_grad, params, variables, data):
        starts.append((variables.tolist(), params.tolist()))
        return 1.0, params

    solver = BaseSolver(3, 2, numeric_solver=recording)
    Quadratic(np.ones(3)).solve(solver, init_params=np.array([7.0, 8.0, 9.0]))
    assert starts == [
        ([0, 1], [7.0, 8.0, 0.0]),
        ([0, 2], [7.0, 0.0, 9.0]),
        ([1, 2], [0.0, 8.0, 9.0]),
    ]
    assert solver.get_support().tolist() == [0, 1]  # the first of equals


@pytest.mark.parametrize(
    ("solver", "own"),
    [
        (HTPSolver, "preselect step_size"),
        (IHTSolver, "preselect step_size"),
        (FobaSolver, "use_gradient threshold foba_threshold_ratio strict_sparsity preselect"),
        (ForwardSolver, "threshold strict_sparsity preselect"),
        (OMPSolver, "threshold strict_sparsity preselect"),
    ],
)
def test_signatures_are_those_of_skscope(solver, own):
    names = [*own.split(), *COMMON.split()[1:]]
    parameters = inspect.signature(solver).parameters
    ours = ["time_limit", "callback"]
    assert list(parameters) == ["dimensionality", "sparsity", "sample_size", *names, *ours]
    assert all(parameters[name].kind is inspect.Parameter.KEYWORD_ONLY for name in names)


def test_kinship_is_that_of_skscope():
    assert issubclass(IHTSolver, HTPSolver)
    assert issubclass(OMPSolver, ForwardSolver)
    assert issubclass(ForwardSolver, FobaSolver)


def test_defaults_are_those_of_skscope():
    assert HTPSolver(3).step_size == IHTSolver(3).step_size == 0.005
    assert (
        FobaSolver(3).get_params().items()
        >= {
            "use_gradient": True,
            "threshold": 0.0,
            "foba_threshold_ratio": 0.5,
            "strict_sparsity": True,
            "max_iter": 100,
        }.items()
    )
    assert not ForwardSolver(3).use_gradient
    assert OMPSolver(3).use_gradient
