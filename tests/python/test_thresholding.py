"""HTP, IHT and GraSP: single steps computed by hand, ends, and steps that go wrong."""

import numpy as np
import pytest
from algorithms import LeastSquares, Quadratic, Recorder, solve_level

from scope._solvers._grasp import GraspSolver
from scope._solvers._thresholding import HTPSolver, IHTSolver
from scope.exceptions import InvalidArgumentError

BOTH = pytest.mark.parametrize("solver", [HTPSolver, IHTSolver])
ALL = pytest.mark.parametrize("solver", [HTPSolver, IHTSolver, GraspSolver])


def correlated(seed, n=60, p=20):
    rng = np.random.default_rng(seed)
    design = rng.standard_normal((n, p)) + 0.7 * rng.standard_normal((n, 1))
    return LeastSquares(design, design[:, :3] @ [2.0, -3.0, 4.0] + rng.standard_normal(n))


@pytest.mark.parametrize(("step_size", "start"), [(0.1, [0.9, 0.0, 0.0]), (0.5, [0.0, 2.0, 0.0])])
def test_htp_thresholds_a_step_along_the_gradient_and_fits(step_size, start):
    quadratic = Quadratic([0.0, 4.0, -3.0])
    fits = Recorder(quadratic.minimise)
    solver = HTPSolver(3, 1, step_size=step_size, max_iter=1, numeric_solver=fits)
    quadratic.solve(solver, init_params=np.array([1.0, 0.0, 0.0]))
    np.testing.assert_allclose(fits.starts, [start])


def test_htp_ends_when_a_support_comes_back():
    quadratic = Quadratic([0.0, 4.0, -3.0])
    fits = Recorder(quadratic.minimise)
    solver = HTPSolver(3, 1, step_size=0.5, numeric_solver=fits)
    quadratic.solve(solver)
    assert fits.variables == [[1]]
    assert solver.n_iters == 1


def test_htp_returns_the_best_support_of_a_circle():
    """Steps far too large: the support off the present one is always taken."""
    quadratic = Quadratic([1.0, 4.0, 3.0])
    fits = Recorder(quadratic.minimise)
    solver = HTPSolver(3, 1, step_size=100.0, numeric_solver=fits)
    quadratic.solve(solver)
    assert fits.variables == [[1], [2]]
    assert solver.get_support().tolist() == [1]
    assert solver.objective_value == min(fits.losses)


@ALL
def test_no_iterations_fit_the_thresholded_start(solver):
    quadratic = Quadratic([1.0, 4.0, -3.0])
    made = solver(3, 1, max_iter=0)
    quadratic.solve(made, init_params=np.array([2.0, 0.0, -1.0]))
    np.testing.assert_allclose(made.params, [1.0, 0.0, 0.0], atol=1e-6)
    assert made.n_iters == 0


@ALL
def test_there_is_no_iteration_count_before_a_solve(solver):
    with pytest.raises(AttributeError, match="n_iters"):
        solver(3, 1).n_iters  # noqa: B018


@pytest.mark.parametrize("solver", [HTPSolver, IHTSolver, GraspSolver])
@pytest.mark.parametrize("level", [1, 4])
def test_a_level_without_choice_costs_one_fit(solver, level):
    quadratic = Quadratic([1.0, 4.0, -3.0, 1.0])
    fits = Recorder(quadratic.minimise)
    quadratic.solve(solver(4, level, preselect=[2], numeric_solver=fits))
    assert fits.variables == [[2]] if level == 1 else [[0, 1, 2, 3]]


def test_iht_fits_once_when_two_supports_in_a_row_are_equal():
    quadratic = Quadratic([0.0, 4.0, -3.0])
    fits = Recorder(quadratic.minimise)
    solver = IHTSolver(3, 1, step_size=0.25, numeric_solver=fits)
    quadratic.solve(solver)
    assert fits.variables == [[1]]
    np.testing.assert_allclose(fits.starts, [[0.0, 1.75, 0.0]])  # 1, then 1 + 3 / 4
    assert solver.n_iters == 1


def test_iht_returns_the_best_point_when_supports_do_not_settle():
    quadratic = Quadratic([1.0, 4.0, 3.0])
    points = []

    class Watched(Quadratic):
        def gradient(self, params):
            points.append(params.copy())
            return super().gradient(params)

    watched = Watched(quadratic.target)
    _, variables = solve_level(IHTSolver, watched, 1, quadratic.minimise, step_size=1.9, max_iter=4)
    best = min(points[1:], key=quadratic)
    assert [np.flatnonzero(point).tolist() for point in points[1:]] == [[1], [2], [1]]
    assert variables.tolist() == np.flatnonzero(best).tolist()


def test_htp_costs_a_gradient_two_values_and_a_fit_an_iteration():
    quadratic = Quadratic([1.0, 4.0, 3.0])
    fits = Recorder(quadratic.minimise)
    solve_level(HTPSolver, quadratic, 1, fits, step_size=0.5)
    assert fits.variables == [[1]]
    assert quadratic.gradients == 2
    assert quadratic.values == 2 + 2  # two with the gradients


@BOTH
@pytest.mark.parametrize("step_size", [1.0, 1e10, 1e300])
def test_steps_far_too_large_give_a_fit_all_the_same(solver, step_size):
    problem = correlated(0)
    made = solver(20, 3, step_size=step_size)
    params = problem.solve(made)
    assert np.all(np.isfinite(params))
    assert made.objective_value <= problem(np.zeros(20))


@BOTH
@pytest.mark.parametrize("scale", [1e-8, 1.0, 1e8])
def test_automatic_steps_do_not_depend_on_the_unit_of_the_objective(solver, scale):
    problem = correlated(1)
    made = solver(20, 3, step_size=None)
    made.solve(lambda x: scale * problem(x), gradient=lambda x: scale * problem.gradient(x))
    assert made.get_support().tolist() == [0, 1, 2]


def test_automatic_steps_decrease_the_objective():
    paths = []
    for seed in range(5):
        rng = np.random.default_rng(seed)
        design = rng.standard_normal((40, 60)) + rng.standard_normal((40, 1))
        problem = LeastSquares(design, design[:, :8] @ np.ones(8) + rng.standard_normal(40))
        fits = Recorder(problem.minimise)
        problem.solve(HTPSolver(60, 8, step_size=None, numeric_solver=fits))
        paths.append(fits.losses)
    assert max(len(path) for path in paths) > 2
    assert all(np.all(np.diff(path) < 0) for path in paths)


@BOTH
def test_automatic_steps_manage_without_curvature(solver):
    """Concave near zero, where a quadratic model has no minimum."""

    def double_well(x):
        return float(np.sum((x**2 - [1.0, 9.0, 4.0]) ** 2))

    def gradient(x):
        return 4 * x * (x**2 - [1.0, 9.0, 4.0])

    made = solver(3, 1, step_size=None)
    made.solve(double_well, gradient=gradient, init_params=np.full(3, 0.1))
    assert made.get_support().tolist() == [1]
    assert abs(made.params[1]) == pytest.approx(3.0)


@BOTH
@pytest.mark.parametrize("step_size", [0.0, -1.0, np.nan, np.inf, "large"])
def test_a_step_is_positive(solver, step_size):
    with pytest.raises(InvalidArgumentError, match="step_size should be a positive number or None"):
        Quadratic([1.0, 2.0]).solve(solver(2, 1, step_size=step_size))


def test_a_step_from_which_there_is_no_gradient_ends_the_search():
    quadratic = Quadratic([0.0, 4.0, 3.0])
    solver = HTPSolver(3, 1, step_size=0.5, numeric_solver=quadratic.minimise)
    solver.solve(
        quadratic,
        gradient=lambda x: np.where(x[1] == 4.0, np.nan, quadratic.gradient(x)),
    )
    assert solver.get_support().tolist() == [1]


def test_grasp_fits_on_the_support_and_the_steepest_groups():
    quadratic = Quadratic([1.0, 5.0, 3.0, 0.0, 4.0])
    fits = Recorder(quadratic.minimise)
    solver = GraspSolver(5, 1, numeric_solver=fits)
    quadratic.solve(solver, init_params=np.array([0.5, 0.0, 0.0, 0.0, 0.0]))
    # First: 0 is in the support, 1 and 4 are the two steepest. Then 1 is in the support.
    assert fits.variables == [[0, 1, 4], [1, 2, 4]]
    assert solver.n_iters == 2
    assert solver.get_support().tolist() == [1]


def test_grasp_leaves_out_groups_without_gradient_and_keeps_the_preselected():
    quadratic = Quadratic([0.0, 5.0, 0.0, 0.0, 0.0])
    fits = Recorder(quadratic.minimise)
    quadratic.solve(GraspSolver(5, 2, preselect=[3], numeric_solver=fits))
    assert fits.variables == [[1, 3]]


def test_grasp_prunes_without_a_fit():
    problem = correlated(2)
    fits = Recorder(problem.minimise)
    solver = GraspSolver(20, 3, numeric_solver=fits, max_iter=1)
    params = problem.solve(solver)
    (union,) = fits.variables
    assert len(union) == 6
    refitted = np.linalg.lstsq(problem.design[:, union], problem.target, rcond=None)[0]
    kept = np.isin(union, solver.get_support())
    np.testing.assert_allclose(params[union], np.where(kept, refitted, 0.0), atol=1e-4)
