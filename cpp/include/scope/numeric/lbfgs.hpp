#pragma once

#include "scope/fit.hpp"

namespace scope::numeric {

/// L-BFGS (Nocedal & Wright 2006, algorithm 7.5) with the weak Wolfe bisection of
/// Lewis & Overton (2013, doi:10.1007/s10107-012-0514-2), which also copes with kinks.
Fit lbfgs(Restriction& restriction, const Vector& start, const FitGoal& goal,
          const FitOptions& options);

}  // namespace scope::numeric
