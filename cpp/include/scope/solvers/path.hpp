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
};

/// Splicing at every level of `levels` (ascending), each from the better of two supports: the
/// top-ranked groups of the previous level's sacrifices, and its support with the best newcomers
/// added. The latter makes level s+1 never worse than level s.
///
/// Throws NumericalError when f or its gradient is not finite at the start, InvalidArgument when
/// a level is below the number of preselected groups, above the number of groups, or out of order.
std::vector<LevelResult> solve_path(Objective& objective, const Problem& problem,
                                    const IndexList& levels, const PathStart& start,
                                    SupportFitter& fitter, const SplicingOptions& options,
                                    Monitor& monitor);

}  // namespace scope
