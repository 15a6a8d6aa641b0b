"""How a sparsity level is chosen: criteria, folds, golden section, screening; the path."""

import threading

import jax.numpy as jnp
import numpy as np
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import KFold

from scope import HTPSolver, ScopeSolver
from scope._folds import run_folds
from scope._path import search_golden
from scope._result import Result, Seconds
from scope.utilities import AIC, LinearSIC

SPLIT_OPTIONS = {"cv": 5, "split_method": lambda data, index: (data[0][index], data[1][index])}


def squared_error_of(theta, data):
    return jnp.sum((data[1] - data[0] @ theta) ** 2)


def result(level, criterion):
    empty = np.zeros(0)
    return Result(
        sparsity=level,
        params=empty,
        support_set=empty.astype(int),
        objective_value=0.0,
        information_criterion=criterion,
        cross_validation_loss=None,
        fold_losses=None,
        status="converged",
        swap_optimal="unchecked",
        n_iterations=0,
        n_exchanges=0,
        n_evaluations=0,
        n_hessians=0,
        structure="",
        stationarity=0.0,
        relative_stationarity=0.0,
        seconds=Seconds(0.0, 0.0, 0.0, 0.0, 0.0),
    )


@pytest.mark.parametrize("lower", [0, 3])
@pytest.mark.parametrize("width", [0, 1, 2, 3, 7, 40])
def test_golden_section_finds_the_bottom_of_a_valley(lower, width):
    for bottom in range(lower, lower + width + 1):
        tried = []

        def evaluate(levels, bottom=bottom, tried=tried):
            tried.extend(levels)
            return [result(level, (level - bottom) ** 2) for level in levels]

        path = search_golden(evaluate, lower, lower + width)
        assert path.best.sparsity == bottom
        assert len(tried) == len(set(tried)) == len(path)
        assert len(tried) <= 4 + np.log(width + 1) / np.log(1.6)


def test_of_equal_levels_the_sparsest_is_best():
    path = search_golden(lambda levels: [result(k, 1.0) for k in levels], 0, 3)
    assert path.best.sparsity == min(level.sparsity for level in path)


def test_a_criterion_that_is_nan_never_wins(squared_error):
    solver = ScopeSolver(
        10, [1, 2, 3], 60, ic_method=lambda loss, p, k, n: np.nan if k == 3 else loss
    )
    solver.solve(squared_error)
    assert solver.result.sparsity == 2


@pytest.mark.parametrize("Solver", [ScopeSolver, HTPSolver])
def test_the_criterion_gets_p_and_selected_variables(regression, Solver):
    X, y = regression
    seen = []

    def criterion(loss, p, k, n):
        seen.append((p, k, n))
        return loss

    group = [0, 0, 0, 1, 1, 1, 2, 2, 2, 3]
    solver = Solver(10, [1, 2], 60, group=group, preselect=[0], ic_method=criterion)
    solver.solve(lambda theta: jnp.sum((y - X @ theta) ** 2))
    assert seen == [(10, 3, 60), (10, 6, 60)]


@pytest.mark.parametrize("Solver", [ScopeSolver, HTPSolver])
@pytest.mark.parametrize("labels", [None, np.tile([7, -3, 100, 5, 0], 12)])
def test_fold_losses_are_those_of_refitting_by_hand(regression, Solver, labels):
    X, y = regression
    solver = Solver(10, [1, 3], 60, **SPLIT_OPTIONS, cv_fold_id=labels, random_state=4)
    solver.solve(squared_error_of, data=(X, y))
    if labels is None:
        folds = [test for _, test in KFold(5, shuffle=True, random_state=4).split(X)]
    else:
        folds = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    assert solver.result.sparsity == 3
    for fold, loss in zip(folds, solver.result.fold_losses, strict=True):
        train = np.setdiff1d(np.arange(60), fold)
        support = [2, 5, 7]  # clear in every fold
        fit = LinearRegression(fit_intercept=False).fit(X[train][:, support], y[train])
        expected = np.sum((y[fold] - fit.predict(X[fold][:, support])) ** 2)
        assert loss == pytest.approx(expected, rel=1e-8)
    assert solver.cross_validation_loss == pytest.approx(np.mean(solver.result.fold_losses))
    assert solver.eval_objective == pytest.approx(np.sum(solver.result.fold_losses))
    everything = LinearRegression(fit_intercept=False).fit(X[:, support], y)
    np.testing.assert_allclose(solver.params[support], everything.coef_, rtol=1e-8)
    assert [set(np.flatnonzero(solver.cv_fold_id_ == k)) for k in range(5)] == [
        set(fold) for fold in folds
    ]


@pytest.mark.parametrize("threads", [0, 2, 7])
@pytest.mark.parametrize("path_type", ["seq", "gs"])
def test_threads_change_no_bit(regression, threads, path_type):
    X, y = regression
    options = {**SPLIT_OPTIONS, "path_type": path_type, "random_state": 0}
    alone = ScopeSolver(10, range(6), 60, **options)
    together = ScopeSolver(10, range(6), 60, **options, thread=threads)
    np.testing.assert_array_equal(
        alone.solve(squared_error_of, data=(X, y)), together.solve(squared_error_of, data=(X, y))
    )
    assert [r.fold_losses for r in alone.path_] == [r.fold_losses for r in together.path_]


def test_folds_really_run_at_once():
    barrier = threading.Barrier(3, timeout=30)
    assert run_folds(lambda fold, _: (barrier.wait(), fold)[1], 3, 3) == [0, 1, 2]


def test_a_fold_that_fails_stops_the_others():
    stopped = threading.Event()

    def work(fold, monitor):
        if fold == 1:
            raise RuntimeError("fold 1")
        try:
            while True:
                monitor()
        finally:
            stopped.set()

    with pytest.raises(RuntimeError, match="fold 1"):
        run_folds(work, 2, 2)
    assert stopped.is_set()


@pytest.mark.parametrize("threads", [1, 2])
def test_an_error_in_a_fold_reaches_the_user(regression, threads):
    X, y = regression

    def split(data, index):
        if 0 not in index:
            raise KeyError("mine")
        return data[0][index], data[1][index]

    solver = ScopeSolver(10, 3, 60, cv=5, split_method=split, thread=threads)
    with pytest.raises(KeyError, match="mine"):
        solver.solve(squared_error_of, data=(X, y))
    solver.split_method = SPLIT_OPTIONS["split_method"]
    solver.solve(squared_error_of, data=(X, y))
    assert solver.get_support().tolist() == [2, 5, 7]


@pytest.mark.parametrize("Solver", [ScopeSolver, HTPSolver])
def test_without_data_an_objective_of_two_arguments_gets_indices(regression, Solver):
    X, y = (jnp.asarray(array) for array in regression)
    solver = Solver(10, range(5), 60, cv=3, cv_fold_id=np.arange(60) % 3)
    solver.solve(lambda theta, index: jnp.sum((y[index] - X[index] @ theta) ** 2))
    by_data = Solver(10, range(5), 60, **{**SPLIT_OPTIONS, "cv": 3}, cv_fold_id=np.arange(60) % 3)
    by_data.solve(squared_error_of, data=regression)
    np.testing.assert_allclose(solver.params, by_data.params, rtol=1e-6)
    np.testing.assert_allclose(solver.result.fold_losses, by_data.result.fold_losses, rtol=1e-5)


def test_a_bare_objective_needs_a_split_method(squared_error):
    solver = ScopeSolver(10, 3, 60, cv=5)
    with pytest.raises(ValueError, match=r"split_method should be provided when cv > 1\."):
        solver.solve(squared_error)


def test_golden_section_without_a_criterion_uses_aic(regression):
    X, y = regression
    solver = ScopeSolver(10, sample_size=60, path_type="gs", gs_lower_bound=1, gs_upper_bound=6)
    solver.solve(lambda theta: 30 * jnp.log(jnp.sum((y - X @ theta) ** 2)))
    assert {1, 6} >= {min(r.sparsity for r in solver.path_)} - {2, 3, 4, 5}
    assert solver.information_criterion == pytest.approx(
        AIC(solver.objective_value, 10, solver.result.sparsity, 60)
    )
    assert solver.information_criterion == min(r.information_criterion for r in solver.path_)


def test_the_path_is_kept(squared_error):
    solver = ScopeSolver(10, [0, 2, 3, 5], 60, ic_method=LinearSIC)
    solver.solve(squared_error)
    assert [level.sparsity for level in solver.path_] == [0, 2, 3, 5]
    values = [level.objective_value for level in solver.path_]
    assert values == sorted(values, reverse=True)
    assert solver.path_.best is solver.result
    assert solver.path_[2].support_set.tolist() == [2, 5, 7]
    table = str(solver.path_).splitlines()
    assert table[0].split() == [
        "sparsity", "objective_value", "information_criterion", "status", "swap_optimal", "support",
    ]  # fmt: skip
    assert table[3].endswith("{2, 5, 7}")
    assert [row.split()[0].endswith("*") for row in table[1:]] == [
        level is solver.result for level in solver.path_
    ]


def test_the_path_becomes_a_frame(regression):
    pandas = pytest.importorskip("pandas")
    X, y = regression
    solver = ScopeSolver(10, range(4), 60, **SPLIT_OPTIONS)
    solver.solve(squared_error_of, data=(X, y))
    frame = solver.path_.to_frame()
    assert isinstance(frame, pandas.DataFrame)
    assert frame.index.tolist() == [0, 1, 2, 3]
    assert frame.loc[3, "support_set"].tolist() == [2, 5, 7]
    assert frame.loc[3, "cross_validation_loss"] == solver.cross_validation_loss


@pytest.mark.parametrize("size", [3, 5, 10, 0])
def test_screening_keeps_the_answer_when_it_keeps_the_truth(squared_error, size):
    solver = ScopeSolver(10, 3, screening_size=size)
    everything = ScopeSolver(10, 3)
    np.testing.assert_allclose(
        solver.solve(squared_error), everything.solve(squared_error), atol=1e-9
    )


@pytest.mark.parametrize(("size", "expected"), [(1, [2]), (2, [0]), (3, [0])])
def test_screening_ranks_by_the_coefficient_of_a_variable_alone(size, expected):
    X = np.diag([1.0, 1.0, 0.01])
    y = np.array([3.0, 1.0, 0.5])  # alone: 3, 1 and 50, though the last one explains least
    solver = ScopeSolver(3, 1, screening_size=size)
    solver.solve(lambda theta: jnp.sum((y - X @ theta) ** 2))
    assert solver.get_support().tolist() == expected


def test_screening_with_groups_preselection_and_a_numeric_solver(regression):
    X, y = regression
    seen = []

    def numeric_solver(objective, value_and_grad, params, variables, data):
        assert params.shape == (10,)
        seen.append(tuple(variables))
        fit = np.linalg.lstsq(X[:, variables], y, rcond=None)[0]
        params[variables] = fit
        return objective(params, data), params

    group = [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    solver = ScopeSolver(
        10, 4, group=group, preselect=[4], screening_size=4, numeric_solver=numeric_solver
    )
    solver.solve(lambda theta: jnp.sum((y - X @ theta) ** 2), init_support_set=[0])
    assert {group[j] for j in solver.support_set} == {1, 2, 3, 4}
    assert (8, 9) in seen  # alone, while screening
    assert all(len(variables) in (2, 8) for variables in seen)


def test_the_user_s_random_numbers_are_not_touched(regression):
    X, y = regression
    before = np.random.get_state()[1].copy()  # noqa: NPY002  # the global one
    solver = ScopeSolver(10, range(3), 60, **SPLIT_OPTIONS)
    solver.solve(squared_error_of, data=(X, y))
    first = solver.cv_fold_id_
    solver.solve(squared_error_of, data=(X, y))
    np.testing.assert_array_equal(first, solver.cv_fold_id_)
    np.testing.assert_array_equal(before, np.random.get_state()[1])  # noqa: NPY002
    assert solver.cv_fold_id is None
