"""What a program written for skscope sees: the assertions of skscope's own tests, and more."""

import numpy as np
import pytest
from published import (
    COEF,
    DATA,
    EVERY,
    FITTED,
    REFITTING,
    TRUTH,
    N,
    P,
    best_subset,
    each,
    least_squares,
    noisy,
    np_gradient,
    np_hessian,
    np_sse,
    solve_by_hand,
    split,
    sse,
    sse_of,
)
from sklearn.model_selection import KFold

from scope import BaseSolver, GraspSolver, HTPSolver, IHTSolver, ScopeSolver
from scope.numeric_solver import convex_solver_BFGS
from scope.utilities import LinearSIC

BOTH = each([ScopeSolver, BaseSolver])
LABELS = np.repeat([0, 1], N // 2)
UNSET = [
    "params",
    "support_set",
    "objective_value",
    "get_result",
    "get_estimated_params",
    "get_support",
]


def criterion(solver):
    """The value that chose the level, whatever the family calls it."""
    return getattr(solver, "information_criterion" if is_scope(solver) else "eval_objective")


def is_scope(solver):
    return isinstance(solver, ScopeSolver)


# --- the true support --------------------------------------------------------------------------


@EVERY
def test_the_true_support_is_recovered(Solver):
    solver = Solver(P, 2)
    params = solver.solve(sse, jit=True)
    assert solver.get_result()["support_set"].tolist() == TRUTH
    np.testing.assert_allclose(params, COEF, atol=FITTED)


@EVERY
def test_it_is_recovered_after_a_round_trip_of_the_configuration(Solver):
    solver = Solver(P, 2)
    assert solver.set_config(**solver.get_config()) is solver
    solver.solve(sse, jit=True)
    assert solver.get_support().tolist() == TRUTH


@EVERY
def test_the_best_subset_of_noisy_data(Solver):
    solver = solve_by_hand(Solver(P, 2))
    assert solver.support_set.tolist() == best_subset(2)


@EVERY
def test_another_numeric_solver(Solver):
    solver = solve_by_hand(Solver(P, 2, numeric_solver=convex_solver_BFGS))
    assert solver.get_support().tolist() == TRUTH


@EVERY
@pytest.mark.parametrize(
    "start",
    [{"init_support_set": [0, 1, 2]}, {"init_params": np.ones(P)}],
    ids=["longer than the level", "ones"],
)
def test_starts(Solver, start):
    assert solve_by_hand(Solver(P, 2), **start).get_support().tolist() == TRUTH


@each(REFITTING)
def test_numpy_with_gradient_and_hessian(Solver):
    solver = Solver(P, 2)
    solver.use_hessian = True
    solver.hessian = np_hessian
    params = solve_by_hand(solver).params
    np.testing.assert_allclose(params, least_squares(TRUTH), atol=FITTED)


@EVERY
def test_the_positional_order_of_solve(Solver):
    seen = []

    def gradient(params, data):
        seen.append(data is DATA)
        return np_gradient(params)

    start, params = [1, 3], np.full(P, 2.0)
    order = (start, params, gradient) if Solver is ScopeSolver else (gradient, start, params)
    solver = Solver(P, 2)
    solver.solve(lambda theta, data: np_sse(theta), DATA, [], *order, False)
    assert seen
    assert all(seen)
    assert solver.support_set.tolist() == TRUTH


# --- results -----------------------------------------------------------------------------------


@EVERY
def test_the_keys_of_a_result(Solver):
    result = solve_by_hand(Solver(P, 2)).get_result()
    chosen = (
        ["information_criterion", "cross_validation_loss"]
        if Solver is ScopeSolver
        else ["eval_objective"]
    )
    expected = ["params", "support_set", "objective_value", *chosen]
    assert list(result)[: len(expected)] == expected


@EVERY
@pytest.mark.parametrize("name", UNSET)
def test_there_is_nothing_to_read_before_solve(Solver, name):
    with pytest.raises(AttributeError):
        getattr(Solver(P, 2), name)()


@EVERY
def test_types_and_zeros_of_a_result(Solver):
    solver = Solver(P, 2)
    params = solver.solve(noisy)
    assert type(params) is np.ndarray
    assert params.dtype == np.float64
    assert params is solver.params is solver.get_estimated_params()
    assert solver.get_support() is solver.support_set
    assert np.flatnonzero(params).tolist() == solver.support_set.tolist() == TRUTH
    assert type(solver.objective_value) is float
    assert solver.objective_value == pytest.approx(np_sse(params), rel=1e-9)


@each([HTPSolver, IHTSolver, GraspSolver])
def test_iterations_are_counted_where_skscope_counts_them(Solver):
    solver = solve_by_hand(Solver(P, 2))
    assert 0 <= solver.n_iters <= solver.max_iter


def test_a_variable_whose_estimate_is_zero_is_not_listed():
    solver = BaseSolver(3, 2)
    solver.solve(lambda x: float(x @ x), gradient=lambda x: 2 * x)
    assert solver.support_set.tolist() == []


# --- levels and folds --------------------------------------------------------------------------


@each(REFITTING)
def test_levels_by_an_information_criterion(Solver):
    solver = solve_by_hand(Solver(P, [0, 2], N, ic_method=LinearSIC))
    losses = {level: np_sse(least_squares(TRUTH[:level])) for level in (0, 2)}
    values = {
        level: N * np.log(loss) + 2 * level * np.log(np.log(N)) * np.log(P)
        for level, loss in losses.items()
    }
    assert solver.support_set.size == min(values, key=values.get)
    assert criterion(solver) == pytest.approx(min(values.values()), rel=1e-9)


def folds_of(labels, seed):
    if labels is None:
        return [test for _, test in KFold(2, shuffle=True, random_state=seed).split(DATA[0])]
    return [np.flatnonzero(labels == label) for label in np.unique(labels)]


@each(REFITTING)
@pytest.mark.parametrize("labels", [None, LABELS], ids=["random", "given"])
def test_levels_by_folds(Solver, labels):
    solver = Solver(P, [0, 2], N, cv=2, split_method=split, cv_fold_id=labels, random_state=3)
    solver.solve(sse_of, data=DATA)
    losses = []
    for fold in folds_of(labels, 3):
        train, test = split(DATA, np.setdiff1d(np.arange(N), fold)), split(DATA, fold)
        fit = least_squares(TRUTH, *train)
        losses.append(np.sum((test[1] - test[0] @ fit) ** 2))
    assert solver.support_set.tolist() == TRUTH
    found, expected = (
        (solver.cross_validation_loss, np.mean(losses))
        if Solver is ScopeSolver
        else (solver.eval_objective, np.sum(losses))
    )
    assert found == pytest.approx(expected, rel=1e-6)


@BOTH
def test_an_objective_of_one_argument_sees_all_data_in_every_fold(Solver):
    solver = solve_by_hand(Solver(P, [0, 2], N, cv=2, split_method=split), data=DATA)
    mean = solver.cross_validation_loss if is_scope(solver) else solver.eval_objective / 2
    assert mean == pytest.approx(np_sse(least_squares(TRUTH)), rel=1e-6)


@EVERY
def test_the_default_levels_need_a_criterion(Solver):
    with pytest.raises(ValueError, match="ic_method should be provided for choosing sparsity"):
        solve_by_hand(Solver(P))
    solver = solve_by_hand(Solver(P, None, N, ic_method=LinearSIC))
    assert solver.support_set.tolist() == TRUTH


# --- ScopeSolver's options together ------------------------------------------------------------

GOLDEN = {"path_type": "gs", "sample_size": N}
COMBINATIONS = {
    "best size": {"greedy": False},
    "fixed cap": {"is_dynamic_max_exchange_num": False},
    "gs, groups of one, screening, taper, small pool, preselected": {
        **GOLDEN,
        "gs_lower_bound": 1,
        "gs_upper_bound": 3,
        "ic_method": LinearSIC,
        "group": range(P),
        "screening_size": 5,
        "splicing_type": "taper",
        "important_search": 1,
        "preselect": [3],
    },
}


@pytest.mark.parametrize("options", COMBINATIONS.values(), ids=COMBINATIONS.keys())
def test_options_together(options):
    solver = solve_by_hand(ScopeSolver(P, 2, **options))
    assert solver.support_set.tolist() == TRUTH
    np.testing.assert_allclose(solver.params, least_squares(TRUTH), atol=FITTED)


def test_golden_section_with_folds_groups_and_screening():
    group = [0, 0, 1, 2, 3]
    solver = ScopeSolver(
        P, **GOLDEN, cv=2, split_method=split, group=group, screening_size=0, random_state=1
    )
    solver.solve(sse_of, data=DATA)
    chosen = {group[j] for j in solver.support_set}
    assert chosen >= {group[j] for j in TRUTH}
    assert solver.support_set.tolist() == [j for j in range(P) if group[j] in chosen]
    assert solver.information_criterion == pytest.approx(
        2 * solver.objective_value + 2 * solver.support_set.size
    )


class Quadratic:
    """x'Qx / 2 + p'x, which is half the sum of squares but for a constant."""

    Q, p = DATA[0].T @ DATA[0], -DATA[0].T @ DATA[1]


@pytest.mark.parametrize("use_hessian", [False, True])
def test_callbacks_on_a_user_s_class(use_hessian):
    solver = ScopeSolver(P, 2)
    solver.use_hessian = use_hessian
    solver.hessian = lambda x, data: data.Q
    solver.solve(
        lambda x, data: x @ data.Q @ x / 2 + data.p @ x,
        data=Quadratic(),
        gradient=lambda x, data: data.Q @ x + data.p,
    )
    np.testing.assert_allclose(solver.params, least_squares(TRUTH), atol=FITTED)


# --- groups and preselection -------------------------------------------------------------------


@EVERY
def test_preselected_variables_are_returned(Solver):
    solver = solve_by_hand(Solver(P, 2, preselect=[0, 1]))
    assert solver.get_support().tolist() == [0, 1]


@EVERY
def test_groups_are_whole(Solver):
    group = [[0, 1], [2, 3, 4]]
    solver = solve_by_hand(Solver(P, 1, group=[0, 0, 1, 1, 1]))
    assert solver.get_support().tolist() in group


@EVERY
@pytest.mark.parametrize("preselect", [0, [0, 0], np.array([0]), np.int64(0)], ids=repr)
def test_what_is_preselected_counts(Solver, preselect):
    assert solve_by_hand(Solver(P, 2, preselect=preselect)).get_support().tolist() == [0, 3]
