#pragma once

#include <optional>
#include <vector>

#include "scope/solvers/splicing.hpp"

namespace scope {

/// Where a path begins.
struct PathStart {
  Vector params;      ///< length p
  IndexList support;  ///< groups to prefer for the first support; may be empty
  /// f(0), which tolerances refer to, where that is known; NaN where f has no value there.
  std::optional<double> null_value = std::nullopt;
};

/// The answer at one sparsity level.
struct LevelResult {
  Index sparsity = 0;
  IndexList groups;  ///< selected groups, sorted
  Vector params;     ///< length p, exact zeros off the support
  double value = 0.0;
  Status status = Status::converged;
  SwapOptimality swap_optimal = SwapOptimality::unchecked;
  Index iterations = 0;
  Index exchanges = 0;
  Evaluations evaluations;  ///< spent on this level
  /// Largest absolute derivative on the support, those left out that lead out of the bounds.
  double stationarity = 0.0;
  /// The same as a share of the largest absolute derivative, of all variables, at the start.
  double relative_stationarity = 0.0;
};

/// Splicing at every level of `levels` (ascending), each from the better of two supports: the
/// top-ranked groups of the previous level's sacrifices, and its support with the best newcomers
/// added. The latter makes level s+1 never worse than level s. Results are appended to `path`: on
/// an exception it has those that are complete. A monitor that stops ends the level and the path.
///
/// Throws NumericalError when f or its gradient is not finite at the start, InvalidArgument when
/// a level is below the number of preselected groups, above the number of groups, or out of order.
void solve_path(Objective& objective, const Problem& problem, const IndexList& levels,
                const PathStart& start, SupportFitter& fitter, const SplicingOptions& options,
                Monitor& monitor, std::vector<LevelResult>& path);

std::vector<LevelResult> solve_path(Objective& objective, const Problem& problem,
                                    const IndexList& levels, const PathStart& start,
                                    SupportFitter& fitter, const SplicingOptions& options,
                                    Monitor& monitor);

}  // namespace scope
