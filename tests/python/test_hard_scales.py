"""Units, scales and sizes of all orders, and what the right outcome is for each."""

import jax.numpy as jnp
import numpy as np
import pytest
from hard_problems import (
    COUNTS,
    EVERY,
    EXACT,
    FIRST_ORDER,
    FITTED,
    FREE_OF_SCALE,
    FREE_OF_UNITS,
    REFITTING,
    VANISHED,
    P,
    X,
    Y,
    each,
    solved,
    squares,
)

from scope import ScopeSolver

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
