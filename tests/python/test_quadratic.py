"""The quadratic objectives of skscope's native module and of its earliest versions."""

import copy
import pickle

import numpy as np
import pytest
from sklearn.datasets import make_regression

from scope import ScopeSolver
from scope._scope import QuadraticData, quadratic_grad, quadratic_hess, quadratic_loss
from scope.model import quadratic_objective

X, Y, TRUTH = make_regression(100, 5, n_informative=2, coef=True, random_state=1)
SUPPORT = np.flatnonzero(TRUTH)
DATA = QuadraticData(X.T @ X, -X.T @ Y)
RTOL = 1e-8  # of Newton's last step, the noise-free coefficients are exact


def assert_solved(solver):
    assert solver.get_support().tolist() == SUPPORT.tolist()
    np.testing.assert_allclose(solver.params, TRUTH, rtol=RTOL, atol=1e-8)


@pytest.mark.parametrize("use_hessian", [True, False])
def test_the_native_objective_is_solved_as_a_form(use_hessian):
    solver = ScopeSolver(5, sparsity=2)
    solver.cpp, solver.use_hessian = True, use_hessian
    solver.solve(quadratic_loss, data=DATA)
    assert_solved(solver)
    assert solver.explain(quadratic_loss, DATA).startswith("composite: a quadratic form")


@pytest.mark.parametrize("use_hessian", [True, False])
def test_the_functions_serve_as_callbacks(use_hessian):
    solver = ScopeSolver(5, sparsity=2)
    solver.hessian = quadratic_hess
    solver.use_hessian = use_hessian
    solver.solve(quadratic_loss, data=DATA, gradient=quadratic_grad)
    assert_solved(solver)


def test_derivatives_are_those_of_the_loss():
    rng = np.random.default_rng(0)
    data = QuadraticData(rng.standard_normal((4, 4)), rng.standard_normal(4))  # not symmetric
    x, step = rng.standard_normal(4), 1e-6
    differences = [
        (quadratic_loss(x + move, data) - quadratic_loss(x - move, data)) / (2 * step)
        for move in step * np.eye(4)
    ]
    np.testing.assert_allclose(quadratic_grad(x, data), differences, rtol=1e-7)
    moved = np.array([quadratic_grad(x + unit, data) for unit in np.eye(4)])
    np.testing.assert_allclose(quadratic_hess(x, data), moved - quadratic_grad(x, data))


def test_data_are_shared_not_copied_and_can_be_pickled():
    Q = np.eye(2)
    assert QuadraticData(Q, np.ones(2)).Q is Q
    for copied in (copy.deepcopy(DATA), pickle.loads(pickle.dumps(DATA))):
        np.testing.assert_array_equal(copied.Q, DATA.Q)


@pytest.mark.parametrize("autodiff", [True, False])
def test_the_model_of_early_versions(autodiff):
    model = quadratic_objective(DATA.Q, DATA.p, autodiff=autodiff)
    assert set(model) == {"objective", "gradient", "hessian", "data"}
    assert (model["gradient"] is None) == autodiff
    solver = ScopeSolver(5, sparsity=2)
    solver.hessian = model.pop("hessian")
    solver.solve(**model)
    assert_solved(solver)


@pytest.mark.parametrize(
    ("Q", "p", "text"),
    [
        (np.ones(3), np.ones(3), "Q must be a square matrix."),
        (np.ones((3, 2)), np.ones(3), "Q must be a square matrix."),
        (np.eye(3), np.ones((3, 1)), "p must be a vector."),
        (np.eye(3), np.ones(2), "The length of p must match the size of Q."),
    ],
)
def test_shapes_are_checked(Q, p, text):
    with pytest.raises(ValueError, match=text):
        quadratic_objective(Q, p)
