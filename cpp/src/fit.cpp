#include "scope/fit.hpp"

#include <cmath>

#include "scope/error.hpp"
#include "scope/numeric/lbfgs.hpp"
#include "scope/numeric/newton.hpp"
#include "scope/numeric/stopping_rule.hpp"

namespace scope {

const char* to_string(Status status) {
  switch (status) {
  case Status::converged: return "converged";
  case Status::stalled: return "stalled";
  case Status::iteration_limit: return "iteration_limit";
  case Status::unbounded: return "unbounded";
  case Status::non_finite: return "non_finite";
  }
  return "unknown";
}

namespace {

Fit minimise(Objective& objective, const IndexList& variables, const Vector& start,
             const GainReference& reference, const FitOptions& options) {
  const auto restriction = objective.restrict_to(variables);
  const bool newton =
      restriction->has_hessian() && restriction->dimension() <= options.newton_limit;
  return newton ? numeric::newton(*restriction, start, reference, options)
                : numeric::lbfgs(*restriction, start, reference, options);
}

}  // namespace

void FitOptions::validate() const {
  if (max_iterations < 1) throw InvalidArgument("max_iterations of a fit should be positive.");
  if (!(tolerance >= 0.0) || !(final_tolerance >= 0.0)) {
    throw InvalidArgument("tolerance of a fit should not be negative.");
  }
  if (newton_limit < 0) throw InvalidArgument("newton_limit should not be negative.");
}

double GainReference::gained(double start_value, double value) const {
  const double from = std::isfinite(null_value) ? null_value : start_value;
  return from > value ? from - value : 0.0;
}

DefaultFitter::DefaultFitter(const FitOptions& options) : options_(options) { options_.validate(); }

Fit SupportFitter::refine(Objective& /*objective*/, const IndexList& /*variables*/, const Fit& fit,
                          const GainReference& /*reference*/) {
  return fit;
}

Fit DefaultFitter::fit(Objective& objective, const IndexList& variables, const Vector& start,
                       const GainReference& reference) {
  return minimise(objective, variables, start, reference, options_);
}

Fit DefaultFitter::refine(Objective& objective, const IndexList& variables, const Fit& fit,
                          const GainReference& reference) {
  if (fit.status != Status::converged) return fit;
  FitOptions options = options_;
  options.tolerance = options_.final_tolerance;
  Fit refined = minimise(objective, variables, fit.values, reference, options);
  if (!(refined.value <= fit.value + numeric::rounding_floor(fit.value))) return fit;
  refined.status = fit.status;  // it was converged; that no step improves it further is no news
  return refined;
}

}  // namespace scope
