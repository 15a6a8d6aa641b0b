"""Error texts of the solvers beside ScopeSolver, and the order in which they come."""

import re

import numpy as np
import pytest
from published import EVERY, FAMILY, N, P, each, np_gradient, np_sse, split

from scope import BaseSolver
from scope.layer import Identity
from scope.utilities import AIC

LEVELS = "ic_method should be provided for choosing sparsity level with information criterion."
FOLDS = {"cv": 2, "sample_size": N, "split_method": split}


def integers(sign, name, wrong):
    return [(f"{name} should be an {sign} integer.", {name: value}) for value in wrong]


ERRORS = [  # in the order of the checks
    *integers("positive", "dimensionality", [0, 2.5, "5", None]),
    *integers("positive", "sample_size", [0, 2.5, None]),
    *integers("non-negative", "max_iter", [-1, 2.5, None]),
    ("Group should be an 1D array of integers.", {"group": np.zeros((P, 1), int)}),
    ("The length of group should be equal to dimensionality.", {"group": range(P + 1)}),
    ("Group should start from 0.", {"group": np.ones(P, int)}),
    ("Group should be an incremental integer array.", {"group": -np.arange(P)}),
    ("There is a gap in group.", {"group": 2 * np.arange(P)}),
    ("preselect should be between 0 and dimensionality.", {"preselect": [P]}),
    ("preselect should be between 0 and dimensionality.", {"preselect": [-1]}),
    ("Sparsity should not be empty.", {"sparsity": []}),
    ("There is an invalid sparsity.", {"sparsity": [1, P + 1]}),
    ("There is an invalid sparsity.", {"sparsity": [-1, 1]}),
    ("There is an invalid sparsity.", {"sparsity": 1, "preselect": [0, 1]}),
    ("cv should be an positive integer.", {"cv": 0}),
    (LEVELS, {"sparsity": [1, 2]}),
    ("sample_size should be given when using ic_method.", {"ic_method": AIC}),
    ("cv should not be greater than sample_size.", {"cv": 3, "sample_size": 2}),
    ("split_method should be provided when cv > 1.", FOLDS | {"split_method": None}),
    ("cv_fold_id should be an 1D array of integers.", FOLDS | {"cv_fold_id": np.eye(N, dtype=int)}),
    (
        "The length of cv_fold_id should be equal to sample_size.",
        FOLDS | {"cv_fold_id": np.tile([0, 1], N)},
    ),
    (
        "The number of different elements in cv_fold_id should be equal to cv.",
        FOLDS | {"cv_fold_id": np.zeros(N, int)},
    ),
    (
        "The initial active set should be an 1D array of integers.",
        {"init_support_set": np.zeros((2, 2), int)},
    ),
    ("init_support_set contains wrong index.", {"init_support_set": [P]}),
    ("init_support_set contains wrong index.", {"init_support_set": [-1]}),
    (
        "The length of init_params should be equal to dimensionality.",
        {"init_params": np.zeros(P + 1)},
    ),
]
ARGUMENTS_OF_SOLVE = {"init_support_set", "init_params", "layers"}
LATER = {  # wrong, and looked at after everything that precedes it in this table
    "dimensionality": (0, "dimensionality should be an positive integer."),
    "sample_size": (0, "sample_size should be an positive integer."),
    "max_iter": (-1, "max_iter should be an non-negative integer."),
    "group": (np.ones(P, int), "Group should start from 0."),
    "preselect": ([P], "preselect should be between 0 and dimensionality."),
    "sparsity": ([-1, 2], "There is an invalid sparsity."),
    "cv": (0, "cv should be an positive integer."),
    "layers": ([Identity(P + 1)], None),
    "init_support_set": ([P], "init_support_set contains wrong index."),
    "init_params": ([0.0], "The length of init_params should be equal to dimensionality."),
}


def solve(Solver, **options):
    call = {name: options.pop(name) for name in ARGUMENTS_OF_SOLVE & options.keys()}
    solver = Solver(**({"dimensionality": P, "sparsity": 2} | options))
    solver.solve(np_sse, gradient=np_gradient, **call)


def readable(value):
    return ", ".join(value) if isinstance(value, dict) else value[:50]


@each(FAMILY)
@pytest.mark.parametrize(("text", "options"), ERRORS, ids=readable)
def test_texts(Solver, text, options):
    with pytest.raises(ValueError, match=re.escape(text)):
        solve(Solver, **options)


@each(FAMILY)
@pytest.mark.parametrize("first", LATER)
def test_order(Solver, first):
    names = list(LATER)
    options = {name: LATER[name][0] for name in names[names.index(first) :]}
    text = LATER[first][1]
    expected = AssertionError if text is None else ValueError
    with pytest.raises(expected, match=text and re.escape(text)):
        solve(Solver, **options)


@EVERY
def test_nothing_is_validated_before_solve(Solver):
    solver = Solver(-1, "many", cv=None, group=object())
    assert solver.sparsity == "many"


def test_too_many_subsets():
    text = "The number of subsets is too large, please reduce the sparsity, dimensionality or"
    with pytest.raises(ValueError, match=text):
        solve(BaseSolver, max_iter=9)
    solve(BaseSolver, max_iter=10)  # 5 over 2


def test_preselection_reduces_the_number_of_subsets():
    solve(BaseSolver, max_iter=4, preselect=[0])  # 4 over 1
    with pytest.raises(ValueError, match="The number of subsets is too large"):
        solve(BaseSolver, max_iter=3, preselect=[0])


@pytest.mark.parametrize(
    ("text", "params", "variables"),
    [
        ("params should be a 1D np.ndarray.", np.zeros((P, 1)), np.arange(2)),
        ("optim_variable_set should be a 1D np.ndarray.", np.zeros(P), np.zeros((2, 1), int)),
    ],
)
def test_the_protected_hook_checks_its_arguments(text, params, variables):
    solver = BaseSolver(P, 2)
    with pytest.raises(ValueError, match=re.escape(text)):
        solver._numeric_solver(
            lambda x, _: np_sse(x),
            lambda x, _: (np_sse(x), np_gradient(x)),
            params,
            variables,
            None,
        )


def test_the_protected_hook_returns_a_pair_for_an_empty_set():
    loss, params = BaseSolver(P, 2)._numeric_solver(
        lambda x, _: np_sse(x),
        lambda x, _: (np_sse(x), np_gradient(x)),
        np.zeros(P),
        np.array([], dtype=int),
        None,
    )
    assert loss == np_sse(np.zeros(P))
    assert params.tolist() == [0.0] * P
