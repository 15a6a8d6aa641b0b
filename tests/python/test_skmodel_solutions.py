"""The estimators' answers against solutions found independently of the solver."""

import itertools
import warnings

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import minimize, nnls
from sklearn import isotonic
from sklearn.covariance import ledoit_wolf
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics.pairwise import rbf_kernel

from scope import ScopeSolver
from scope.skmodel import (
    IsotonicRegression,
    MultivariateFailure,
    NonlinearSelection,
    PortfolioSelection,
    RobustRegression,
    _base,
    _portfolio,
)

EXACT = 1e-7  # relative, of values at a minimum: Newton's noise


def best_portfolio(S, reward, sparsity):
    """Minimise w'Sw - reward'w, sum(w) = 1, over all supports, by the stationary equations."""
    best_value, best = np.inf, None
    for support in itertools.combinations(range(len(S)), sparsity):
        inside = S[np.ix_(support, support)]
        inverse = np.linalg.inv(inside)
        free, unit = inverse @ reward[list(support)] / 2.0, inverse @ np.ones(sparsity)
        w = free + (1.0 - free.sum()) / unit.sum() * unit
        value = w @ inside @ w - reward[list(support)] @ w
        if value < best_value:
            best_value, best = value, np.zeros(len(S))
            best[list(support)] = w
    return best_value, best


def returns_of(seed, periods=60, assets=12):
    rng = np.random.default_rng(seed)
    factors = rng.standard_normal((periods, 3)) @ rng.standard_normal((3, assets))
    return (
        0.01 * (factors + rng.uniform(0.5, 2, assets) * rng.standard_normal(factors.shape)) + 5e-4
    )


class TestPortfolioSelection:
    @pytest.mark.parametrize("sparsity", [1, 2, 4, 12])
    @pytest.mark.parametrize("alpha", [0.0, 1e-3, 0.1, 10.0])
    @pytest.mark.parametrize("seed", range(4))
    def test_no_support_is_better(self, sparsity, alpha, seed):
        X = returns_of(seed)
        S, reward = np.cov(X.T), alpha * X.mean(axis=0)
        found = PortfolioSelection(sparsity, "MeanVar", alpha, "empirical", random_state=0).fit(X)
        w = found.coef_
        value, best = best_portfolio(S, reward, sparsity)
        assert w @ S @ w - reward @ w <= value + EXACT * abs(value)
        np.testing.assert_allclose(w, best, rtol=1e-5, atol=1e-6 * np.abs(best).max())

    def test_least_variance_ignores_alpha_and_is_the_closed_form(self):
        X = returns_of(0)
        S, _ = ledoit_wolf(X)
        w = np.linalg.solve(S, np.ones(12))
        found = PortfolioSelection(sparsity=99, alpha=5.0).fit(X)
        np.testing.assert_allclose(found.coef_, w / w.sum(), rtol=1e-6)

    @pytest.mark.parametrize("shape", [(60, 12), (8, 30), (5, 1)])
    def test_covariances_are_numpys_and_scikit_learns(self, shape):
        X = np.random.default_rng(0).standard_normal(shape) ** 3
        even = np.full(len(X), 1.0 / len(X))
        centred = X - X.mean(axis=0)
        np.testing.assert_allclose(
            _portfolio._empirical(centred, even), np.atleast_2d(np.cov(X.T)), rtol=1e-12
        )
        np.testing.assert_allclose(
            _portfolio._ledoit_wolf(centred, even), ledoit_wolf(X)[0], rtol=1e-9, atol=1e-12
        )
        uneven = np.random.default_rng(1).uniform(0.1, 2.0, len(X))
        uneven /= uneven.sum()
        np.testing.assert_allclose(
            _portfolio._empirical(X - uneven @ X, uneven),
            np.atleast_2d(np.cov(X.T, aweights=uneven)),
            rtol=1e-12,
        )

    def test_fewer_periods_than_assets(self):
        X = returns_of(0, periods=8, assets=30)
        for alpha in (0.0, 0.01):
            found = PortfolioSelection(5, "MeanVar", alpha, "empirical", random_state=0).fit(X)
            assert np.count_nonzero(found.coef_) == 5
            assert found.coef_.sum() == pytest.approx(1.0)

    def test_means_without_variance_have_no_best_portfolio(self):
        greedy = PortfolioSelection(6, "MeanVar", 1.0, "empirical", random_state=0)
        with pytest.raises(ValueError, match="No portfolio of 6 assets is best"):
            greedy.fit(returns_of(0, periods=3))
        assert np.all(np.isfinite(greedy.set_params(cov_matrix="lw").fit(returns_of(0)).coef_))

    def test_weights_have_no_scale(self):
        X, decay = returns_of(1), 0.97 ** np.arange(60)[::-1]
        fits = [
            PortfolioSelection(3, random_state=0).fit(X, sample_weight=scale * decay).coef_
            for scale in (1.0, 1e-3)
        ]
        np.testing.assert_allclose(*fits, rtol=1e-8)


def kernel_problem(X, y, gamma_x=0.7, gamma_y=0.7):
    """All n^2 pairs, as the definition has them."""
    center = np.eye(len(X)) - 1.0 / len(X)
    columns = [rbf_kernel(x[:, None], gamma=gamma_x) for x in X.T]
    K = np.column_stack([(center @ k @ center).ravel() for k in columns])
    return K, (center @ rbf_kernel(y[:, None], gamma=gamma_y) @ center).ravel()


class TestNonlinearSelection:
    @pytest.mark.parametrize("sparsity", [1, 2, 3, 6])
    def test_no_support_is_better(self, sparsity, monkeypatch):
        monkeypatch.setattr("scope.skmodel._nonlinear._BLOCK", 2000)  # several blocks
        rng = np.random.default_rng(sparsity)
        X = rng.standard_normal((45, 6))
        y = X[:, 1] ** 2 + np.sin(X[:, 4]) + 0.3 * rng.standard_normal(45)
        found = NonlinearSelection(sparsity, 0.5, 0.9).fit(X, y)
        K, target = kernel_problem(X, y, 0.5, 0.9)
        best = min(
            nnls(K[:, support], target)[1] ** 2 / len(target)
            for support in map(list, itertools.combinations(range(6), sparsity))
        )
        assert found.score(X, y) == pytest.approx(-best, rel=EXACT)
        assert np.mean((target - K @ found.coef_) ** 2) == pytest.approx(best, rel=EXACT)

    def test_equal_features_and_constants_do_no_harm(self):
        x = np.random.default_rng(0).standard_normal(40)
        selector = NonlinearSelection(2).fit(np.column_stack([np.ones(40), x, x]), x)
        assert selector.score(np.column_stack([x, x, x]), x) == pytest.approx(0.0, abs=1e-9)
        assert selector.coef_[0] == 0.0


class TestRobustRegression:
    def test_the_answer_is_stationary_and_weights_count(self):
        rng = np.random.default_rng(0)
        X = rng.standard_normal((200, 4))
        y = X @ [2.0, 0.0, -1.0, 0.0] + 0.2 * rng.standard_cauchy(200)
        weights = rng.uniform(0.1, 3.0, 200)
        found = RobustRegression(sparsity=2, gamma=2.0).fit(X, y, weights)

        def loss(b, support):
            return -np.average(np.exp(-((y - X[:, support] @ b) ** 2) / 2.0), weights=weights)

        best = min(
            minimize(loss, np.linalg.lstsq(X[:, s], y)[0], args=(s,), method="BFGS").fun
            for s in map(list, itertools.combinations(range(4), 2))
        )
        assert -found.score(X, y, weights) <= best + 1e-8


def partial_likelihood(b, X, y, delta, weights):
    """Mean log-likelihood, subject by subject and event by event."""
    total = 0.0
    for i, k in np.argwhere(delta):
        at_risk = y[:, k] >= y[i, k]
        total += weights[i] * (X[i] @ b - np.log(weights[at_risk] @ np.exp(X[at_risk] @ b)))
    return total / weights.sum() / y.shape[1]


class TestMultivariateFailure:
    @pytest.mark.parametrize("size", [40, 50])  # a square number of blocks, and not
    def test_the_likelihood_is_the_best_of_all_supports(self, size):
        rng = np.random.default_rng(size)
        X = rng.standard_normal((size, 4))
        y = np.round(rng.exponential(np.exp(-X[:, :1]), size=(size, 3)), 1)  # many ties
        delta = rng.random((size, 3)) < 0.7
        weights = rng.uniform(0.5, 2.0, size)
        found = MultivariateFailure(2).fit(X, y, delta, weights)
        value = partial_likelihood(found.coef_, X, y, delta, weights)
        assert found.score(X, y, delta, weights) == pytest.approx(value, rel=1e-12)
        for support in map(list, itertools.combinations(range(4), 2)):

            def loss(b, support=support):
                return -partial_likelihood(np.bincount(support, b, 4), X, y, delta, weights)

            assert minimize(loss, np.zeros(2), method="BFGS").fun >= -value - 1e-9

    def test_who_is_observed_once_has_one_event(self):
        X = np.random.default_rng(0).standard_normal((30, 3))
        y = np.exp(-X[:, 0]) + np.random.default_rng(1).exponential(size=30)
        one = MultivariateFailure(1).fit(X, y)
        column = MultivariateFailure(1).fit(X, y[:, None], np.ones((30, 1)))
        np.testing.assert_array_equal(one.coef_, column.coef_)

    def test_a_likelihood_without_maximum_is_told(self):
        x = np.arange(10.0)[:, None]
        with pytest.warns(ConvergenceWarning, match="unbounded"):
            MultivariateFailure(1).fit(x - x.mean(), -x)


def best_steps(y, weights, sparsity):
    """Least squares over all sets of steps; on each, isotonic regression of segment means."""
    best = np.inf
    for steps in itertools.combinations(range(len(y)), min(sparsity, len(y))):
        bounds = np.unique([0, *steps, len(y)])
        mass = np.add.reduceat(weights, bounds[:-1])
        means = np.add.reduceat(weights * y, bounds[:-1]) / mass
        lowest = 0.0 if bounds[0] in steps else None
        levels = isotonic.isotonic_regression(means, sample_weight=mass, y_min=0.0)
        if lowest is None:  # what comes before the first step is at zero
            rest = isotonic.isotonic_regression(means[1:], sample_weight=mass[1:], y_min=0.0)
            levels = np.append(0.0, rest)
        fit = np.repeat(levels, np.diff(bounds))
        best = min(best, weights @ (y - fit) ** 2)
    return best


class TestIsotonicRegression:
    @pytest.mark.parametrize("sparsity", [1, 2, 3, 4])
    @pytest.mark.parametrize("seed", range(6))
    def test_no_steps_are_better(self, sparsity, seed):
        rng = np.random.default_rng(seed)
        y = np.abs(0.3 * np.arange(9.0) * (seed % 3) + rng.standard_normal(9))
        weights = rng.uniform(0.2, 3.0, 9)
        found = IsotonicRegression(sparsity).fit(np.arange(9.0), y, weights)
        loss = weights @ (y - np.cumsum(found.params)) ** 2
        assert loss == pytest.approx(best_steps(y, weights, sparsity), rel=1e-12)
        assert np.count_nonzero(found.params) <= sparsity

    def test_the_solver_finds_nothing_better(self):
        rng = np.random.default_rng(0)
        y = np.log1p(np.arange(80.0)) + 0.2 * np.abs(rng.standard_normal(80))
        found = IsotonicRegression(5).fit(np.arange(80.0), y)
        solver = ScopeSolver(80, 5)
        solver.solve(
            lambda x: jnp.sum((y - jnp.cumsum(jnp.abs(x))) ** 2),
            init_support_set=np.flatnonzero(found.params),
        )
        own = np.sum((y - np.cumsum(found.params)) ** 2)
        assert solver.objective_value == pytest.approx(own, rel=EXACT)

    @pytest.mark.parametrize("shift", [0.0, -20.0, 1e5])
    def test_with_all_steps_it_is_ordinary_isotonic_regression(self, shift):
        rng = np.random.default_rng(0)
        x = rng.integers(0, 40, 100).astype(float)  # not sorted, with ties
        y = x + 5.0 * rng.standard_normal(100) + shift
        weights = rng.integers(1, 4, 100)
        found = IsotonicRegression(100).fit(x, y, weights)
        own = isotonic.IsotonicRegression(out_of_bounds="clip").fit(x, y, weights)
        points = np.linspace(-5.0, 45.0, 101)
        np.testing.assert_allclose(found.predict(points), own.predict(points), rtol=1e-9)
        repeated = IsotonicRegression(100).fit(np.repeat(x, weights), np.repeat(y, weights))
        np.testing.assert_allclose(found.coef_, repeated.coef_, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize(
    ("estimator", "kind"),
    [
        (PortfolioSelection(2), "composite: a quadratic form"),
        (NonlinearSelection(2), "composite: g(M |theta|) with M of 4 rows"),
        (RobustRegression(2), "composite: g(M theta)"),
        (MultivariateFailure(2), "composite: g(M theta)"),
    ],
    ids=lambda each: type(each).__name__,
)
def test_structure_is_read_from_the_objectives(estimator, kind, monkeypatch):
    structures = []
    solve = ScopeSolver.solve

    def spied(solver, *args, **options):
        params = solve(solver, *args, **options)
        structures.append(solver.result.structure)
        return params

    monkeypatch.setattr(_base.ScopeSolver, "solve", spied)
    rng = np.random.default_rng(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        estimator.fit(rng.standard_normal((30, 4)), rng.standard_normal(30))
    assert structures
    assert all(structure.startswith(kind) for structure in structures)
