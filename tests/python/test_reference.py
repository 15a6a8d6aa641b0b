"""Against brute force, closed forms, SciPy and the problem of the README."""

from itertools import combinations

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.signal import lfilter
from scipy.special import gammaln

import scope.__main__ as main_job
from scope import ScopeSolver

# The inner solver stops at 1e-10 of the gain, SciPy's BFGS at gradients of 1e-5.
RELATIVE = 1e-6


def linear(rng, n, p):
    X = rng.standard_normal((n, p))
    y = X[:, :3].sum(axis=1) + rng.standard_normal(n)
    return X, lambda A: np.linalg.lstsq(X[:, A], y)[1][0], lambda t: jnp.sum((y - X @ t) ** 2)


def logistic(rng, n, p):
    X = rng.standard_normal((n, p))
    y = np.where(rng.uniform(size=n) < 1 / (1 + np.exp(-X[:, :3].sum(axis=1))), 1.0, -1.0)

    def best_on(A):
        return scipy_minimum(lambda z: np.logaddexp(0, -y * (X[:, A] @ z)).sum(), len(A))

    return X, best_on, lambda t: jnp.sum(jnp.logaddexp(0.0, -y * (X @ t)))


def poisson(rng, n, p):
    X = 0.5 * rng.standard_normal((n, p))
    y = rng.poisson(np.exp(X[:, :3].sum(axis=1)))

    def best_on(A):
        def loss(z):
            eta = X[:, A] @ z
            return (np.exp(eta) - y * eta + gammaln(y + 1)).sum()

        return scipy_minimum(loss, len(A))

    constant = gammaln(y + 1).sum()
    return X, best_on, lambda t: jnp.sum(jnp.exp(X @ t) - y * (X @ t)) + constant


def scipy_minimum(loss, size):
    return minimize(loss, np.zeros(size), method="BFGS").fun


@pytest.mark.parametrize("model", [linear, logistic, poisson])
@pytest.mark.parametrize("seed", range(3))
def test_best_of_all_supports(model, seed):
    p, s = 9, 3
    _, best_on, objective = model(np.random.default_rng(seed), 80, p)
    best = min(best_on(list(A)) for A in combinations(range(p), s))
    solver = ScopeSolver(p, s)
    solver.solve(objective)
    assert solver.objective_value == pytest.approx(best, rel=RELATIVE)
    assert solver.result.status == "converged"


@pytest.mark.parametrize("seed", range(5))
def test_orthogonal_design_selects_the_largest_correlations(seed):
    rng = np.random.default_rng(seed)
    Q, _ = np.linalg.qr(rng.standard_normal((30, 12)))
    y = rng.standard_normal(30)
    correlations = Q.T @ y
    solver = ScopeSolver(12, 4)
    params = solver.solve(lambda theta: jnp.sum((y - Q @ theta) ** 2))
    expected = np.sort(np.argsort(-np.abs(correlations))[:4])
    assert solver.get_support().tolist() == expected.tolist()
    np.testing.assert_allclose(params[expected], correlations[expected], rtol=1e-9)


def test_grouped_best_of_all_supports():
    rng = np.random.default_rng(4)
    group = [0, 0, 0, 1, 2, 2, 3, 3, 4]
    X = rng.standard_normal((50, 9))
    y = X[:, 4] + X[:, 5] + X[:, 8] + 0.5 * rng.standard_normal(50)
    variables = [np.flatnonzero(np.equal(group, g)) for g in range(5)]
    best = min(
        np.linalg.lstsq(X[:, np.concatenate([variables[g] for g in A])], y)[1][0]
        for A in combinations(range(5), 2)
    )
    solver = ScopeSolver(9, 2, group=group)
    solver.solve(lambda theta: jnp.sum((y - X @ theta) ** 2))
    assert solver.objective_value == pytest.approx(best, rel=RELATIVE)


def test_stationary_on_the_support():
    rng = np.random.default_rng(5)
    X = rng.standard_normal((100, 20))
    y = rng.poisson(np.exp(X[:, 0] - 0.5 * X[:, 1]))
    solver = ScopeSolver(20, 4)
    params = solver.solve(lambda t: jnp.sum(jnp.exp(X @ t) - y * (X @ t)))
    gradient = X.T @ (np.exp(X @ params) - y)
    scale = np.abs(X.T @ (1 - y)).max()  # the gradient at zero
    assert np.abs(gradient[solver.get_support()]).max() < 1e-5 * scale


def test_scales_of_the_columns_do_not_matter(regression):
    X, y = regression
    scales = 10.0 ** np.linspace(-6, 6, 10)
    plain = ScopeSolver(10, 3)
    params = plain.solve(lambda theta: jnp.sum((y - X @ theta) ** 2))
    scaled = ScopeSolver(10, 3)
    result = scaled.solve(lambda theta: jnp.sum((y - (X * scales) @ theta) ** 2))
    assert scaled.get_support().tolist() == plain.get_support().tolist()
    np.testing.assert_allclose(result * scales, params, rtol=1e-6)


def test_separable_logistic_data_are_separated():
    """Near saturation curvatures rank at random: one ranking alone ends at 0.0598 here."""
    n, p, s = 600, 500, 50
    rng = np.random.default_rng([2, n, p, s])
    X = rng.standard_normal((n, p))
    X[:, 0] /= np.sqrt(0.96)
    X = lfilter([np.sqrt(0.96)], [1.0, -0.2], X, axis=1)
    truth = np.sort(rng.choice(p, s, replace=False))
    eta = X[:, truth] @ (100.0 * rng.choice([-1.0, 1.0], s))
    probability = 1.0 / (1.0 + np.exp(-np.clip(eta, -30.0, 30.0)))
    y = np.where(rng.random(n) < probability, 1.0, -1.0)
    solver = ScopeSolver(p, s)
    solver.solve(lambda t: jnp.mean(jnp.logaddexp(0.0, -y * (X @ t))))
    assert solver.objective_value < 1e-8
    assert solver.result.n_evaluations < 1200  # with fits that walk slowly there were 900 to 2700


def test_main_job_reaches_the_published_values():
    """They are what skscope 0.1.8 reaches on algebraically stable rewrites of the two losses."""
    solvers = main_job.solve_both(main_job.breast_cancer())
    assert solvers["cross entropy"].objective_value <= 0.084989
    assert solvers["focal loss"].objective_value <= 0.002700
    for solver in solvers.values():
        assert solver.get_support().size == main_job.SPARSITY


def test_main_job_reports_and_plots(monkeypatch, capsys, tmp_path):
    picture = tmp_path / "coefficients.png"
    monkeypatch.setattr("sys.argv", ["scope", "--plot", str(picture)])
    main_job.main()
    output = capsys.readouterr().out
    assert output.count("F1 on the test set") == 2
    assert output.count("support [") == 2
    assert picture.stat().st_size > 1000
