"""Layers: what they compute, and that solves with them find the optimum of the composition."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import lsq_linear, nnls

from scope import HTPSolver, ScopeSolver
from scope.layer import (
    BoxConstraint,
    Identity,
    LinearConstraint,
    NonNegative,
    OffsetSparse,
    SimplexConstraint,
)

LAYERS = [
    Identity(3),
    NonNegative(3),
    LinearConstraint(3),
    LinearConstraint(3, 2.0),
    SimplexConstraint(3, [1.0, 2.0, 3.0]),
    SimplexConstraint(3, 2.0),
    BoxConstraint(3, -1.0, [0.5, 1.0, 2.0]),
    OffsetSparse(3, -1.0),
]


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: type(layer).__name__)
def test_layers_are_pytrees(layer):
    x = np.array([-2.0, 0.5, 3.0])
    leaves, structure = jax.tree_util.tree_flatten(layer)
    again = jax.tree_util.tree_unflatten(structure, leaves)
    assert type(again) is type(layer)
    assert again.in_features == again.out_features == 3
    through_jit = jax.jit(lambda own, at: own.transform_params(at))(layer, x)
    np.testing.assert_allclose(through_jit, layer.transform_params(x), rtol=1e-6)
    np.testing.assert_array_equal(again.transform_params(x), layer.transform_params(x))


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (NonNegative(2), [3.0, 1.0]),
        (LinearConstraint(2), [1.5, -0.5]),
        (LinearConstraint(2, [1.0, 3.0]), [3.0, -1.0]),
        (SimplexConstraint(2), [0.75, 0.25]),
        (BoxConstraint(2, [-1.0, -0.5], 2.0), [2.0, -0.5]),
        (OffsetSparse(2, [1.0, -1.0]), [4.0, -2.0]),
    ],
)
def test_what_layers_compute(layer, expected):
    np.testing.assert_allclose(layer.transform_params(np.array([3.0, -1.0])), expected)


def test_a_total_near_zero_is_no_divisor():
    x = np.array([1.0, -1.0])
    np.testing.assert_array_equal(LinearConstraint(2).transform_params(x), x)
    np.testing.assert_array_equal(SimplexConstraint(2).transform_params(0 * x), 0 * x)


@pytest.mark.parametrize("make", [LinearConstraint, SimplexConstraint, OffsetSparse])
def test_a_wrong_length_is_an_assertion_error(make):
    with pytest.raises(AssertionError, match=r"\(3,\)"):
        make(3, np.ones(2))


def best_of_all_supports(X, y, s, fit):
    losses = {}
    for support in itertools.combinations(range(X.shape[1]), s):
        z = fit(X[:, support], y)
        losses[support] = np.sum((y - X[:, support] @ z) ** 2)
    return min(losses.items(), key=lambda item: item[1])


@pytest.mark.parametrize("Solver", [ScopeSolver, HTPSolver])
def test_non_negative_least_squares_over_all_supports(squared_error, regression, Solver):
    X, y = regression
    support, loss = best_of_all_supports(X, y, 2, lambda A, b: nnls(A, b)[0])
    solver = Solver(10, 2)
    params = solver.solve(squared_error, layers=[NonNegative(10)])
    assert params.dtype == np.float64
    assert np.all(params >= 0)
    assert solver.objective_value == pytest.approx(loss, rel=1e-8)
    assert solver.get_support().tolist() == list(support)


@pytest.mark.parametrize("upper", [1.0, np.linspace(0.5, 3.0, 10)])
def test_bounded_least_squares_over_all_supports(squared_error, regression, upper):
    X, y = regression
    top = np.broadcast_to(upper, 10)
    losses = {
        support: np.sum(
            (y - X[:, support] @ lsq_linear(X[:, support], y, (-1.0, top[list(support)])).x) ** 2
        )
        for support in itertools.combinations(range(10), 3)
    }
    solver = ScopeSolver(10, 3)
    params = solver.solve(squared_error, layers=[BoxConstraint(10, -1.0, upper)])
    assert np.all((params >= -1.0) & (params <= top))
    assert solver.objective_value <= min(losses.values()) * (1 + 1e-6)


def test_an_offset_moves_what_is_sparse(squared_error):
    solver = ScopeSolver(10, 3)
    params = solver.solve(squared_error, layers=[OffsetSparse(10, -1.0)])
    assert np.sum(params == -1.0) == 7
    assert solver.objective_value == pytest.approx(float(squared_error(params)), rel=1e-5)
    assert "composite" in solver.result.structure


@pytest.mark.parametrize("constraint", [LinearConstraint, SimplexConstraint])
def test_sums_are_one(squared_error, constraint):
    solver = ScopeSolver(10, 3, random_state=42)
    params = solver.solve(squared_error, layers=[Identity(10), constraint(10)])
    assert params.sum() == pytest.approx(1.0)
    again = ScopeSolver(10, 3, random_state=42).solve(squared_error, layers=[constraint(10)])
    np.testing.assert_array_equal(params, again)


def test_the_first_layer_comes_first(squared_error):
    layers = [OffsetSparse(10, 2.0), NonNegative(10)]
    params = ScopeSolver(10, 3).solve(squared_error, layers=layers)
    assert np.sum(params == 2.0) == 7  # |0 + 2|, not |0| + 2 of something clipped
    assert np.all(params >= 0)


@pytest.mark.parametrize("layer", LAYERS[1:], ids=lambda layer: type(layer).__name__)
@pytest.mark.parametrize("jit", [False, True])
def test_the_user_s_gradient_goes_through_the_chain_rule(layer, jit):
    rng = np.random.default_rng(5)
    A, b = rng.standard_normal((20, 3)), rng.standard_normal(20)

    def objective(params):
        return ((b - A @ params) ** 2).sum()

    def gradient(params):
        return -2 * A.T @ (b - A @ params)

    options = {"layers": [layer], "init_params": np.array([0.3, 0.4, 0.5])}
    ours = ScopeSolver(3, 3).solve(objective, **options)
    by_user = ScopeSolver(3, 3).solve(objective, gradient=gradient, jit=jit, **options)
    assert objective(by_user) == pytest.approx(objective(ours), rel=1e-5)


def test_a_user_s_hessian_is_of_another_function(squared_error):
    solver = ScopeSolver(10, 3)
    solver.hessian = lambda theta: np.eye(10)
    with pytest.raises(ValueError, match="hessian cannot be used with layers"):
        solver.solve(squared_error, layers=[NonNegative(10)])


class Repeated(Identity):
    """Every parameter twice: a layer that changes the dimension."""

    def __init__(self, dimensionality):
        super().__init__(dimensionality)
        self.in_features = dimensionality // 2

    def transform_params(self, x):
        return jnp.repeat(x, 2)

    def transform_group(self, group):
        return np.asarray(group)[::2] // 2

    def transform_preselect(self, preselect):
        return np.unique(np.asarray(preselect) // 2)

    def transform_sparsity(self, sparsity):
        return np.asarray(sparsity) // 2


@pytest.mark.parametrize("Solver", [ScopeSolver, HTPSolver])
def test_a_layer_may_change_the_dimension(Solver):
    rng = np.random.default_rng(1)
    X = rng.standard_normal((50, 10))
    y = X @ np.repeat([0.0, 2.0, 0.0, -1.0, 0.5], 2)
    solver = Solver(10, 4, preselect=[8])
    params = solver.solve(lambda theta: jnp.sum((y - X @ theta) ** 2), layers=[Repeated(10)])
    assert params.shape == (10,)
    assert solver.get_support().tolist() == [2, 3, 8, 9]
    np.testing.assert_array_equal(params[::2], params[1::2])


@pytest.mark.parametrize("layers", [[Identity(4)], [Identity(5), Identity(10)]])
def test_dimensions_must_fit(squared_error, layers):
    with pytest.raises(AssertionError, match=r"layers\[0\] gives"):
        ScopeSolver(10, 3).solve(squared_error, layers=layers)


def test_layers_forbid_golden_section_and_screening(squared_error):
    layers = [Identity(10)]
    with pytest.raises(ValueError, match="The path_type should be 'seq' when the layers are"):
        ScopeSolver(10, path_type="gs").solve(squared_error, layers=layers)
    with pytest.raises(ValueError, match="The screening_size should be -1 when the layers are"):
        ScopeSolver(10, 3, screening_size=5).solve(squared_error, layers=layers)
