#pragma once

#include "scope/fit.hpp"

namespace scope::numeric {

/// Damped Newton (Nocedal & Wright 2006, algorithm 3.2) with backtracking.
///
/// Preconditions: restriction.has_hessian(), start.size() == restriction.dimension().
/// Continues with L-BFGS from where it stands if a Hessian is not finite.
Fit newton(Restriction& restriction, const Vector& start, const FitGoal& goal,
           const FitOptions& options);

}  // namespace scope::numeric
