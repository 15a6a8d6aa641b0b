"""Problems that break solvers, and what the right outcome is for each."""

from itertools import combinations

import jax.numpy as jnp
import numpy as np
import pytest
from algorithms import SOLVERS
from scipy.optimize import brentq, linprog

from scope import ScopeSolver

N, P, S = 40, 6, 2
RNG = np.random.default_rng(0)
X = RNG.standard_normal((N, P))
Y = X @ np.array([0.0, 3.0, 0.0, 0.0, -2.0, 0.0]) + 0.1 * RNG.standard_normal(N)
COUNTS = RNG.poisson(np.exp(0.5 * X[:, 0])).astype(np.float64)

EVERY = {"splicing": ScopeSolver} | SOLVERS
# Grasp prunes its last fit, so what it returns is not a minimiser on its support.
REFITTING = {name: solver for name, solver in EVERY.items() if name != "grasp"}
# The others step along the gradient, or rank by it: their choice depends on units, by definition.
FREE_OF_UNITS = {name: EVERY[name] for name in ("splicing", "exhaustive", "forward")}
# Fixed steps of 0.005 suit one scale of f.
FREE_OF_SCALE = {name: solver for name, solver in EVERY.items() if name not in {"htp", "iht"}}

EXACT = 1e-9  # least squares by one factorisation
FITTED = 1e-6  # the inner solver stops at 1e-10 of the gain, its square
FIRST_ORDER = 1e-5  # the same without a Hessian
VANISHED = 1e-16  # of the sum of squares at zero: eps to the power of one and more


def each(solvers):
    return pytest.mark.parametrize(
        "Solver", [pytest.param(solver, id=name) for name, solver in solvers.items()]
    )


def squares(design, response=Y):
    return lambda t: jnp.sum((response - design @ t) ** 2)


def rss(design, support, response=Y):
    coefficients = np.linalg.lstsq(design[:, support], response, rcond=None)[0]
    return float(np.sum((response - design[:, support] @ coefficients) ** 2))


def best_rss(design, level, response=Y):
    supports = combinations(range(design.shape[1]), level)
    return min(rss(design, list(support), response) for support in supports)


def solved(Solver, objective, p=P, s=S, **call):
    solver = Solver(p, s)
    solver.solve(objective, **call)
    assert np.all(np.isfinite(solver.params))
    assert np.isfinite(solver.objective_value)
    assert solver.support_set.size <= s
    return solver


# No minimiser: the descent ends, says so, and keeps the best finite point.


@each(REFITTING)
def test_separable_logistic_is_unbounded_and_separates(Solver):
    labels = np.sign(X[:, 1] - X[:, 4])
    solver = solved(Solver, lambda t: jnp.sum(jnp.logaddexp(0.0, -labels * (X @ t))))
    assert solver.result.status == "unbounded"
    assert solver.support_set.tolist() == [1, 4]
    assert np.all(labels * (X @ solver.params) > 0.0)
    assert solver.objective_value < 1e-8 * N * np.log(2.0)


@each({name: EVERY[name] for name in ("splicing", "exhaustive", "htp", "iht", "omp", "pdas")})
def test_linear_is_unbounded_along_the_steepest_variables(Solver):
    """All supports are equally bad; how far the descents went makes the steepest ones win."""
    slopes = np.arange(1.0, P + 1.0)
    solver = solved(Solver, lambda t: slopes @ t)
    assert solver.result.status == "unbounded"
    assert solver.support_set.tolist() == [4, 5]
    assert solver.objective_value < -1e6
    assert np.all(solver.params[4:] < 0.0)


CURVATURES = np.array([1.0, -1.0, 2.0, 3.0, 4.0, 5.0])
FALLING = {
    "concave": lambda t: jnp.sum(t) - jnp.sum(t**2),
    "indefinite form": lambda t: CURVATURES @ t**2 - jnp.sum(t),
    "cubic": lambda t: jnp.sum(t) + jnp.sum(t**3),
    "exponential": lambda t: jnp.sum(jnp.exp(-t)),
    "no events": lambda t: jnp.sum(jnp.exp(jnp.abs(X) @ t)),
}


@pytest.mark.parametrize("objective", FALLING.values(), ids=FALLING)
def test_falling_without_end_is_unbounded(objective):
    solver = solved(ScopeSolver, objective)
    assert solver.result.status == "unbounded"
    assert solver.objective_value < float(objective(np.zeros(P)))


# Nothing to find: the start is the answer.

FLAT = {
    "number": lambda t: 3.0,
    "traced": lambda t: 3.0 + 0.0 * jnp.sum(t),
    "zero design": lambda t: jnp.sum((np.sqrt(3.0 / N) - (0.0 * X) @ t) ** 2),
}


@each(EVERY)
@pytest.mark.parametrize("objective", FLAT.values(), ids=FLAT)
def test_constant_keeps_the_start(objective, Solver):
    solver = solved(Solver, objective)
    assert solver.result.status == "converged"
    assert not solver.params.any()
    assert solver.objective_value == pytest.approx(3.0, rel=EXACT)


def saddle(t):
    return t[0] * t[1] + jnp.sum(t**4) - t[2] ** 2


@each(EVERY)
def test_a_saddle_is_stationary(Solver):
    """All slopes are zero there: no first-order method sees a way down, and none is invented."""
    solver = solved(Solver, saddle)
    assert solver.result.status == "converged"
    assert solver.objective_value == 0.0


@pytest.mark.parametrize(
    ("variable", "minimum"), [(0, -0.125), (2, -0.25)], ids=["mixed", "along one variable"]
)
def test_beside_a_saddle_a_minimum_is_found(variable, minimum):
    """In closed form: -a^2 + 2 a^4 at a = 1/2, and -a^2 + a^4 at a^2 = 1/2."""
    solver = solved(ScopeSolver, saddle, init_params=1e-3 * np.eye(P)[variable])
    assert solver.result.status == "converged"
    assert solver.objective_value == pytest.approx(minimum, rel=EXACT)


# Many minimisers: any of them, with the value that all share.

W, TARGET = RNG.standard_normal((4, P)), RNG.standard_normal(4)


@each(REFITTING)
def test_more_variables_than_samples_fit_exactly(Solver):
    solver = solved(Solver, squares(W, TARGET), s=5)
    assert solver.objective_value < VANISHED * float(TARGET @ TARGET)
    assert solver.result.status == "converged"


@each(REFITTING)
def test_rank_deficient_restriction_reaches_the_minimum_of_g(Solver):
    """With W onto, the minimum is that of the sum over eta, one scalar equation a sample."""
    labels = np.sign(TARGET)

    def g(eta):
        return np.logaddexp(0.0, -labels * eta) + 0.5 * (TARGET - eta) ** 2

    def slope(eta, i):
        return -labels[i] / (1.0 + np.exp(labels[i] * eta)) + eta - TARGET[i]

    eta = np.array([brentq(slope, -50.0, 50.0, args=(i,), xtol=1e-14) for i in range(4)])
    solver = solved(
        Solver,
        lambda t: jnp.sum(jnp.logaddexp(0.0, -labels * (W @ t)) + 0.5 * (TARGET - W @ t) ** 2),
        s=5,
    )
    assert solver.objective_value == pytest.approx(float(g(eta).sum()), rel=EXACT)
    assert solver.result.status == "converged"


@each({name: solver for name, solver in REFITTING.items() if name != "exhaustive"})
def test_duplicate_columns_leave_a_minimiser_on_the_support(Solver):
    twice = np.hstack([X, X])
    solver = solved(Solver, squares(twice), p=2 * P, s=3)
    assert solver.objective_value == pytest.approx(rss(twice, solver.support_set), rel=FITTED)


@pytest.mark.parametrize("level", [2, 3, 4])
def test_splicing_does_not_spend_the_level_on_copies(level):
    solver = solved(ScopeSolver, squares(np.hstack([X, X])), p=2 * P, s=level)
    assert solver.objective_value == pytest.approx(best_rss(X, level), rel=EXACT)
    assert np.unique(solver.support_set % P).size == level


@each(REFITTING)
@pytest.mark.parametrize("level", [4, P])
def test_zero_column_is_worth_nothing(level, Solver):
    without = np.where(np.arange(P) == 2, 0.0, X)
    solver = solved(Solver, squares(without), s=level)
    assert solver.objective_value == pytest.approx(best_rss(without, level), rel=FITTED)
    assert solver.params[2] == 0.0


# Units and scales: the same answer in other numbers.

UNITS = 10.0 ** np.linspace(-6.0, 6.0, P)
MODELS = {
    "squares": lambda eta: jnp.sum((Y - eta) ** 2),
    "logistic": lambda eta: jnp.sum(jnp.logaddexp(0.0, -jnp.sign(Y + 1.0) * eta)),
    "counts": lambda eta: jnp.sum(jnp.exp(eta) - COUNTS * eta),
}
MODEL = pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)


@each(FREE_OF_UNITS)
@MODEL
def test_columns_over_twelve_orders_of_magnitude(model, Solver):
    plain = solved(Solver, lambda t: model(X @ t))
    scaled = solved(Solver, lambda t: model((X * UNITS) @ t))
    assert scaled.support_set.tolist() == plain.support_set.tolist()
    np.testing.assert_allclose(scaled.params * UNITS, plain.params, rtol=FITTED)


RESCALED = {
    "plus 1e12": lambda f: f + 1e12,
    "minus 1e12": lambda f: f - 1e12,
    "times 1e-12": lambda f: 1e-12 * f,
    "times 1e12": lambda f: 1e12 * f,
    "times 1e-100": lambda f: 1e-100 * f,
    "times 1e100": lambda f: 1e100 * f,
}


@each(FREE_OF_SCALE)
@MODEL
@pytest.mark.parametrize("change", RESCALED.values(), ids=RESCALED)
def test_scale_and_shift_of_the_objective_do_not_matter(change, model, Solver):
    plain = solved(Solver, lambda t: model(X @ t))
    changed = solved(Solver, lambda t: change(model(X @ t)))
    assert changed.support_set.tolist() == plain.support_set.tolist()
    assert changed.result.status == plain.result.status
    np.testing.assert_allclose(changed.params, plain.params, rtol=FITTED)


@pytest.mark.parametrize(
    ("factor", "constant"), [(1.0, 1e12), (1.0, -1e12), (1e-12, 0.0), (1e12, 0.0)]
)
def test_scale_and_shift_do_not_matter_without_a_hessian(factor, constant):
    solver = solved(
        ScopeSolver,
        lambda t: factor * float(np.sum((Y - X @ t) ** 2)) + constant,
        gradient=lambda t: factor * 2.0 * X.T @ (X @ t - Y),
    )
    expected = np.linalg.lstsq(X[:, [1, 4]], Y, rcond=None)[0]
    assert solver.support_set.tolist() == [1, 4]
    np.testing.assert_allclose(solver.params[[1, 4]], expected, rtol=FIRST_ORDER)


@pytest.mark.parametrize("size", [1e-140, 1e140])
def test_parameters_of_extreme_size(size):
    target = size * np.array([0.0, 5.0, -1.0, 3.0, 0.0, 0.1])
    solver = solved(ScopeSolver, lambda t: jnp.sum((t - target) ** 2))
    assert solver.support_set.tolist() == [1, 3]
    np.testing.assert_allclose(solver.params[[1, 3]], target[[1, 3]], rtol=EXACT)


@each(REFITTING)
def test_float32_data_are_computed_with_in_double_precision(Solver):
    design, response = X.astype(np.float32), Y.astype(np.float32)
    solver = solved(Solver, squares(design, response))
    exact = np.linalg.lstsq(design[:, [1, 4]].astype(float), response.astype(float), rcond=None)[0]
    assert solver.support_set.tolist() == [1, 4]
    np.testing.assert_allclose(solver.params[[1, 4]], exact, rtol=FITTED)


# Extreme sizes.


@each(REFITTING)
@pytest.mark.parametrize("level", [0, 1])
def test_one_parameter(level, Solver):
    solver = solved(Solver, lambda t: (t[0] - 2.0) ** 2, p=1, s=level)
    assert solver.params.tolist() == pytest.approx([2.0 * level], rel=FITTED)


@each(REFITTING)
@pytest.mark.parametrize("level", [1, 2, P])
def test_one_sample_is_fitted_exactly(level, Solver):
    solver = solved(Solver, squares(X[:1], Y[:1]), s=level)
    assert solver.objective_value < VANISHED * Y[0] ** 2


@each(EVERY)
def test_level_zero_gives_zeros(Solver):
    solver = solved(Solver, squares(X), s=0)
    assert not solver.params.any()
    assert solver.objective_value == pytest.approx(float(Y @ Y), rel=EXACT)
    assert solver.result.status == "converged"


@each(EVERY)
def test_all_variables_are_least_squares(Solver):
    solver = solved(Solver, squares(X), s=P)
    np.testing.assert_allclose(solver.params, np.linalg.lstsq(X, Y)[0], rtol=FITTED)


LARGE = 100_000
LARGEST = [0, 7, 50_000, LARGE - 1]


# The others evaluate once a variable at least, by their nature.
FEW_EVALUATIONS = ["splicing", "htp", "iht", "grasp", "foba", "omp"]


@each({name: EVERY[name] for name in FEW_EVALUATIONS})
def test_hundred_thousand_parameters(Solver):
    """Separable: the entries of largest size are the answer, exactly."""
    target = np.full(LARGE, 1e-3)
    target[LARGEST] = [3.0, -5.0, 2.0, 4.0]
    solver = solved(
        Solver,
        lambda t: float(np.sum((t - target) ** 2)),
        p=LARGE,
        s=len(LARGEST),
        gradient=lambda t: 2.0 * (t - target),
    )
    assert solver.support_set.tolist() == LARGEST
    np.testing.assert_allclose(solver.params[LARGEST], target[LARGEST], rtol=FIRST_ORDER)


def test_hundred_thousand_columns():
    rng = np.random.default_rng(1)
    design = rng.standard_normal((60, LARGE))
    response = design[:, LARGEST] @ [3.0, -5.0, 2.0, 4.0]
    solver = solved(ScopeSolver, squares(design, response), p=LARGE, s=len(LARGEST))
    assert solver.support_set.tolist() == LARGEST
    np.testing.assert_allclose(solver.params[LARGEST], [3.0, -5.0, 2.0, 4.0], rtol=FITTED)


# Smooth is what the solver assumes: where that fails the status says so.


def test_kinks_end_near_the_minimum_and_are_not_called_converged():
    """Least absolute deviations; the minimum on the support is a linear programme."""
    solver = solved(ScopeSolver, lambda t: jnp.sum(jnp.abs(Y - X @ t)))
    assert solver.support_set.tolist() == [1, 4]
    kept = np.hstack([X[:, [1, 4]], np.eye(N), -np.eye(N)])
    cost = np.append(np.zeros(2), np.ones(2 * N))
    bounds = [(None, None)] * 2 + [(0.0, None)] * (2 * N)
    minimum = linprog(cost, A_eq=kept, b_eq=Y, bounds=bounds).fun
    assert minimum <= solver.objective_value < minimum * (1.0 + 1e-3)
    assert solver.result.status in {"stalled", "iteration_limit"}


def test_flat_minimum_is_reached_in_value():
    solver = solved(ScopeSolver, lambda t: jnp.sum((t - 1.0) ** 4))
    assert solver.result.status == "converged"
    assert solver.objective_value == pytest.approx(P - S, rel=EXACT)
