#include "scope/solvers/swap_model.hpp"

#include <doctest/doctest.h>

#include "fakes.hpp"
#include "scope/support.hpp"

using namespace scope;
using namespace scope::fakes;

namespace {

Monitor monitor;

}

TEST_CASE("predicted changes are exact for quadratics, groups of several variables included") {
  for (const auto& labels : {IndexList{0, 1, 2, 3, 4, 5}, IndexList{0, 1, 2, 3, 3, 4},
                             IndexList{0, 0, 1, 2, 2, 3}, IndexList{0, 0, 1, 2, 3, 4}}) {
    const Groups groups = Groups::from_labels(labels);
    Quadratic function = Quadratic::least_squares(noise(15, 6, 3), noise(15, 1, 8));
    function.with_curvature = false;
    BlackBoxObjective objective(function);
    DefaultFitter fitter{FitOptions{}};
    Incumbent incumbent{{0, 2}, groups.variables_of({0, 2}), {}};
    const Vector zero = Vector::Zero(static_cast<Index>(incumbent.variables.size()));
    incumbent.fit = fitter.fit(objective, incumbent.variables, zero, {});
    Vector gradient;
    objective.value_and_gradient(incumbent.variables, incumbent.fit.values, gradient);
    const IndexList candidates = complement({0, 2}, groups.count());
    const auto found =
        predict_swaps(objective, groups, incumbent, gradient, {}, candidates, monitor);
    CHECK(found.known);
    CHECK(found.swaps.size() == 2 * candidates.size());
    double previous = -kInfinity;
    for (const Swap& swap : found.swaps) {
      const IndexList support =
          groups.variables_of(exchange({0, 2}, {swap.leaving}, {swap.entering}));
      const double exact = function.minimum(support) - incumbent.fit.value;
      CHECK(swap.change == doctest::Approx(exact).epsilon(1e-6));
      CHECK(swap.change >= previous);
      previous = swap.change;
    }
  }
}

TEST_CASE("of variables that depend on one another any can be dropped for nothing") {
  Matrix design = noise(15, 5, 3);
  design.col(1) = design.col(0);
  design.col(2).setZero();
  const Vector response = noise(15, 1, 8);
  Quadratic function = Quadratic::least_squares(design, response);
  Quadratic distinct = Quadratic::least_squares(design(Eigen::all, {0, 3, 4}), response);
  BlackBoxObjective objective(function);
  const Groups groups = Groups::singletons(5);
  DefaultFitter fitter{FitOptions{}};
  Incumbent incumbent{{0, 1, 2}, {0, 1, 2}, {}};
  incumbent.fit = fitter.fit(objective, {0, 1, 2}, Vector::Zero(3), {});
  Vector gradient;
  objective.value_and_gradient(incumbent.variables, incumbent.fit.values, gradient);
  const auto found = predict_swaps(objective, groups, incumbent, gradient, {}, {3, 4}, monitor);
  CHECK(found.known);
  CHECK_FALSE(found.regular);
  CHECK(found.swaps.size() == 6);
  for (const Swap& swap : found.swaps) {
    const double exact = distinct.minimum({0, swap.entering - 2}) - incumbent.fit.value;
    CHECK(swap.change == doctest::Approx(exact).epsilon(1e-6));
  }
}

TEST_CASE("kept groups are never exchanged; an indefinite model predicts nothing") {
  Quadratic function = Quadratic::least_squares(noise(15, 4, 3), noise(15, 1, 8));
  BlackBoxObjective objective(function);
  const Groups groups = Groups::singletons(4);
  const Incumbent incumbent{{0, 1}, {0, 1}, {Vector::Ones(2), 0.0, Status::converged, 1}};
  const auto found =
      predict_swaps(objective, groups, incumbent, Vector::Ones(4), {1}, {2, 3}, monitor);
  CHECK(found.swaps.size() == 2);
  for (const Swap& swap : found.swaps)
    CHECK(swap.leaving == 0);
  Quadratic saddle(-Matrix::Identity(4, 4), Vector::Ones(4));
  BlackBoxObjective indefinite(saddle);
  CHECK_FALSE(
      predict_swaps(indefinite, groups, incumbent, Vector::Ones(4), {}, {2, 3}, monitor).known);
}

TEST_CASE("a long prediction can be stopped between its parts") {
  struct Stopping : Monitor {
    void poll() override {
      if (++polls == 2) throw CountedFunction::Thrown("stop");
    }
    int polls = 0;
  };
  Quadratic function = Quadratic::least_squares(noise(15, 200, 3), noise(15, 1, 8));
  BlackBoxObjective objective(function);
  const Groups groups = Groups::singletons(200);
  const Incumbent incumbent{{0, 1}, {0, 1}, {Vector::Ones(2), 0.0, Status::converged, 1}};
  const IndexList candidates = complement({0, 1}, 200);
  Stopping stopping;
  CHECK_THROWS_AS(
      predict_swaps(objective, groups, incumbent, Vector::Ones(200), {}, candidates, stopping),
      CountedFunction::Thrown);
}
