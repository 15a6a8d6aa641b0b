#include "scope/fit.hpp"

#include <cmath>

#include "scope/error.hpp"
#include "scope/numeric/descent_direction.hpp"
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
  case Status::time_limit: return "time_limit";
  case Status::stopped: return "stopped";
  case Status::non_finite: return "non_finite";
  case Status::abandoned: return "abandoned";
  }
  return "unknown";
}

Status status_of(Stop stop) {
  return stop == Stop::time_limit ? Status::time_limit : Status::stopped;
}

namespace {

/// Share of the scale of f by which the minimum of a quadratic model may differ from f there.
constexpr double kModelRounding = 1e-12;

/// The minimiser of a quadratic f by one factorisation. Status::non_finite where there is none.
/// Only what comes near the goal is evaluated: the model loses digits where f nearly vanishes.
Fit minimise_quadratic(Restriction& restriction, double to_beat) {
  QuadraticModel model;
  restriction.quadratic(model);
  Fit fit;
  if (!std::isfinite(model.constant) || !model.linear.allFinite() || !model.hessian.allFinite()) {
    return fit;
  }
  const auto direction = numeric::newton_direction(model.hessian, model.linear);
  if (!direction.definite) return fit;
  const double gain = 0.5 * direction.decrement;
  fit.values = direction.step;
  fit.value = model.constant - gain;
  fit.status = Status::converged;
  fit.iterations = 1;
  if (fit.value - kModelRounding * (std::abs(model.constant) + gain) < to_beat) {
    fit.value = restriction.value_and_gradient(fit.values, fit.gradient);
    if (!std::isfinite(fit.value) || !fit.gradient.allFinite()) fit.status = Status::non_finite;
  }
  return fit;
}

Fit minimise(Restriction& restriction, const Vector& start, const FitGoal& goal,
             const FitOptions& options) {
  const bool bounded = restriction.bounds().exist();  // L-BFGS knows no bounds
  const bool newton =
      restriction.has_hessian() && (bounded || restriction.dimension() <= options.newton_limit);
  return newton ? numeric::newton(restriction, start, goal, options)
                : numeric::lbfgs(restriction, start, goal, options);
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
                          const FitGoal& /*goal*/) {
  return fit;
}

Fit DefaultFitter::fit(Objective& objective, const IndexList& variables, const Vector& start,
                       const FitGoal& goal) {
  const auto restriction = objective.restrict_to(variables);
  const bool direct = restriction->is_quadratic() && !restriction->bounds().exist() &&
                      !variables.empty() && restriction->dimension() <= options_.newton_limit;
  if (direct) {
    Fit fit = minimise_quadratic(*restriction, goal.to_beat);
    if (fit.status == Status::converged) return fit;
  }
  return minimise(*restriction, start, goal, options_);
}

Fit DefaultFitter::refine(Objective& objective, const IndexList& variables, const Fit& fit,
                          const FitGoal& goal) {
  if (fit.status != Status::converged) return fit;
  FitOptions options = options_;
  options.tolerance = options_.final_tolerance;
  FitGoal in_full{goal.reference};
  in_full.monitor = goal.monitor;
  Fit refined = minimise(*objective.restrict_to(variables), fit.values, in_full, options);
  if (!(refined.value <= fit.value + numeric::rounding_floor(fit.value))) return fit;
  refined.status = fit.status;  // it was converged; that no step improves it further is no news
  return refined;
}

}  // namespace scope
