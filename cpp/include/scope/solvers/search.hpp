#pragma once

#include <vector>

#include "scope/solvers/splicing.hpp"

namespace scope {

/// What one solve carries from step to step.
struct Splicing::Search {
  Incumbent incumbent;
  Sacrifices sacrifices;
  bool by_null_curvature = false;  ///< whether these are ranked in the metric at zero
  Index max_exchange = 0;
  bool stuck = false;  ///< whether no exchange that was tried improves the incumbent
  Index rounds = 0;
  Index fits = 0;
  Index exchanges = 0;
  Index begin = 0;             ///< the objective's work when the search began
  Index polish_begin = 0;      ///< and when its present polish began
  Index polish_work = 0;       ///< of earlier polishes that found nothing
  bool out_of_effort = false;  ///< whether the last polish ended before its list did
  SwapOptimality swap_optimal = SwapOptimality::unchecked;
  std::vector<Incumbent> abandoned;  ///< trials that were given up at this incumbent
};

}  // namespace scope
