#include "scope/solvers/splicing.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "fakes.hpp"
#include "scope/error.hpp"
#include "scope/solvers/path.hpp"
#include "scope/support.hpp"

using namespace scope;
using namespace scope::fakes;

namespace {

struct Bench {
  explicit Bench(Function& function, Groups groups, IndexList preselect = {})
      : objective(function),
        problem(std::move(groups), std::move(preselect)) {}

  LevelResult solve(Index level, const SplicingOptions& options = {}) {
    DefaultFitter fitter{FitOptions{}};
    Monitor monitor;
    const PathStart start{Vector::Zero(problem.groups().dimension()), {}};
    return solve_path(objective, problem, {level}, start, fitter, options, monitor).front();
  }

  BlackBoxObjective objective;
  Problem problem;
};

Quadratic planted(unsigned seed, Index samples = 40, Index variables = 10) {
  const Matrix design = noise(samples, variables, seed);
  Vector truth = Vector::Zero(variables);
  truth[2] = 3;
  truth[5] = -2;
  truth[7] = 1.5;
  return Quadratic::least_squares(design, design * truth + 0.3 * noise(samples, 1, seed + 50));
}

double best_of_all(const Quadratic& function, Index level) {
  double best = kInfinity;
  for (const IndexList& support : subsets(function.dimension(), level)) {
    best = std::min(best, function.minimum(support));
  }
  return best;
}

}  // namespace

TEST_CASE("the planted support is found and is the best of all") {
  for (unsigned seed = 1; seed <= 10; ++seed) {
    Quadratic function = planted(seed);
    Bench bench(function, Groups::singletons(10));
    const LevelResult result = bench.solve(3);
    CHECK(result.groups == IndexList{2, 5, 7});
    CHECK(result.value == doctest::Approx(best_of_all(function, 3)));
    CHECK(result.status == Status::converged);
  }
}

TEST_CASE("every combination of options finds the planted support") {
  for (const bool greedy : {true, false}) {
    for (const bool dynamic : {true, false}) {
      for (const auto sequence : {ExchangeSequence::halve, ExchangeSequence::taper}) {
        for (const Index pool : {0, 1, 4}) {
          for (const bool curvature : {true, false}) {
            SplicingOptions options;
            options.greedy = greedy;
            options.dynamic_max_exchange = dynamic;
            options.sequence = sequence;
            options.important_search = pool;
            options.use_curvature = curvature;
            Quadratic function = planted(3);
            Bench bench(function, Groups::singletons(10));
            CHECK(bench.solve(3, options).groups == IndexList{2, 5, 7});
          }
        }
      }
    }
  }
}

TEST_CASE("preselected groups stay, groups are selected whole") {
  Quadratic function = planted(4);
  function.with_curvature = false;
  Bench bench(function, Groups::from_labels({0, 0, 1, 1, 2, 2, 3, 3, 4, 4}), {4});
  const LevelResult result = bench.solve(3);
  CHECK(std::binary_search(result.groups.begin(), result.groups.end(), 4));
  CHECK(result.groups.size() == 3);
  double best = kInfinity;
  for (const IndexList& pair : subsets(4, 2)) {
    IndexList groups = pair;
    groups.push_back(4);
    best = std::min(best, function.minimum(bench.problem.groups().variables_of(groups)));
  }
  CHECK(result.value == doctest::Approx(best));
}

TEST_CASE("duplicated columns: the smaller index wins, every time") {
  Matrix design = noise(30, 6);
  design.col(4) = design.col(1);
  const Vector response = design.col(1) * 2.0 + 0.1 * noise(30, 1, 8);
  for (int repetition = 0; repetition < 3; ++repetition) {
    Quadratic function = Quadratic::least_squares(design, response);
    Bench bench(function, Groups::singletons(6));
    CHECK(bench.solve(1).groups == IndexList{1});
  }
}

TEST_CASE("no round allowed: the first support is fitted and the status says so") {
  Quadratic function = planted(5);
  Bench bench(function, Groups::singletons(10));
  SplicingOptions options;
  options.max_iterations = 0;
  const LevelResult result = bench.solve(3, options);
  CHECK(result.status == Status::iteration_limit);
  CHECK(result.exchanges == 0);
}

TEST_CASE("a trial that is not finite is no improvement") {
  // f(z) = 1 / (z0 + 1) + (z1 - 1)^2, NaN as soon as variable 2 is in play.
  Callable function(3, [](const Vector& x, Vector& g) {
    g << -1 / ((x[0] + 1) * (x[0] + 1)), 2 * (x[1] - 1), -10;
    return x[2] != 0 ? kNaN : 1 / (x[0] + 1) + (x[1] - 1) * (x[1] - 1);
  });
  Bench bench(function, Groups::singletons(3));
  const LevelResult result = bench.solve(1);
  CHECK(std::isfinite(result.value));
  CHECK(result.params.allFinite());
}

TEST_CASE("exceptions of the objective pass, at every call, and the next solve works") {
  Quadratic counted = planted(6);
  Bench(counted, Groups::singletons(10)).solve(3);
  const int calls = counted.calls;
  REQUIRE(calls > 5);
  for (int call = 0; call < calls; ++call) {
    Quadratic function = planted(6);
    Bench bench(function, Groups::singletons(10));
    function.throw_at = call;
    CHECK_THROWS_AS(bench.solve(3), CountedFunction::Thrown);
    CHECK(bench.solve(3).groups == IndexList{2, 5, 7});
  }
}

TEST_CASE("the swap polish leaves supports that are no better than a neighbour") {
  // Correlated columns; compare with and without the polish, and with the best of all.
  int better = 0;
  for (unsigned seed = 1; seed <= 30; ++seed) {
    const Matrix mixing = noise(8, 12, seed + 500) * 0.9;
    const Matrix design = noise(25, 8, seed) * mixing + 0.4 * noise(25, 12, seed + 900);
    const Vector response = design.leftCols(4).rowwise().sum() + noise(25, 1, seed + 70);
    Quadratic function = Quadratic::least_squares(design, response);
    SplicingOptions options;
    options.polish = SwapPolish::off;
    const double plain = Bench(function, Groups::singletons(12)).solve(4, options).value;
    options.polish = SwapPolish::screened;
    const double polished = Bench(function, Groups::singletons(12)).solve(4, options).value;
    CHECK(polished <= plain);
    CHECK(polished >= best_of_all(function, 4) - 1e-9 * std::abs(plain));
    if (polished < plain - 1e-6 * std::abs(plain)) ++better;
  }
  CHECK(better >= 2);
}

TEST_CASE("swap optimality is what brute force finds") {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    const Matrix design = noise(25, 8, seed) * noise(8, 12, seed + 500) + noise(25, 12, seed + 900);
    const Vector response = design.leftCols(4).rowwise().sum() + noise(25, 1, seed + 70);
    Quadratic function = Quadratic::least_squares(design, response);
    SplicingOptions options;
    options.polish = SwapPolish::exhaustive;
    Bench bench(function, Groups::singletons(12));
    const LevelResult result = bench.solve(4, options);
    CHECK(result.swap_optimal == SwapOptimality::exhaustive);
    for (const Index leaving : result.groups) {
      for (const Index entering : complement(result.groups, 12)) {
        const double swapped =
            function.minimum(scope::exchange(result.groups, {leaving}, {entering}));
        CHECK(swapped >= result.value - 1e-9 * std::abs(result.value));
      }
    }
    options.polish = SwapPolish::off;
    CHECK(bench.solve(4, options).swap_optimal == SwapOptimality::unchecked);
    CHECK(bench.solve(12, options).swap_optimal == SwapOptimality::exhaustive);
  }
}

/// Fits as usual, but never gives up.
class Persistent : public DefaultFitter {
 public:
  Persistent() : DefaultFitter(FitOptions{}) {}
  Fit fit(Objective& objective, const IndexList& variables, const Vector& start,
          const FitGoal& goal) override {
    return DefaultFitter::fit(objective, variables, start, {goal.reference});
  }
};

TEST_CASE("giving up hopeless trials changes no answer, and saves evaluations") {
  int spent = 0;
  int saved = 0;
  for (unsigned seed = 1; seed <= 100; ++seed) {
    const Matrix design = noise(60, 8, seed) * noise(8, 15, seed + 500) + noise(60, 15, seed + 900);
    const Vector labels =
        (design.leftCols(3).rowwise().sum() + 4.0 * noise(60, 1, seed + 70)).cwiseSign();
    Callable function = logistic(design, labels, true);
    BlackBoxObjective objective(function);
    const Problem problem(Groups::singletons(15), {});
    Monitor monitor;
    Persistent persistent;
    DefaultFitter usual{FitOptions{}};
    const PathStart start{Vector::Zero(15), {}};
    SplicingOptions options;
    options.polish_effort = 1e9;  // what is saved would otherwise let the polish go further
    const auto full = solve_path(objective, problem, {3}, start, persistent, options, monitor);
    spent += function.calls;
    function.calls = 0;
    const auto quick = solve_path(objective, problem, {3}, start, usual, options, monitor);
    saved += function.calls;
    CHECK(quick[0].groups == full[0].groups);
  }
  CHECK(saved < 0.9 * spent);
}

TEST_CASE("invalid options name the field") {
  Quadratic function = planted(1);
  Bench bench(function, Groups::singletons(10));
  SplicingOptions options;
  options.max_exchange = 0;
  CHECK_THROWS_WITH_AS(bench.solve(1, options), doctest::Contains("max_exchange_num"),
                       InvalidArgument);
}
