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

/// A quadratic f by its model.
class ModelRestriction final : public Restriction {
 public:
  ModelRestriction(const QuadraticModel& model, const Bounds& bounds)
      : model_(model),
        bounds_(bounds) {}

  Index dimension() const override { return model_.linear.size(); }

  double value_and_gradient(const Vector& z, Vector& gradient) override {
    gradient.noalias() = model_.hessian * z;
    const double curved = 0.5 * z.dot(gradient);
    gradient += model_.linear;
    return model_.constant + z.dot(model_.linear) + curved;
  }

  bool has_hessian() const override { return true; }
  void hessian(const Vector& /*z*/, Matrix& hessian) override { hessian = model_.hessian; }
  Bounds bounds() const override { return bounds_; }

 private:
  const QuadraticModel& model_;
  Bounds bounds_;
};

/// The minimiser of a model by one factorisation. Status::non_finite where there is none.
Fit minimiser_of(const QuadraticModel& model) {
  Fit fit;
  const auto direction = numeric::newton_direction(model.hessian, model.linear);
  if (!direction.definite) return fit;
  fit.values = direction.step;
  fit.value = model.constant - 0.5 * direction.decrement;
  fit.status = Status::converged;
  fit.iterations = 1;
  return fit;
}

/// The minimiser of a quadratic f, found by its model: in a box by Newton's method on that.
/// Only what comes near the goal is evaluated: the model loses digits where f nearly vanishes.
Fit minimise_quadratic(Restriction& restriction, const Vector& start, const FitGoal& goal,
                       const FitOptions& options) {
  QuadraticModel model;
  restriction.quadratic(model);
  if (!std::isfinite(model.constant) || !model.linear.allFinite() || !model.hessian.allFinite()) {
    return {};
  }
  ModelRestriction bounded(model, restriction.bounds());
  Fit fit = restriction.bounds().exist() ? numeric::newton(bounded, start, goal, options)
                                         : minimiser_of(model);
  if (fit.status != Status::converged) return fit;
  const double gain = model.constant - fit.value;
  if (fit.value - kModelRounding * (std::abs(model.constant) + gain) < goal.to_beat) {
    fit.value = restriction.value_and_gradient(fit.values, fit.gradient);
    if (!std::isfinite(fit.value) || !fit.gradient.allFinite()) fit.status = Status::non_finite;
  }
  return fit;
}

bool takes_newton(const Restriction& restriction, const FitOptions& options) {
  const bool bounded = restriction.bounds().exist();  // L-BFGS knows no bounds
  return restriction.has_hessian() && (bounded || restriction.dimension() <= options.newton_limit);
}

Fit minimise(Restriction& restriction, const Vector& start, const FitGoal& goal,
             const FitOptions& options) {
  return takes_newton(restriction, options) ? numeric::newton(restriction, start, goal, options)
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
  if (restriction->is_quadratic() && !variables.empty() && takes_newton(*restriction, options_)) {
    Fit fit = minimise_quadratic(*restriction, start, goal, options_);
    if (fit.status == Status::converged || fit.status == Status::abandoned) return fit;
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
