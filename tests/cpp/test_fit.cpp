#include "scope/fit.hpp"

#include <Eigen/LU>
#include <algorithm>
#include <cmath>

#include <doctest/doctest.h>

#include "fakes.hpp"
#include "scope/error.hpp"
#include "scope/numeric/lbfgs.hpp"
#include "scope/numeric/newton.hpp"

using namespace scope;
using namespace scope::fakes;

namespace {

constexpr double kAccuracy = 1e-6;  // what a relative gain of 1e-10 leaves in the parameters

using Minimiser = Fit (*)(Restriction&, const Vector&, const FitGoal&, const FitOptions&);
const Minimiser kMinimisers[] = {numeric::newton, numeric::lbfgs};

IndexList all_of(const Function& function) {
  IndexList all;
  for (Index j = 0; j < function.dimension(); ++j)
    all.push_back(j);
  return all;
}

Fit minimise(Minimiser minimiser, Function& function, const Vector& start,
             const GainReference& reference = {}) {
  BlackBoxObjective objective(function);
  const auto restriction = objective.restrict_to(all_of(function));
  return minimiser(*restriction, start, {reference}, FitOptions{});
}

Callable rosenbrock() {
  return {2,
          [](const Vector& x, Vector& g) {
            const double a = 1 - x[0];
            const double b = x[1] - x[0] * x[0];
            g << -2 * a - 400 * x[0] * b, 200 * b;
            return a * a + 100 * b * b;
          },
          [](const Vector& x) {
            Matrix h(2, 2);
            h << 2 - 400 * (x[1] - 3 * x[0] * x[0]), -400 * x[0], -400 * x[0], 200;
            return h;
          }};
}

}  // namespace

TEST_CASE("a quadratic is minimised exactly, by Newton with two evaluations") {
  const Matrix design = noise(20, 5);
  const Vector truth = noise(5, 1, 2);
  for (const Minimiser minimiser : kMinimisers) {
    Quadratic function = Quadratic::least_squares(design, design * truth + noise(20, 1, 5));
    const Fit fit = minimise(minimiser, function, Vector::Zero(5));
    CHECK(fit.status == Status::converged);
    CHECK(fit.value == doctest::Approx(function.minimum({0, 1, 2, 3, 4})));
    if (minimiser == numeric::newton) CHECK(function.calls == 4);  // f, H, f, H
  }
}

TEST_CASE("an added constant and a factor change nothing") {
  const Matrix design = noise(20, 4);
  const Vector response = noise(20, 1, 5);
  const Matrix gram = design.transpose() * design;
  const Vector linear = design.transpose() * response;
  const Vector expected = gram.ldlt().solve(linear);
  for (const Minimiser minimiser : kMinimisers) {
    for (const double factor : {1e-12, 1.0, 1e12}) {
      Quadratic function(factor * gram, factor * linear);
      const Fit fit = minimise(minimiser, function, Vector::Zero(4));
      CHECK((fit.values - expected).norm() < kAccuracy * expected.norm());
    }
  }
  Quadratic shifted(gram, linear, 1e12);  // values keep no digit of the gain: the gradient leads
  const Fit fit = minimise(numeric::newton, shifted, Vector::Zero(4));
  CHECK((fit.values - expected).norm() < kAccuracy * expected.norm());
}

TEST_CASE("the Rosenbrock function is minimised from its classical start") {
  for (const Minimiser minimiser : kMinimisers) {
    Callable function = rosenbrock();
    const Fit fit = minimise(minimiser, function, (Vector(2) << -1.2, 1.0).finished());
    CHECK(fit.status == Status::converged);
    CHECK((fit.values - Vector::Ones(2)).norm() < 1e-4);
  }
}

TEST_CASE("a rank-deficient least-squares problem reaches its minimum") {
  const Matrix design = noise(4, 8);
  const Vector response = noise(4, 1, 3);
  for (const Minimiser minimiser : kMinimisers) {
    Quadratic function = Quadratic::least_squares(design, response);
    const Fit fit = minimise(minimiser, function, Vector::Zero(8));
    CHECK(fit.value < 1e-9 * response.squaredNorm());
    CHECK(fit.values.allFinite());
  }
}

TEST_CASE("an indefinite start is left downhill") {
  for (const Minimiser minimiser : kMinimisers) {
    Callable function(
        2,
        [](const Vector& x, Vector& g) {  // minima at x0 = +-1, indefinite near 0
          g << 4 * x[0] * (x[0] * x[0] - 1), 2 * x[1];
          return std::pow(x[0] * x[0] - 1, 2) + x[1] * x[1];
        },
        [](const Vector& x) {
          return Matrix(Vector((Vector(2) << 12 * x[0] * x[0] - 4, 2).finished()).asDiagonal());
        });
    const Fit fit = minimise(minimiser, function, (Vector(2) << 0.1, 1.0).finished());
    CHECK(fit.status == Status::converged);
    CHECK(std::abs(fit.values[0]) == doctest::Approx(1.0).epsilon(1e-5));
    CHECK(fit.value == doctest::Approx(0.0).epsilon(1e-8));
  }
}

TEST_CASE("trials where the value or only the gradient is not finite are rejected") {
  for (const Minimiser minimiser : kMinimisers) {
    for (const bool value_too : {true, false}) {
      Callable function(
          1,
          [value_too](const Vector& x, Vector& g) {  // minimum at 1; nothing is known beyond 1.5
            if (x[0] > 1.5) {
              g[0] = kNaN;
              return value_too ? kNaN : -100.0;
            }
            g[0] = 1 - 1 / x[0];
            return x[0] <= 0 ? kInfinity : x[0] - std::log(x[0]);
          },
          [](const Vector& x) { return Matrix::Constant(1, 1, 0.01 / (x[0] * x[0])); });
      const Fit fit = minimise(minimiser, function, Vector::Constant(1, 0.3));
      CHECK(fit.values[0] == doctest::Approx(1.0).epsilon(1e-3));
      CHECK(std::isfinite(fit.value));
    }
  }
}

TEST_CASE("a start that is not finite is reported, not thrown") {
  for (const Minimiser minimiser : kMinimisers) {
    Callable function(
        1, [](const Vector&, Vector& g) { return g[0] = kNaN; },
        [](const Vector&) { return Matrix::Ones(1, 1); });
    const Fit fit = minimise(minimiser, function, Vector::Zero(1));
    CHECK(fit.status == Status::non_finite);
    CHECK(function.calls == 1);
  }
}

TEST_CASE("a Hessian that is not finite hands over to L-BFGS") {
  Callable function(
      1,
      [](const Vector& x, Vector& g) {
        g[0] = 2 * (x[0] - 3);
        return (x[0] - 3) * (x[0] - 3);
      },
      [](const Vector&) { return Matrix::Constant(1, 1, kInfinity); });
  const Fit fit = minimise(numeric::newton, function, Vector::Zero(1));
  CHECK(fit.status == Status::converged);
  CHECK(fit.values[0] == doctest::Approx(3.0));
}

TEST_CASE("separable logistic data have no finite minimiser: unbounded, with finite values") {
  const Matrix design = noise(30, 2);
  const Vector labels = design.col(0).cwiseSign();
  for (const Minimiser minimiser : kMinimisers) {
    Callable function = logistic(design, labels, minimiser == numeric::newton);
    const Fit fit = minimise(minimiser, function, Vector::Zero(2));
    CHECK(fit.status == Status::unbounded);
    CHECK(fit.values.allFinite());
    CHECK(fit.value < 1e-6);
  }
}

TEST_CASE("the way back from where a logistic model is flat is short") {
  const Matrix design = noise(60, 5);
  const Vector labels = (design.rowwise().sum() + noise(60, 1, 5)).cwiseSign();
  Callable function = logistic(design, labels, true);
  const Fit near = minimise(numeric::newton, function, Vector::Zero(5));
  Vector start = 30.0 * near.values;
  start[0] *= -1.0;
  const Fit far = minimise(numeric::newton, function, start);
  REQUIRE(near.status == Status::converged);
  CHECK(far.status == Status::converged);
  CHECK(far.value == doctest::Approx(near.value));
  CHECK(far.iterations < 20);
}

TEST_CASE("descent towards infinity takes few steps") {
  const Matrix design = noise(30, 2);
  Callable function = logistic(design, design.col(0).cwiseSign(), true);
  const Fit fit = minimise(numeric::newton, function, Vector::Zero(2));
  CHECK(fit.status == Status::unbounded);
  CHECK(fit.iterations < 20);
}

TEST_CASE("a concave function is unbounded, though f ends where doubles do") {
  for (const Minimiser minimiser : kMinimisers) {
    Callable function(
        1,
        [](const Vector& x, Vector& g) {
          g << 1 - 2 * x[0];
          return x[0] - x[0] * x[0];
        },
        [](const Vector&) { return Matrix::Constant(1, 1, -2.0); });
    const Fit fit = minimise(minimiser, function, Vector::Zero(1));
    CHECK(fit.status == Status::unbounded);
    CHECK(fit.values.allFinite());
    CHECK(std::isfinite(fit.value));
  }
}

TEST_CASE("a linear function is unbounded, with finite values") {
  for (const Minimiser minimiser : kMinimisers) {
    Callable function(
        2,
        [](const Vector& x, Vector& g) {
          g << 1, -2;
          return x[0] - 2 * x[1];
        },
        [](const Vector&) { return Matrix::Zero(2, 2); });
    const Fit fit = minimise(minimiser, function, Vector::Zero(2));
    CHECK(fit.status == Status::unbounded);
    CHECK(fit.values.allFinite());
  }
}

TEST_CASE("a kink stalls or converges, at the kink") {
  Callable function(1, [](const Vector& x, Vector& g) {
    g[0] = x[0] >= 0.25 ? 1.0 : -1.0;
    return std::abs(x[0] - 0.25);
  });
  const Fit fit = minimise(numeric::lbfgs, function, Vector::Constant(1, 2.0));
  CHECK((fit.status == Status::stalled || fit.status == Status::converged));
  CHECK(fit.values[0] == doctest::Approx(0.25).epsilon(1e-5));
}

TEST_CASE("the sum of absolute deviations is not descended for ever along its kinks") {
  const Index rows = 40;
  const Matrix design = noise(rows, 3, 21);
  const Vector target = noise(rows, 1, 22);
  Callable function(3, [&](const Vector& x, Vector& g) {
    const Vector residual = design * x - target;
    g = design.transpose() * residual.cwiseSign();
    return residual.lpNorm<1>();
  });
  // A minimiser interpolates as many rows as there are variables.
  double least = target.lpNorm<1>();
  for (Index i = 0; i < rows; ++i) {
    for (Index j = 0; j < i; ++j) {
      for (Index k = 0; k < j; ++k) {
        const IndexList chosen{i, j, k};
        const Matrix square = design(chosen, Eigen::all);
        const Vector vertex = square.partialPivLu().solve(target(chosen));
        least = std::min(least, (design * vertex - target).lpNorm<1>());
      }
    }
  }
  const Fit fit = minimise(numeric::lbfgs, function, Vector::Zero(3));
  CHECK(function.calls < 2000);
  CHECK(fit.value >= least - 1e-9);
  CHECK(fit.value < least + 1e-3 * (target.lpNorm<1>() - least));
}

TEST_CASE("a value with steps, as of a rounded one, does not keep L-BFGS busy") {
  Callable function(3, [](const Vector& x, Vector& g) {
    const Vector target = (Vector(3) << 10.3, -4.2, 7.7).finished();
    g = 2 * (x - target);
    return std::round((x - target).squaredNorm());
  });
  const Fit fit = minimise(numeric::lbfgs, function, Vector::Zero(3));
  CHECK(function.calls < 500);
  CHECK(fit.value <= 1.0);
}

TEST_CASE("a far start is not mistaken for an end, since gains are measured against f(0)") {
  // f = exp(x) - x from x = 60: Newton walks down by one a step, gaining nearly all at first.
  Callable function(
      1,
      [](const Vector& x, Vector& g) {
        g[0] = std::exp(x[0]) - 1;
        return std::exp(x[0]) - x[0];
      },
      [](const Vector& x) { return Matrix::Constant(1, 1, std::exp(x[0])); });
  const Fit fit = minimise(numeric::newton, function, Vector::Constant(1, 60.0), {2.0});
  CHECK(std::abs(fit.values[0]) < 1e-4);
}

TEST_CASE("the empty support has nothing to fit") {
  Quadratic function(Matrix::Identity(2, 2), Vector::Ones(2), 3.0);
  BlackBoxObjective objective(function);
  const Fit fit = DefaultFitter{FitOptions{}}.fit(objective, {}, Vector(), {});
  CHECK(fit.status == Status::converged);
  CHECK(fit.value == 3.0);
}

TEST_CASE("supports above the Newton limit are fitted by L-BFGS, to the same answer") {
  const Matrix design = noise(40, 6);
  Quadratic function = Quadratic::least_squares(design, noise(40, 1, 3));
  BlackBoxObjective objective(function);
  FitOptions options;
  options.newton_limit = 5;
  const Fit fit = DefaultFitter{options}.fit(objective, all_of(function), Vector::Zero(6), {});
  CHECK(objective.evaluations().hessians == 0);
  CHECK(fit.value == doctest::Approx(function.minimum({0, 1, 2, 3, 4, 5})));
}

TEST_CASE("the iteration limit is a status") {
  Callable function = rosenbrock();
  BlackBoxObjective objective(function);
  FitOptions options;
  options.max_iterations = 2;
  const Fit fit =
      DefaultFitter{options}.fit(objective, {0, 1}, (Vector(2) << -1.2, 1).finished(), {});
  CHECK(fit.status == Status::iteration_limit);
}

TEST_CASE("invalid options name the field") {
  FitOptions options;
  options.tolerance = kNaN;
  CHECK_THROWS_WITH_AS(DefaultFitter{options}, doctest::Contains("tolerance"), InvalidArgument);
}
