#include "scope/solvers/path.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "scope/error.hpp"
#include "scope/support.hpp"

namespace scope {

namespace {

void validate(const Objective& objective, const Problem& problem, const IndexList& levels,
              const PathStart& start) {
  const Groups& groups = problem.groups();
  require_size("group", objective.dimension(), groups.dimension());
  require_size("init_params", groups.dimension(), start.params.size());
  Index previous = static_cast<Index>(problem.preselect().size()) - 1;
  for (const Index level : levels) {
    if (level <= previous || level > groups.count()) {
      throw InvalidArgument("sparsity levels should ascend from the number of preselected groups " +
                            std::to_string(problem.preselect().size()) + " to at most " +
                            std::to_string(groups.count()) + ", got " + std::to_string(level) +
                            ".");
    }
    previous = level;
  }
}

[[noreturn]] void throw_non_finite(double value) {
  if (std::isfinite(value)) throw NumericalError("The gradient returned contains NaN or Inf.");
  std::ostringstream message;
  message << "The objective function returned " << (std::isnan(value) ? std::abs(value) : value)
          << ".";  // without the sign of a NaN
  throw NumericalError(message.str());
}

/// Largest absolute derivative of those along which a variable may move.
double steepest(const Bounds& bounds, const Vector& values, const Vector& gradient) {
  double largest = 0.0;
  for (Index i = 0; i < gradient.size(); ++i) {
    if (!bounds.holds(values[i], gradient[i])) largest = std::max(largest, std::abs(gradient[i]));
  }
  return largest;
}

/// `gradient` receives all entries.
void require_finite(Objective& objective, const IndexList& variables, const Vector& values,
                    Vector& gradient) {
  const double value = objective.value_and_gradient(variables, values, gradient);
  if (!std::isfinite(value) || !gradient.allFinite()) throw_non_finite(value);
}

/// Rejected trials are nobody's fault; where a search would have to begin, something has to be
/// told.
void require_finite_fit(Objective& objective, const Incumbent& start) {
  if (start.fit.status != Status::non_finite) return;
  if (!start.fit.values.allFinite()) {
    throw NumericalError("numeric_solver returned parameters that contain NaN or Inf.");
  }
  Vector ignored;
  require_finite(objective, start.variables, start.fit.values, ignored);
}

/// The groups with a non-zero entry.
IndexList nonzero_groups(const Groups& groups, const Vector& params) {
  IndexList active;
  for (Index group = 0; group < groups.count(); ++group) {
    if (!params.segment(groups.start(group), groups.size(group)).isZero(0.0)) {
      active.push_back(group);
    }
  }
  return active;
}

Vector gather(const Vector& params, const IndexList& variables) { return params(variables); }

/// Walks the levels, keeping what the next level starts from.
class PathSolver {
 public:
  PathSolver(Objective& objective, const Problem& problem, SupportFitter& fitter,
             const SplicingOptions& options, std::optional<double> null_value, Monitor& monitor)
      : objective_(objective),
        problem_(problem),
        groups_(problem.groups()),
        options_(options),
        splicing_(objective, problem, fitter, options, reference_at_null(objective, null_value),
                  monitor),
        monitor_(monitor) {}

  void begin(const PathStart& start, Index first_level) {
    const IndexList active = nonzero_groups(groups_, start.params);
    const IndexList variables = groups_.variables_of(active);
    const Vector values = gather(start.params, variables);
    Vector gradient;
    require_finite(objective_, variables, values, gradient);
    start_slope_ = steepest(objective_.bounds(), start.params, gradient);
    sacrifices_ = compute_sacrifices(objective_, groups_, active, values, options_.use_curvature);
    splicing_.set_null_curvature(null_curvature(active));
    const IndexList first = first_support(start, first_level);
    current_ = splicing_.fit(first, variables, values);
    require_finite_fit(objective_, current_);
  }

  SplicingResult solve(Index level) {
    if (static_cast<Index>(current_.active.size()) != level) current_ = better_start(level);
    require_finite_fit(objective_, current_);
    SplicingResult result = splicing_.solve(current_);
    current_ = result.incumbent;
    sacrifices_ = result.sacrifices;
    return result;
  }

  /// Completes a level's result by how far its answer is from being stationary.
  void measure(const Incumbent& answer, LevelResult& level) const {
    const Fit& fit = answer.fit;
    level.stationarity = steepest(objective_.bounds(), fit.values, fit.gradient);
    if (level.stationarity > 0.0) level.relative_stationarity = level.stationarity / start_slope_;
  }

 private:
  static GainReference reference_at_null(Objective& objective, std::optional<double> known) {
    if (known) return {*known};
    Vector gradient;
    return {objective.restrict_to({})->value_and_gradient(Vector(), gradient)};
  }

  /// Sacrifices::curvature at zero: that of the start, if it is zero.
  Vector null_curvature(const IndexList& active) {
    if (active.empty()) return sacrifices_.curvature;
    return compute_sacrifices(objective_, groups_, {}, Vector(), options_.use_curvature).curvature;
  }

  /// Preselected groups, then the user's initial support, then by sacrifice.
  IndexList first_support(const PathStart& start, Index level) const {
    const auto wanted = static_cast<std::size_t>(level);
    IndexList forced = problem_.preselect();
    const IndexList preferred =
        ranked_descending(difference(start.support, forced), sacrifices_.scores);
    for (const Index group : preferred) {
      if (forced.size() < wanted) forced.push_back(group);
    }
    return top_groups(sacrifices_.scores, level, forced);
  }

  /// The better of the top-ranked support and the current one with the best newcomers added.
  Incumbent better_start(Index level) {
    const IndexList ranked = top_groups(sacrifices_.scores, level, problem_.preselect());
    const IndexList grown = top_groups(sacrifices_.scores, level, current_.active);
    Incumbent start = splicing_.fit(grown, current_.variables, current_.fit.values);
    if (ranked == grown || monitor_.stops()) return start;
    Incumbent other = splicing_.fit(ranked, current_.variables, current_.fit.values);
    return other.fit.value < start.fit.value ? other : start;
  }

  Objective& objective_;
  const Problem& problem_;
  const Groups& groups_;
  SplicingOptions options_;
  Splicing splicing_;
  Monitor& monitor_;
  double start_slope_ = 0.0;  ///< see LevelResult::relative_stationarity
  Incumbent current_;
  Sacrifices sacrifices_;
};

Evaluations spent(const Evaluations& before, const Evaluations& after) {
  Evaluations difference = after;
  difference.gradients -= before.gradients;
  difference.hessians -= before.hessians;
  difference.products -= before.products;
  difference.curvatures -= before.curvatures;
  return difference;
}

LevelResult publish(const Groups& groups, Index level, const SplicingResult& result) {
  LevelResult published;
  published.sparsity = level;
  published.groups = result.incumbent.active;
  published.params = Vector::Zero(groups.dimension());
  Index place = 0;
  for (const Index variable : result.incumbent.variables) {
    published.params[variable] = result.incumbent.fit.values[place++];
  }
  published.value = result.incumbent.fit.value;
  published.status = result.status;
  published.swap_optimal = result.swap_optimal;
  published.iterations = result.iterations;
  published.exchanges = result.exchanges;
  return published;
}

}  // namespace

void solve_path(Objective& objective, const Problem& problem, const IndexList& levels,
                const PathStart& start, SupportFitter& fitter, const SplicingOptions& options,
                Monitor& monitor, std::vector<LevelResult>& path) {
  validate(objective, problem, levels, start);
  if (levels.empty()) return;
  PathStart sorted = start;
  std::sort(sorted.support.begin(), sorted.support.end());
  Evaluations before = objective.evaluations();
  PathSolver solver(objective, problem, fitter, options, start.null_value, monitor);
  solver.begin(sorted, levels.front());
  for (const Index level : levels) {
    if (monitor.stops() && level != levels.front()) return;
    const SplicingResult result = solver.solve(level);
    path.push_back(publish(problem.groups(), level, result));
    solver.measure(result.incumbent, path.back());
    path.back().evaluations = spent(before, objective.evaluations());
    before = objective.evaluations();
  }
}

std::vector<LevelResult> solve_path(Objective& objective, const Problem& problem,
                                    const IndexList& levels, const PathStart& start,
                                    SupportFitter& fitter, const SplicingOptions& options,
                                    Monitor& monitor) {
  std::vector<LevelResult> path;
  solve_path(objective, problem, levels, start, fitter, options, monitor, path);
  return path;
}

}  // namespace scope
