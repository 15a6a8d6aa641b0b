"""Names, signatures, scikit-learn's conventions, layers and helpers, as skscope has them."""

import importlib
import inspect
import itertools

import numpy as np
import pytest
from published import EVERY, FAMILY, SOLVERS, P, X, Z, each, noisy, np_sse, solve_by_hand
from scipy.optimize import lsq_linear
from sklearn.base import BaseEstimator, clone

import scope
from scope import BaseSolver, ForwardSolver, PDASSolver
from scope.layer import (
    BoxConstraint,
    Identity,
    LinearConstraint,
    NonNegative,
    OffsetSparse,
    SimplexConstraint,
)
from scope.numeric_solver import convex_solver_LBFGS
from scope.utilities import (
    AIC,
    BIC,
    EBIC,
    GIC,
    SIC,
    LinearGIC,
    LinearSIC,
)

NINE = "ScopeSolver HTPSolver GraspSolver IHTSolver FobaSolver ForwardSolver OMPSolver PDASSolver"
NAMES = {
    "scope": f"{NINE} BaseSolver convex_solver_LBFGS PortfolioSelection NonlinearSelection"
    " RobustRegression __version__",
    "scope.solver": f"{NINE} BaseSolver BaseEstimator KFold np jax jnp convex_solver_LBFGS"
    " utilities",
    "scope.base_solver": "BaseSolver",
    "scope.numeric_solver": "convex_solver_LBFGS convex_solver_BFGS",
    "scope.layer": "Identity NonNegative LinearConstraint SimplexConstraint BoxConstraint"
    " OffsetSparse",
    "scope.utilities": "AIC BIC GIC EBIC SIC LinearSIC LinearGIC check_y_survival"
    " check_array_survival",
    "scope.skmodel": "PortfolioSelection NonlinearSelection RobustRegression MultivariateFailure"
    " IsotonicRegression check_data",
    "scope._scope": "QuadraticData quadratic_loss quadratic_grad quadratic_hess",
}
COMMON = "preselect numeric_solver max_iter group ic_method cv cv_fold_id split_method random_state"
OWN = {  # what stands before `numeric_solver`, in this order
    "HTPSolver": "preselect step_size",
    "IHTSolver": "preselect step_size",
    "FobaSolver": "use_gradient threshold foba_threshold_ratio strict_sparsity preselect",
    "ForwardSolver": "threshold strict_sparsity preselect",
    "OMPSolver": "threshold strict_sparsity preselect",
}
DEFAULTS = {
    "sparsity": None,
    "sample_size": 1,
    "numeric_solver": convex_solver_LBFGS,
    "max_iter": 100,
    "group": None,
    "cv": 1,
    "cv_fold_id": None,
    "split_method": None,
    "random_state": None,
}


@pytest.mark.parametrize(("module", "names"), NAMES.items(), ids=NAMES.keys())
def test_names(module, names):
    found = importlib.import_module(module)
    assert [name for name in names.split() if not hasattr(found, name)] == []


def test_a_star_import_has_all_of_skscope_s_names():
    assert not set(NAMES["scope"].split()) - set(scope.__all__)


def test_submodules_are_attributes_of_the_package():
    for name in ["solver", "base_solver", "numeric_solver", "utilities", "skmodel", "_scope"]:
        assert inspect.ismodule(getattr(scope, name))


@EVERY
def test_solvers_are_estimators(Solver):
    assert issubclass(Solver, BaseEstimator)


# --- signatures --------------------------------------------------------------------------------


@each(FAMILY)
def test_the_order_of_keywords(Solver):
    own = OWN.get(Solver.__name__, "preselect").split() + COMMON.split()[1:]
    parameters = dict(inspect.signature(Solver).parameters)
    if Solver is PDASSolver:  # skscope's has no ic_method, wherever ours stands
        own.remove("ic_method")
        assert parameters.pop("ic_method").kind is inspect.Parameter.KEYWORD_ONLY
    own += ["time_limit", "callback"]  # which skscope does not have
    assert [*parameters] == ["dimensionality", "sparsity", "sample_size", *own]
    kinds = {name for name, p in parameters.items() if p.kind is inspect.Parameter.KEYWORD_ONLY}
    assert kinds == set(own)


@each(FAMILY)
def test_defaults(Solver):
    parameters = inspect.signature(Solver).parameters
    assert {name: parameters[name].default for name in DEFAULTS} == DEFAULTS
    assert list(parameters["preselect"].default) == []


@each(FAMILY)
def test_the_order_of_arguments_of_solve(Solver):
    parameters = list(inspect.signature(Solver.solve).parameters)
    order = "self objective data layers gradient init_support_set init_params jit"
    assert parameters == order.split()


# --- scikit-learn ------------------------------------------------------------------------------


@EVERY
def test_get_params_is_the_signature(Solver):
    names = set(inspect.signature(Solver).parameters)
    assert set(Solver(P).get_params()) == names == set(Solver(P).get_config())


@EVERY
def test_set_params_takes_effect(Solver):
    solver = Solver(P, 1)
    assert solver.set_params(sparsity=3) is solver
    assert solve_by_hand(solver).support_set.size == 3


@EVERY
def test_a_wrong_parameter_is_named(Solver):
    with pytest.raises(ValueError, match="spasity"):
        Solver(P).set_config(spasity=3)
    with pytest.raises(TypeError, match="spasity"):
        Solver(P, spasity=3)


@EVERY
def test_clones_are_unfitted_and_equal(Solver):
    solver = solve_by_hand(Solver(P, 2, preselect=[1], max_iter=50))
    cloned = clone(solver)
    assert cloned.get_params() == solver.get_params()
    assert not hasattr(cloned, "params")
    np.testing.assert_array_equal(solve_by_hand(cloned).params, solver.params)


@EVERY
def test_repr_shows_what_was_chosen(Solver):
    text = f"{Solver.__name__}(dimensionality=5, max_iter=7, sparsity=2)"
    assert repr(Solver(5, 2, max_iter=7)) == text


def test_parameters_of_single_solvers_are_set_later_too():
    solver = scope.IHTSolver(P, 2).set_params(step_size=0.001)
    assert solver.step_size == 0.001
    assert ForwardSolver(P).set_params(threshold=1.5).get_params()["threshold"] == 1.5


# --- layers ------------------------------------------------------------------------------------

LAYERS = {
    "linear": (LinearConstraint(P), lambda x: x.sum() == pytest.approx(1)),
    "non-negative": (NonNegative(P), lambda x: np.all(x >= 0)),
    "simplex": (SimplexConstraint(P), lambda x: x.sum() == pytest.approx(1) and np.all(x >= 0)),
    "box": (BoxConstraint(P, -1, 1), lambda x: np.all(np.abs(x) <= 1) and np.any(np.abs(x) > 0.5)),
    "offset": (OffsetSparse(P, -1), lambda x: np.sum(x == -1) == P - 2),
}


@each([solver for solver in SOLVERS if solver is not PDASSolver])
@pytest.mark.parametrize(("layer", "holds"), LAYERS.values(), ids=LAYERS.keys())
def test_layers_constrain_the_result(Solver, layer, holds):
    solver = Solver(P, 2, random_state=42)
    params = solver.solve(noisy, layers=[Identity(P), layer])
    assert type(params) is np.ndarray
    assert params.dtype == np.float64
    assert holds(params)
    assert solver.support_set.tolist() == np.flatnonzero(params).tolist()
    assert solver.objective_value == pytest.approx(np_sse(params), rel=1e-9)


def fit_pair(pair, layer):
    """Least squares on two variables, under what the layer asks for, by SciPy."""
    design = X[:, pair]
    if layer in ("linear", "simplex"):  # the second is one less the first
        slope, rest = design[:, 0] - design[:, 1], Z - design[:, 1]
        first = slope @ rest / (slope @ slope)
        first = np.clip(first, 0, 1) if layer == "simplex" else first
        return np.array([first, 1 - first])
    bounds = {"non-negative": (0, np.inf), "box": (-1, 1)}[layer]
    return lsq_linear(design, Z, bounds, tol=1e-14).x


@pytest.mark.parametrize("layer", ["linear", "non-negative", "simplex", "box"])
def test_layers_give_the_best_pair_under_the_constraint(layer):
    pairs = [list(pair) for pair in itertools.combinations(range(P), 2)]
    losses = [np.sum((Z - X[:, pair] @ fit_pair(pair, layer)) ** 2) for pair in pairs]
    solver = BaseSolver(P, 2, random_state=42)
    solver.solve(noisy, layers=[Identity(P), LAYERS[layer][0]])
    assert solver.objective_value == pytest.approx(min(losses), rel=1e-5)


@EVERY
def test_layers_of_a_wrong_dimension(Solver):
    with pytest.raises(AssertionError):
        Solver(P, 2).solve(noisy, layers=[Identity(P + 1)])


@EVERY
def test_start_values_have_the_length_of_the_first_layer(Solver):
    message = "The length of init_params should be equal to dimensionality"
    with pytest.raises(ValueError, match=message):
        Solver(P, 2).solve(noisy, layers=[Identity(P)], init_params=np.ones(P + 1))


def test_layers_know_whether_they_start_at_random():
    random = {type(layer).__name__: layer.random_initilization for layer, _ in LAYERS.values()}
    assert [name for name, at_random in random.items() if at_random] == [
        "LinearConstraint",
        "SimplexConstraint",
    ]


# --- helpers -----------------------------------------------------------------------------------


def test_formulas_of_the_criteria():
    loss, p, k, n = 3.5, 40, 4, 25
    sic = 2 * loss + k * np.log(np.log(n)) * np.log(p)
    linear = n * np.log(loss) + 2 * k * np.log(np.log(n)) * np.log(p)
    expected = {
        AIC: 2 * loss + 2 * k,
        BIC: 2 * loss + k * np.log(n),
        SIC: sic,
        GIC: sic,
        EBIC: 2 * loss + k * (np.log(n) + 2 * np.log(p)),
        LinearSIC: linear,
        LinearGIC: linear,
    }
    for criterion, value in expected.items():
        assert criterion(loss, p, k, n) == pytest.approx(value), criterion.__name__


def test_supplied_numeric_solver_returns_the_least_squares_of_its_set():
    variables = np.array([3, 0])
    loss, params = convex_solver_LBFGS(
        lambda x, _: np.sum((x - 1) ** 2),
        lambda x, _: (np.sum((x - 1) ** 2), 2 * (x - 1)),
        np.zeros(5),
        variables,
        None,
    )
    np.testing.assert_allclose(params, [1, 0, 0, 1, 0], atol=1e-6)
    assert loss == pytest.approx(3)
