"""PDAS: exchanges computed by hand, first supports, and what fails in skscope."""

import numpy as np
import pytest
from algorithms import TRUTH, LeastSquares, P, Quadratic, Recorder, X, Y, sse

from scope._solvers._groups import Groups, largest
from scope._solvers._primal_dual import PDASSolver
from scope.utilities import LinearSIC


def first_support(solver, quadratic, **arguments):
    fits = solver.numeric_solver = Recorder(quadratic.minimise)
    quadratic.solve(solver, **arguments)
    return fits.variables[0]


@pytest.mark.parametrize(("second", "kept"), [(1.0, [1]), (0.5, [0])])
def test_groups_are_ranked_by_loss_and_gain_in_the_quadratic_model(second, kept):
    # Without 0 the loss is 9 / 2; with 1 the gain is 16 second^2 / 2.
    quadratic = Quadratic([3.0, second], curvature=[1.0, 16.0])
    solver = PDASSolver(2, 1)
    quadratic.solve(solver, init_support_set=[0])
    assert solver.get_support().tolist() == kept


def test_it_ends_when_the_support_stays():
    quadratic = Quadratic([3.0, 2.0, 1.0])
    fits = Recorder(quadratic.minimise)
    quadratic.solve(PDASSolver(3, 1, numeric_solver=fits), init_support_set=[2])
    assert fits.variables == [[2], [0]]


def test_a_first_support_that_is_complete_is_searched_from():
    solver = PDASSolver(P, 2)
    solver.solve(sse, init_support_set=[0, 2])
    assert solver.get_support().tolist() == TRUTH


def test_no_iterations_fit_the_first_support():
    quadratic = Quadratic([3.0, 2.0, 1.0])
    solver = PDASSolver(3, 1, max_iter=0)
    quadratic.solve(solver, init_support_set=[2])
    assert solver.get_support().tolist() == [2]


def test_a_first_support_that_is_too_long_is_cut_by_the_initial_parameters():
    quadratic = Quadratic(np.ones(6))
    params = np.array([9.0, 1.0, -3.0, 2.0, 0.0, 0.0])
    for start, expected in [(params, [2, 3]), (np.zeros(6), [1, 2])]:
        arguments = {"init_support_set": [1, 2, 3], "init_params": start}
        assert first_support(PDASSolver(6, 2), quadratic, **arguments) == expected
    held = PDASSolver(6, 2, preselect=[4])
    assert first_support(held, quadratic, **arguments) == [1, 4]


@pytest.mark.parametrize("seed", [None, *range(20)])
def test_a_first_support_is_completed_to_the_level_by_one_draw(seed):
    quadratic = Quadratic(np.ones(8))
    supports = [
        first_support(
            PDASSolver(8, 4, preselect=[7], random_state=seed), quadratic, init_support_set=[2]
        )
        for _ in range(2)
    ]
    assert supports[0] == supports[1]
    assert len(set(supports[0])) == 4
    assert {2, 7} < set(supports[0])


def test_without_a_seed_the_scores_at_the_start_complete_the_first_support():
    quadratic = Quadratic([3.0, 1.0, -2.0, 0.0, 5.0])  # scores 9, 1, 4, 0, 25, all halved
    assert first_support(PDASSolver(5, 2), quadratic) == [0, 4]
    assert first_support(PDASSolver(5, 2), quadratic, init_support_set=[3]) == [3, 4]


def test_seeds_make_a_difference():
    quadratic = Quadratic(np.ones(20))
    supports = {
        tuple(first_support(PDASSolver(20, 3, random_state=seed), quadratic)) for seed in range(5)
    }
    assert len(supports) > 1


def test_initial_variables_name_their_groups():
    quadratic = Quadratic(np.ones(6))
    solver = PDASSolver(6, 1, group=[0, 0, 1, 1, 2, 2])
    assert first_support(solver, quadratic, init_support_set=[5]) == [4, 5]


def test_scores_are_summed_over_groups():
    quadratic = Quadratic([2.0, 2.0, 2.0, 2.5, 0.0])
    solver = PDASSolver(5, 1, group=[0, 0, 0, 1, 1])
    quadratic.solve(solver, init_support_set=[4])
    assert solver.get_support().tolist() == [0, 1, 2]


def test_a_level_is_chosen_by_a_criterion():
    solver = PDASSolver(P, [0, 1, 2], sample_size=Y.size, ic_method=LinearSIC)
    solver.solve(sse)
    assert solver.get_support().tolist() == TRUTH


def test_the_best_support_of_a_circle_is_returned():
    """Nearly equal columns: each support promises more from the other one."""
    for seed in range(20):
        rng = np.random.default_rng(seed)
        design = rng.standard_normal((15, 1)) + 0.2 * rng.standard_normal((15, 12))
        problem = LeastSquares(design, design[:, :4].sum(axis=1) + rng.standard_normal(15))
        fits = Recorder(problem.minimise)
        solver = PDASSolver(12, 4, numeric_solver=fits)
        problem.solve(solver)
        assert solver.objective_value == pytest.approx(min(fits.losses))
        assert len({tuple(variables) for variables in fits.variables}) == len(fits.variables)


@pytest.mark.parametrize("diagonal", [[-1.0, 1.0, 1.0], [0.0] * 3, [np.nan, 1.0, np.inf]])
def test_curvature_that_is_not_positive_is_replaced(diagonal):
    class Curved(PDASSolver):
        def _diagonal_hessian(self, params, data):
            return np.array(diagonal)

    quadratic = Quadratic([5.0, 1.0, 3.0])
    solver = Curved(3, 1)
    quadratic.solve(solver, init_support_set=[1])
    assert solver.get_support().tolist() == [0]


def test_a_point_without_gradient_ends_the_search():
    quadratic = Quadratic([5.0, 1.0, 3.0])
    solver = PDASSolver(3, 1, numeric_solver=quadratic.minimise)
    solver.solve(
        quadratic,
        gradient=lambda x: np.full(3, np.nan) if x[0] == 5.0 else quadratic.gradient(x),
        init_support_set=[1],
    )
    assert solver.get_support().tolist() == [0]


def test_level_lists_start_from_the_level_before():
    solver = PDASSolver(P, [1, 2], sample_size=Y.size, ic_method=LinearSIC)
    solver.solve(sse)
    np.testing.assert_allclose(
        solver.params[TRUTH], np.linalg.lstsq(X[:, TRUTH], Y, rcond=None)[0], atol=1e-4
    )


def test_largest_ranks_equals_by_index_and_nan_last():
    scores = np.array([1.0, np.nan, 2.0, 1.0, np.inf])
    none = np.empty(0, dtype=np.intp)
    assert largest(scores, 3, none).tolist() == [0, 2, 4]
    assert largest(scores, 5, none).tolist() == [0, 1, 2, 3, 4]
    assert largest(scores, 2, np.array([1])).tolist() == [1, 4]
    assert largest(scores, 0, none).tolist() == []


def test_groups_translate_between_variables_and_groups():
    groups = Groups.from_labels(np.array([0, 0, 1, 2, 2, 2]))
    assert groups.count == 3
    assert groups.squares(np.array([1.0, 2.0, 3.0, 1.0, 1.0, 1.0])).tolist() == [5.0, 9.0, 3.0]
    assert groups.squares(np.full(6, 1e200)).tolist() == [np.inf] * 3
    assert groups.variables(np.array([2, 0])).tolist() == [0, 1, 3, 4, 5]
    assert groups.of(np.array([5, 3, 0])).tolist() == [0, 2]
    assert groups.others(np.array([1])).tolist() == [0, 2]
    assert groups.variables(np.empty(0, dtype=np.intp)).tolist() == []
