"""Problems that break solvers, and what the right outcome is for each."""

import jax.numpy as jnp
import numpy as np
import pytest
from hard_problems import (
    EVERY,
    EXACT,
    FITTED,
    REFITTING,
    RNG,
    VANISHED,
    N,
    P,
    S,
    X,
    Y,
    best_rss,
    each,
    rss,
    solved,
    squares,
)
from scipy.optimize import brentq, linprog

from scope import ScopeSolver

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
