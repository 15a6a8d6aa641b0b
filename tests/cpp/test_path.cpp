#include "scope/solvers/path.hpp"

#include <doctest/doctest.h>

#include <string>

#include "fakes.hpp"
#include "scope/error.hpp"

using namespace scope;
using namespace scope::fakes;

namespace {

std::vector<LevelResult> solve(Function& function, const IndexList& levels, PathStart start = {},
                               IndexList preselect = {}) {
  BlackBoxObjective objective(function);
  const Problem problem(Groups::singletons(function.dimension()), std::move(preselect));
  if (start.params.size() == 0) start.params = Vector::Zero(function.dimension());
  DefaultFitter fitter{FitOptions{}};
  Monitor monitor;
  return solve_path(objective, problem, levels, start, fitter, {}, monitor);
}

Quadratic correlated(unsigned seed) {
  const Matrix design = noise(20, 4, seed) * noise(4, 9, seed + 10) + 0.3 * noise(20, 9, seed + 20);
  return Quadratic::least_squares(design, noise(20, 1, seed + 30));
}

/// Finds nothing from a given call on.
class FailingFitter : public SupportFitter {
 public:
  explicit FailingFitter(int first) : first_(first) {}

  Fit fit(Objective& objective, const IndexList& variables, const Vector& start,
          const FitGoal& goal) override {
    Fit fit = fitter_.fit(objective, variables, start, goal);
    if (++calls_ < first_) return fit;
    fit.values.setConstant(kNaN);
    fit.value = kInfinity;
    fit.status = Status::non_finite;
    return fit;
  }

 private:
  DefaultFitter fitter_{FitOptions{}};
  int first_;
  int calls_ = 0;
};

}  // namespace

TEST_CASE("a finer level is never worse, from none to all") {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    Quadratic function = correlated(seed);
    const auto path = solve(function, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
    REQUIRE(path.size() == 10);
    CHECK(path[0].value == function.minimum({}));
    for (std::size_t level = 1; level < path.size(); ++level) {
      CHECK(path[level].value <= path[level - 1].value);
      CHECK(path[level].groups.size() == level);
      CHECK((path[level].params.array() != 0.0).count() <= static_cast<Index>(level));
    }
    CHECK(path[9].value == doctest::Approx(function.minimum({0, 1, 2, 3, 4, 5, 6, 7, 8})));
  }
}

TEST_CASE("an orthogonal design: the top of the correlations, exactly") {
  const Vector linear = (Vector(6) << 1, -5, 2, 4, -3, 0.5).finished();
  Quadratic function(Matrix::Identity(6, 6), linear);
  const auto path = solve(function, {1, 2, 3});
  CHECK(path[0].groups == IndexList{1});
  CHECK(path[1].groups == IndexList{1, 3});
  CHECK(path[2].groups == IndexList{1, 3, 4});
  CHECK(path[2].params == (Vector(6) << 0, -5, 0, 4, -3, 0).finished());
}

TEST_CASE("an initial support is preferred, preselected groups more") {
  Quadratic function(Matrix::Identity(5, 5), Vector::Constant(5, 1.0));  // all are equally good
  CHECK(solve(function, {2}, {Vector::Zero(5), {3, 4, 2}}).front().groups == IndexList{2, 3});
  CHECK(solve(function, {2}, {Vector::Zero(5), {3}}, {4}).front().groups == IndexList{3, 4});
}

TEST_CASE("restarting from the answer returns it") {
  Quadratic function = correlated(3);
  const LevelResult first = solve(function, {4}).front();
  const LevelResult second = solve(function, {4}, {first.params, first.groups}).front();
  CHECK(second.groups == first.groups);
  CHECK(second.value == doctest::Approx(first.value));
}

TEST_CASE("a start that is not finite is an error with skscope's words") {
  Callable nan_value(2, [](const Vector&, Vector&) { return kNaN; });
  CHECK_THROWS_WITH_AS(solve(nan_value, {1}), "The objective function returned nan.",
                       NumericalError);
  Callable infinite(2, [](const Vector&, Vector&) { return kInfinity; });
  CHECK_THROWS_WITH_AS(solve(infinite, {1}), "The objective function returned inf.",
                       NumericalError);
  Callable nan_gradient(2, [](const Vector&, Vector& g) {
    g[1] = kNaN;
    return 1.0;
  });
  CHECK_THROWS_WITH_AS(solve(nan_gradient, {1}), "The gradient returned contains NaN or Inf.",
                       NumericalError);
}

TEST_CASE("levels out of range or order are refused") {
  Quadratic function = correlated(1);
  CHECK_THROWS_AS(solve(function, {10}), InvalidArgument);
  CHECK_THROWS_AS(solve(function, {2, 2}), InvalidArgument);
  CHECK_THROWS_AS(solve(function, {1}, {}, {0, 1}), InvalidArgument);
  CHECK_THROWS_AS(solve(function, {1}, {Vector::Zero(3), {}}), InvalidArgument);
}

TEST_CASE("a monitor's exception ends the solve") {
  struct Interrupt : Monitor {
    int polls = 0;
    void poll() override {
      if (++polls == 3) throw std::domain_error("stop");
    }
  } monitor;
  Quadratic function = correlated(2);
  BlackBoxObjective objective(function);
  DefaultFitter fitter{FitOptions{}};
  const Problem problem(Groups::singletons(9), {});
  const PathStart start{Vector::Zero(9), {}};
  CHECK_THROWS_AS(solve_path(objective, problem, {4}, start, fitter, {}, monitor),
                  std::domain_error);
  CHECK(monitor.polls == 3);
}

TEST_CASE("a fitter without a finite minimiser is named; where it fails on trials they are lost") {
  Quadratic function = correlated(4);
  BlackBoxObjective objective(function);
  const Problem problem(Groups::singletons(9), {});
  const PathStart start{Vector::Zero(9), {}, {}};
  Monitor monitor;
  for (int first = 1; first < 12; ++first) {
    FailingFitter fitter(first);
    const auto path = [&] {
      return solve_path(objective, problem, {2, 3}, start, fitter, {}, monitor);
    };
    try {
      for (const LevelResult& level : path())
        CHECK(level.params.allFinite());
    } catch (const NumericalError& error) {
      CHECK(std::string(error.what()).find("numeric_solver") == 0);
    }
  }
  FailingFitter fitter(1);
  CHECK_THROWS_AS(solve_path(objective, problem, {2}, start, fitter, {}, monitor), NumericalError);
}
