"""FoBa, forward selection and OMP: single steps computed by hand, thresholds, steps back."""

import functools

import numpy as np
import pytest
from algorithms import LeastSquares, Quadratic, Recorder, solve_level

from scope._solvers._greedy import FobaSolver, ForwardSolver, OMPSolver

FOBA_BY_DECREASE = functools.partial(FobaSolver, use_gradient=False)
ALL = pytest.mark.parametrize("make", [FobaSolver, FOBA_BY_DECREASE, ForwardSolver, OMPSolver])
FOBA = pytest.mark.parametrize("make", [FobaSolver, FOBA_BY_DECREASE])


def shadowed():
    """Y = x0 + x1; x2 is nearer to y than either, and worthless with both."""
    rng = np.random.default_rng(0)
    design = rng.standard_normal((200, 6))
    design[:, 2] = design[:, 0] + design[:, 1] + 0.3 * rng.standard_normal(200)
    design /= np.linalg.norm(design, axis=0)
    return LeastSquares(design, design[:, 0] + design[:, 1])


def support(solver, problem, **arguments):
    problem.solve(solver, **arguments)
    return solver.get_support().tolist()


def test_omp_adds_the_largest_gradient_and_forward_the_largest_decrease():
    quadratic = Quadratic([3.0, 1.0], curvature=[1.0, 4.0])  # gradients 3, 4; decreases 4.5, 2
    assert support(OMPSolver(2, 1), quadratic) == [1]
    assert support(ForwardSolver(2, 1), quadratic) == [0]


def test_foba_ranks_by_what_it_is_told():
    quadratic = Quadratic([3.0, 1.0], curvature=[1.0, 4.0])
    added = [
        Recorder(quadratic.minimise),
        Recorder(quadratic.minimise),
    ]
    for use_gradient, fits in zip([True, False], added, strict=True):
        quadratic.solve(
            FobaSolver(2, 1, use_gradient=use_gradient, max_iter=1, numeric_solver=fits)
        )
    assert added[0].variables == [[1]]
    assert added[1].variables == [[0], [1], [0]]  # each alone, then the better


def test_groups_are_ranked_by_the_norm_of_their_gradient():
    quadratic = Quadratic([3.0, 3.0, 4.0])
    assert support(OMPSolver(3, 1, group=[0, 0, 1]), quadratic) == [0, 1]


@ALL
def test_equal_promises_are_taken_by_index(make):
    quadratic = Quadratic([0.0, 2.0, -2.0, 2.0])
    assert support(make(4, 2), quadratic) == [1, 2]


def test_omp_costs_a_gradient_and_a_fit_for_each_addition():
    quadratic = Quadratic([1.0, 5.0, 3.0, 4.0])
    fits = Recorder(quadratic.minimise)
    params, variables = solve_level(OMPSolver, quadratic, 3, fits)
    assert fits.variables == [[1], [1, 3], [1, 2, 3]]
    assert quadratic.gradients == 3
    assert params.tolist() == [0.0, 5.0, 3.0, 4.0]
    assert variables.tolist() == [1, 2, 3]


def test_forward_fits_each_group_alone_with_the_others_fixed():
    quadratic = Quadratic([1.0, 5.0, 3.0])
    fits = Recorder(quadratic.minimise)
    quadratic.solve(ForwardSolver(3, 2, numeric_solver=fits))
    assert fits.variables == [[0], [1], [2], [1], [0], [2], [1, 2]]
    assert fits.starts[4] == [0.0, 5.0, 0.0]


def test_the_start_is_the_preselection_at_zero():
    quadratic = Quadratic([1.0, 5.0, 3.0])
    fits = Recorder(quadratic.minimise)
    quadratic.solve(
        OMPSolver(3, 2, preselect=[0], numeric_solver=fits),
        init_params=np.ones(3),
        init_support_set=[2],
    )
    assert fits.variables[0] == [0]
    assert fits.starts[0] == [0.0, 0.0, 0.0]


def test_greedy_additions_stay_and_foba_removes_them():
    problem = shadowed()
    assert 2 in support(OMPSolver(6, 2), problem)
    assert 2 in support(ForwardSolver(6, 2), problem)
    assert support(FobaSolver(6, 2), problem) == [0, 1]
    assert support(FobaSolver(6, 2, use_gradient=False), problem) == [0, 1]


@FOBA
def test_foba_does_not_remove_what_is_preselected(make):
    assert 2 in support(make(6, 2, preselect=[2]), shadowed())


def test_foba_removes_only_what_costs_less_than_its_part_of_the_gain():
    """After x2, x0 and x1 the removal of x2 costs nothing: even a small ratio allows it."""
    problem = shadowed()
    options = {"strict_sparsity": False, "threshold": 1e-6}
    never = FobaSolver(6, 2, foba_threshold_ratio=0.0, **options)
    ever = FobaSolver(6, 2, foba_threshold_ratio=0.5, **options)
    assert support(never, problem)[:3] == [0, 1, 2]
    assert support(ever, problem) == [0, 1]


@FOBA
def test_foba_goes_to_twice_the_level_and_comes_back(make):
    quadratic = Quadratic([6.0, 5.0, 4.0, 3.0, 2.0, 1.0])
    assert support(make(6, 2, strict_sparsity=False), quadratic) == [0, 1, 2, 3]
    assert support(make(6, 2), quadratic) == [0, 1]
    assert support(make(6, 4, strict_sparsity=False), quadratic) == [0, 1, 2, 3, 4, 5]


@FOBA
@pytest.mark.parametrize("max_iter", [0, 1])
def test_foba_with_few_iterations_is_completed(make, max_iter):
    quadratic = Quadratic([6.0, 5.0, 4.0, 3.0])
    assert support(make(4, 3, max_iter=max_iter), quadratic) == [0, 1, 2]
    loose = make(4, 3, max_iter=max_iter, strict_sparsity=False)
    assert support(loose, quadratic) == [0, 1, 2][:max_iter]


@pytest.mark.parametrize(
    ("make", "threshold"),
    [(OMPSolver, 10.0), (ForwardSolver, 5.0), (FobaSolver, 10.0), (FOBA_BY_DECREASE, 5.0)],
)
def test_a_threshold_is_in_the_unit_of_the_promise_and_yields_to_strictness(make, threshold):
    quadratic = Quadratic([4.0, 3.0, 3.5, 0.1])  # squared gradients 16, 9, 12.25; halves of them
    loose = make(4, 3, threshold=threshold, strict_sparsity=False)
    assert support(loose, quadratic) == [0, 2]
    assert support(make(4, 3, threshold=threshold), quadratic) == [0, 1, 2]


def test_groups_are_ranked_by_decrease_where_there_is_no_gradient():
    quadratic = Quadratic([1.0, 5.0, 3.0])
    solver = OMPSolver(3, 1, numeric_solver=quadratic.minimise)
    solver.solve(
        quadratic,
        gradient=lambda x: quadratic.gradient(x) if np.any(x) else np.full(3, np.nan),
        init_params=np.ones(3),
    )
    assert solver.get_support().tolist() == [1]


@ALL
def test_an_objective_that_is_not_finite_at_zero_is_entered_from_the_start(make):
    """Minus the sine of the angle to (3, 5, 4), scale-free: 0/0 at zero."""
    target = np.array([3.0, 5.0, 4.0])

    def objective(x):
        with np.errstate(invalid="ignore"):
            return float(-(x @ target) / np.sqrt(x @ x))

    def gradient(x):
        with np.errstate(invalid="ignore", divide="ignore"):
            norm = np.sqrt(x @ x)
            return -target / norm + (x @ target) * x / norm**3

    solver = make(3, 2)
    solver.solve(objective, gradient=gradient, init_params=np.ones(3))
    assert solver.get_support().tolist() == [1, 2]
    assert solver.objective_value == pytest.approx(-np.sqrt(41.0))


def test_what_a_class_cannot_be_told_is_no_parameter():
    for solver in (ForwardSolver, OMPSolver):
        assert not {"use_gradient", "foba_threshold_ratio"} & solver(3).get_params().keys()
        with pytest.raises(TypeError, match="use_gradient"):
            solver(3, use_gradient=True)
        with pytest.raises(ValueError, match="use_gradient"):
            solver(3).set_params(use_gradient=True)
