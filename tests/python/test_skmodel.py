"""The estimators as scikit-learn's and skscope's users meet them: protocol, thresholds, errors."""

import inspect
import pickle
import re

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import make_regression
from sklearn.feature_selection import SelectFromModel
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.utils.estimator_checks import estimator_checks_generator

from scope import skmodel
from scope.skmodel import (
    IsotonicRegression,
    MultivariateFailure,
    NonlinearSelection,
    PortfolioSelection,
    RobustRegression,
    check_data,
)

ESTIMATORS = [
    PortfolioSelection(),
    NonlinearSelection(),
    RobustRegression(),
    MultivariateFailure(),
    IsotonicRegression(),
]
by_name = pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda each: type(each).__name__)
MATRIX = [each for each in ESTIMATORS if not isinstance(each, IsotonicRegression)]
matrix_by_name = pytest.mark.parametrize("estimator", MATRIX, ids=lambda each: type(each).__name__)


def data_for(estimator, size=40):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((size, 1 if isinstance(estimator, IsotonicRegression) else 4))
    return X, X[:, 0] + 0.1 * rng.standard_normal(size)


def factor_returns(periods, assets, seed=0):
    """Daily returns of a market, five other factors and each asset's own noise."""
    rng = np.random.default_rng(seed)
    loadings = 0.004 * rng.standard_normal((5, assets))
    market = 0.001 + 0.01 * rng.standard_normal(periods)
    own = rng.uniform(0.005, 0.02, assets) * rng.standard_normal((periods, assets))
    drift = 0.0008 * rng.standard_normal(assets)
    factors = rng.standard_normal((periods, 5)) @ loadings
    return drift + market[:, None] * rng.uniform(0.5, 1.5, assets) + factors + own


def sparse_regression(seed=0, size=1000, features=10, informative=5):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((size, features))
    truth = np.zeros(features)
    support = rng.choice(features, informative, replace=False)
    truth[support] = rng.uniform(1.0, 3.0, informative) * rng.choice([-1.0, 1.0], informative)
    return X, X @ truth, truth


def failures(size=100, features=100, informative=10, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((size, features))
    truth = np.zeros(features)
    truth[rng.choice(features, informative, replace=False)] = 1.0
    rates = np.exp(X @ truth)[:, None]
    failed_at = rng.exponential(1.0 / rates, size=(size, 2))
    censored_at = rng.exponential(5.0 / np.median(rates), size=(size, 2))
    return X, np.minimum(failed_at, censored_at), failed_at <= censored_at, truth


# IsotonicRegression is of one feature: scikit-learn checks neither its own nor ours.
@pytest.mark.filterwarnings("ignore:.*unbounded:sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(
    ("estimator", "check"),
    [pair for estimator in MATRIX for pair in estimator_checks_generator(estimator)],
    ids=lambda part: getattr(getattr(part, "func", type(part)), "__name__", None),
)
def test_scikit_learn_accepts_them(estimator, check):
    check(estimator)


@by_name
def test_defaults_work_and_pickle(estimator):
    X, y = data_for(estimator)
    fitted = clone(estimator).fit(X, y)
    assert fitted.n_features_in_ == X.shape[1]
    assert np.all(np.isfinite(fitted.coef_))
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(fitted)).coef_, fitted.coef_)


@by_name
def test_more_sparsity_than_features_means_all(estimator):
    X, y = data_for(estimator)
    fitted = clone(estimator).set_params(sparsity=1000).fit(X, y)
    assert np.count_nonzero(fitted.coef_) <= fitted.coef_.size


@by_name
@pytest.mark.parametrize("sparsity", [0, -1, 1.5, "two", None])
def test_sparsity_is_a_positive_integer(estimator, sparsity):
    X, y = data_for(estimator)
    with pytest.raises(ValueError, match=r"'sparsity' parameter of \w+ must be an int"):
        clone(estimator).set_params(sparsity=sparsity).fit(X, y)


@by_name
def test_the_documented_defaults_are_the_true_ones(estimator):
    for name, value in estimator.get_params().items():
        shown = f'"{value}"' if isinstance(value, str) else str(value)
        assert re.search(
            rf"\n{name} : .*default={re.escape(shown)}\n", inspect.getdoc(estimator)
        ), name


@by_name
@pytest.mark.parametrize(
    ("weights", "text"),
    [
        (np.ones((40, 1)), "sample_weight should be a 1-D array."),
        (np.ones(39), "X.shape[0] should be equal to sample_weight.size"),
        (np.zeros(40), "Weights sum to zero, can't be normalized."),
        (np.full(40, -1.0), "sample_weight should be finite and not negative."),
        (np.full(40, np.nan), "sample_weight should be finite and not negative."),
    ],
)
def test_weights_are_checked_in_fit_and_score(estimator, weights, text):
    X, y = data_for(estimator)
    with pytest.raises(ValueError, match=re.escape(text)):
        clone(estimator).fit(X, y, sample_weight=weights)
    if not isinstance(estimator, IsotonicRegression):  # R^2 is scikit-learn's
        with pytest.raises(ValueError, match=re.escape(text)):
            clone(estimator).fit(X, y).score(X, y, sample_weight=weights)


@by_name
def test_samples_of_weight_zero_are_as_if_absent(estimator):
    X, y = data_for(estimator)
    weights = np.tile([1.0, 0.0, 2.0, 1.0], 10)
    kept = weights > 0.0
    estimator = clone(estimator).set_params(sparsity=2)
    if isinstance(estimator, PortfolioSelection):  # shrunk, these returns are all alike
        estimator.set_params(random_state=0, cov_matrix="empirical")
    spoiled = np.where(kept, y, 1e6)  # whatever they say
    with_zeros = clone(estimator).fit(X, spoiled, sample_weight=weights)
    without = clone(estimator).fit(X[kept], y[kept], sample_weight=weights[kept])
    np.testing.assert_allclose(with_zeros.coef_, without.coef_, rtol=1e-12)
    even = clone(estimator).fit(X, y)
    assert not np.allclose(with_zeros.coef_[: even.coef_.size], even.coef_[: without.coef_.size])


@matrix_by_name
def test_feature_names_and_numbers_are_remembered(estimator):
    X, y = data_for(estimator)
    fitted = clone(estimator).fit(X, y)
    assert not hasattr(fitted, "feature_names_in_")
    with pytest.raises(ValueError, match=re.escape("X.shape[1] should be 4. X has 3 features")):
        fitted.score(X[:, :3], y)


def test_names_of_selected_features():
    X, y = data_for(NonlinearSelection())
    selector = NonlinearSelection(sparsity=1).fit(X, y)
    names = selector.get_feature_names_out(["a", "b", "c", "d"])
    assert names.tolist() == ["a"]


def test_data_are_checked_and_not_copied():
    X, y = np.ones((3, 2)), np.arange(3.0)
    same_X, same_y, weights = check_data(X, y)
    assert same_X is X
    assert same_y is y
    assert weights.tolist() == [1.0, 1.0, 1.0]
    assert check_data(X)[1] is None
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        check_data(X, y[:2])
    with pytest.raises(ValueError, match="NaN"):
        check_data(X, [1.0, np.nan, 2.0])
    kept, two, weights = check_data(X, np.ones((3, 2)), [0, 1, 2])
    assert (kept.shape, two.shape, weights.tolist()) == ((2, 2), (2, 2), [1.0, 2.0])


def test_all_names_are_public():
    assert set(skmodel.__all__) == {type(each).__name__ for each in ESTIMATORS} | {"check_data"}


class TestPortfolioSelection:
    RETURNS = factor_returns(900, 120)
    TRAIN, TEST = RETURNS[:720], RETURNS[720:]

    def test_a_sparse_portfolio_earns_out_of_sample(self):
        portfolio = PortfolioSelection(sparsity=50, obj="MeanVar", alpha=0.001, random_state=0)
        portfolio.fit(self.TRAIN)
        assert portfolio.score(self.TEST) > 0.04
        assert np.sum(portfolio.coef_) == pytest.approx(1.0)
        assert np.count_nonzero(portfolio.coef_) == 50
        assert portfolio.weight.tolist() == portfolio.coef_.tolist()

    def test_alpha_is_chosen_over_time(self):
        search = GridSearchCV(
            PortfolioSelection(sparsity=20, obj="MeanVar", random_state=0),
            {"alpha": [0.0, 1e-4, 1e-3, 1e-2]},
            cv=TimeSeriesSplit(3),
        ).fit(self.TRAIN)
        assert search.best_score_ > 0.05
        assert len(set(search.cv_results_["mean_test_score"])) == 4

    @pytest.mark.parametrize(
        ("parameters", "text"),
        [
            ({"obj": "MaxVar"}, "MaxVar objective is not supported."),
            ({"obj": 3}, "'obj' parameter"),
            ({"cov_matrix": "oas"}, "oas estimator is not supported."),
            ({"alpha": -1}, "'alpha' parameter"),
            ({"random_state": "x"}, "'random_state' parameter"),
        ],
    )
    def test_errors(self, parameters, text):
        with pytest.raises(ValueError, match=re.escape(text)):
            PortfolioSelection(**parameters).fit(self.TRAIN)

    def test_one_measure(self):
        with pytest.raises(ValueError, match=r"Sortino measure is not supported\."):
            PortfolioSelection().fit(self.TRAIN).score(self.TEST, measure="Sortino")

    def test_two_periods_of_positive_weight_are_needed(self):
        with pytest.raises(ValueError, match=r"1 sample\(s\)"):
            PortfolioSelection().fit(self.TRAIN[:3], sample_weight=[0, 1, 0])

    def test_the_score_of_constant_returns_is_not_defined(self):
        portfolio = PortfolioSelection().fit(np.random.default_rng(0).standard_normal((9, 2)))
        assert np.isnan(portfolio.score(np.ones((5, 2))))


class TestNonlinearSelection:
    def test_features_of_any_dependence_are_found(self):
        rng = np.random.default_rng(0)
        X = rng.standard_normal((1000, 10))
        y = X[:, 0] ** 2 + np.sin(2 * X[:, 2]) + np.abs(X[:, 4]) + X[:, 6] + np.cos(X[:, 8]) * 2
        selector = NonlinearSelection(sparsity=5).fit(X, y)
        assert selector.get_support(indices=True).tolist() == [0, 2, 4, 6, 8]
        assert np.all(selector.coef_ >= 0.0)
        assert -1.0 < selector.score(X, y) < 0.0

    def test_it_selects_in_pipelines(self):
        X, y = make_regression(200, 10, n_informative=2, random_state=0)
        y /= np.std(y)
        chosen = SelectFromModel(NonlinearSelection(2).fit(X, y), threshold=1e-7, prefit=True)
        for selector in (chosen, NonlinearSelection(2)):
            pipeline = make_pipeline(selector, LinearRegression()).fit(X, y)
            assert pipeline.score(X, y) > 0.99
            assert pipeline[0].transform(X).shape == (200, 2)

    @pytest.mark.parametrize("name", ["gamma_x", "gamma_y"])
    def test_kernels_need_positive_gammas(self, name):
        with pytest.raises(ValueError, match=f"'{name}' parameter"):
            NonlinearSelection(**{name: 0.0}).fit(*data_for(NonlinearSelection()))


class TestRobustRegression:
    @pytest.mark.parametrize("scale", [1.0, 10.0, 1000.0])  # zero is far from the latter
    def test_the_support_is_found_under_cauchy_noise(self, scale):
        X, signal, truth = sparse_regression()
        y = scale * signal + np.random.default_rng(1).standard_cauchy(1000)
        robust = RobustRegression(sparsity=5).fit(X, y)
        assert np.flatnonzero(robust.coef_).tolist() == np.flatnonzero(truth).tolist()
        np.testing.assert_allclose(robust.coef_, scale * truth, atol=0.3)
        np.testing.assert_allclose(robust.predict(X), X @ robust.coef_)
        score = np.mean(np.exp(-((y - robust.predict(X)) ** 2)))
        assert robust.score(X, y) == pytest.approx(score)

    def test_it_selects_in_pipelines(self):
        X, y, truth = sparse_regression()
        chosen = SelectFromModel(RobustRegression(5).fit(X, y), threshold=1e-7, prefit=True)
        assert chosen.get_support().tolist() == (truth != 0.0).tolist()
        assert Pipeline([("select", chosen), ("fit", LinearRegression())]).fit(X, y).score(X, y) > 0

    def test_gamma_is_positive(self):
        with pytest.raises(ValueError, match="'gamma' parameter"):
            RobustRegression(gamma=0).fit(*data_for(RobustRegression()))

    def test_the_target_is_required(self):
        with pytest.raises(ValueError, match="requires y to be passed"):
            RobustRegression().fit(np.ones((3, 2)))


class TestMultivariateFailure:
    def test_the_support_of_many_features_is_found(self):
        X, y, delta, truth = failures()
        model = MultivariateFailure(sparsity=10).fit(X, y, delta)
        assert np.flatnonzero(model.coef_).tolist() == np.flatnonzero(truth).tolist()
        assert model.n_events == 2
        np.testing.assert_allclose(model.predict(X), np.exp(X @ model.coef_))

    def test_errors(self):
        X, y, delta, _ = failures(30, 4, 2)
        model = MultivariateFailure(2).fit(X, y, delta)
        with pytest.raises(ValueError, match=re.escape("y.shape[1] should be 2. Got 1.")):
            model.score(X, y[:, :1], delta[:, :1])
        with pytest.raises(ValueError, match=r"delta should have the shape of y\."):
            model.fit(X, y, delta[:, :1])
        with pytest.raises(ValueError, match=r"delta should be boolean, or 0 and 1\."):
            model.fit(X, y, y)
        with pytest.raises(ValueError, match="All times are censored"):
            model.fit(X, y, np.zeros_like(delta))
        with pytest.raises(ValueError, match="NaN"):
            model.fit(X, np.full_like(y, np.nan), delta)


class TestIsotonicRegression:
    def test_few_steps_fit_a_smooth_curve(self):
        rng = np.random.default_rng(0)
        x = np.sort(rng.uniform(0.0, 10.0, 200))
        y = 3.0 * np.log1p(x) + 0.5 * rng.standard_normal(200)
        steps = IsotonicRegression(sparsity=10).fit(x, y)
        assert steps.score(x, y) >= 0.8
        assert np.count_nonzero(steps.params) == 10
        np.testing.assert_array_equal(steps.transform(x), steps.predict(x[:, None]))

    def test_one_feature(self):
        text = "Isotonic regression input X should be a 1d array or 2d array with 1 feature"
        with pytest.raises(ValueError, match=text):
            IsotonicRegression().fit(np.ones((3, 2)), np.ones(3))
        steps = IsotonicRegression().fit(np.arange(3.0), np.ones(3))
        for wrong in (np.ones((3, 2)), np.ones((3, 1, 1))):
            with pytest.raises(ValueError, match=r"1 feature|dim 3"):
                steps.predict(wrong)

    def test_it_clips_outside_the_training_range(self):
        steps = IsotonicRegression(3).fit([1.0, 2.0, 3.0], [1.0, 5.0, 6.0])
        np.testing.assert_allclose(steps.predict([-9.0, 1.5, 99.0]), [1.0, 3.0, 6.0])
