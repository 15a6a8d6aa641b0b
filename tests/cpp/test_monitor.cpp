#include "scope/monitor.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "fakes.hpp"
#include "scope/solvers/path.hpp"
#include "scope/solvers/screening.hpp"

using namespace scope;
using namespace scope::fakes;

namespace {

/// Stops at the k-th time that it is asked, and checks what it is told.
class Stopping : public Monitor {
 public:
  explicit Stopping(int at) : at_(at) {}

  void poll() override { tick(); }
  void tick() override {
    if (calls++ == at_) stop_ = Stop::time_limit;
  }
  void accepted(const Progress& progress) override {
    if (progress.sparsity != level_) {
      level_ = progress.sparsity;
      values.clear();
    }
    values.push_back(progress.value);
  }

  int calls = 0;
  std::vector<double> values;  ///< of the last level

 private:
  int at_;
  Index level_ = -1;
};

/// Stops at the k-th fit.
class StoppingAtFit : public Monitor {
 public:
  explicit StoppingAtFit(int at) : left_(at) {}
  void poll() override {
    if (left_-- == 0) stop_ = Stop::time_limit;
  }

 private:
  int left_;
};

/// Asks for the end once a number of supports were accepted.
class Satisfied : public Monitor {
 public:
  explicit Satisfied(int enough) : enough_(enough) {}
  void accepted(const Progress& /*progress*/) override {
    if (++supports >= enough_) stop_ = Stop::requested;
  }
  int supports = 0;

 private:
  int enough_;
};

struct MonitoredBench {
  explicit MonitoredBench(Function& given) : function(given) {}

  std::vector<LevelResult> solve(Monitor& monitor, const IndexList& levels,
                                 const SplicingOptions& options = {}) {
    BlackBoxObjective objective(function);
    const Problem problem(Groups::singletons(function.dimension()), {});
    DefaultFitter fitter{FitOptions{}};
    const PathStart start{Vector::Zero(function.dimension()), {}};
    return solve_path(objective, problem, levels, start, fitter, options, monitor);
  }

  double value_at(const Vector& params) {
    Vector gradient;
    return function.value_and_gradient(params, gradient);
  }

  Function& function;
};

Callable labelled(bool with_hessian) {
  const Matrix design = noise(30, 4, 3) * noise(4, 9, 4) + 0.5 * noise(30, 9, 5);
  const Vector labels = (design.col(1) - design.col(6) + noise(30, 1, 6)).cwiseSign();
  return logistic(design, labels, with_hessian);
}

void check_answer(MonitoredBench& bench, const LevelResult& level, double above) {
  REQUIRE(level.params.allFinite());
  CHECK((level.params.array() != 0.0).count() <= level.sparsity);
  CHECK(static_cast<Index>(level.groups.size()) == level.sparsity);
  CHECK(level.value == bench.value_at(level.params));
  CHECK(level.value <= above);
}

}  // namespace

TEST_CASE("a solve that is stopped at any step has the best answer so far") {
  for (const bool with_hessian : {true, false}) {
    for (const SwapPolish polish : {SwapPolish::screened, SwapPolish::exhaustive}) {
      Callable function = labelled(with_hessian);
      MonitoredBench bench(function);
      const double at_start = bench.value_at(Vector::Zero(9));
      SplicingOptions options;
      options.polish = polish;
      Stopping never(-1);
      const auto complete = bench.solve(never, {2, 3}, options);
      REQUIRE(complete.size() == 2);
      std::size_t reached = 1;
      for (int at = 0; at < never.calls; ++at) {
        Stopping monitor(at);
        const auto path = bench.solve(monitor, {2, 3}, options);
        REQUIRE(path.size() >= reached);
        reached = path.size();
        for (const LevelResult& level : path)
          check_answer(bench, level, at_start);
        const LevelResult& last = path.back();
        // A search that was done, and only its answer's last digits were not, is complete.
        const bool ended = last.status == Status::time_limit;
        CHECK((ended || last.groups == complete[path.size() - 1].groups));
        if (ended) CHECK(last.swap_optimal == SwapOptimality::unchecked);
        CHECK(last.value <= *std::min_element(monitor.values.begin(), monitor.values.end()));
        CHECK(monitor.calls <= at + 12);  // of a few trials that are left at once
      }
      CHECK(reached == 2);
    }
  }
}

TEST_CASE("a monitor that never stops changes nothing, and is told of every exchange") {
  Callable function = labelled(true);
  MonitoredBench bench(function);
  Monitor silent;
  Stopping never(-1);
  const LevelResult plain = bench.solve(silent, {3}).front();
  const LevelResult watched = bench.solve(never, {3}).front();
  CHECK(watched.params == plain.params);
  CHECK(watched.evaluations.gradients == plain.evaluations.gradients);
  CHECK(static_cast<Index>(never.values.size()) == plain.exchanges + 1);
  CHECK(std::is_sorted(never.values.rbegin(), never.values.rend()));
}

TEST_CASE("a stop that is asked for ends a level with the support that was told last") {
  Callable function = labelled(true);
  MonitoredBench bench(function);
  Satisfied never(1000);
  bench.solve(never, {2, 3, 4});
  for (int enough = 1; enough <= never.supports; ++enough) {
    Satisfied monitor(enough);
    const auto path = bench.solve(monitor, {2, 3, 4});
    CHECK(monitor.supports == enough);
    CHECK(path.back().status == Status::stopped);
  }
}

TEST_CASE("screening that is stopped keeps what it has seen") {
  Quadratic function(Matrix::Identity(6, 6), Vector::LinSpaced(6, 1, 6));
  BlackBoxObjective objective(function);
  DefaultFitter fitter{FitOptions{}};
  StoppingAtFit monitor(3);
  const Problem problem(Groups::singletons(6), {});
  CHECK(screen(objective, problem, 2, fitter, monitor) == IndexList{1, 2});
}

TEST_CASE("the stationarity of an answer is its largest derivative on the support") {
  Callable function = labelled(true);
  MonitoredBench bench(function);
  Vector gradient;
  function.value_and_gradient(Vector::Zero(9), gradient);
  const double steepest = gradient.lpNorm<Eigen::Infinity>();
  Stopping never(-1);
  bench.solve(never, {3});
  for (int at = 0; at < never.calls + 1; ++at) {
    Stopping monitor(at);
    const LevelResult level = bench.solve(monitor, {3}).front();
    function.value_and_gradient(level.params, gradient);
    const double expected = gradient(level.groups).lpNorm<Eigen::Infinity>();
    CHECK(level.stationarity == doctest::Approx(expected));
    CHECK(level.relative_stationarity == doctest::Approx(expected / steepest));
    if (level.status == Status::converged) CHECK(level.relative_stationarity < 1e-6);
  }
}
