#include "scope/numeric/newton.hpp"

#include <algorithm>

#include "scope/numeric/descent_direction.hpp"
#include "scope/numeric/iterate.hpp"
#include "scope/numeric/lbfgs.hpp"
#include "scope/numeric/stopping_rule.hpp"

namespace scope::numeric {

namespace {

constexpr double kSufficientDecrease = 1e-4;
constexpr int kMaxBacktracks = 50;
constexpr double kLeastShrinkage = 1e-4;

double scaled_length(const Vector& values, const Vector& scale) {
  return values.cwiseProduct(scale).lpNorm<Eigen::Infinity>();
}

/// The Newton direction of the variables that no bound holds; zero for the others
/// (two-metric projection, Bertsekas 1982, doi:10.1137/0320018).
DescentDirection feasible_direction(const Matrix& hessian, const Iterate& at,
                                    const Bounds& bounds) {
  if (!bounds.exist()) return newton_direction(hessian, at.gradient, at.z);
  IndexList free;
  for (Index i = 0; i < at.z.size(); ++i) {
    if (!bounds.holds(at.z[i], at.gradient[i])) free.push_back(i);
  }
  DescentDirection direction;
  direction.step = Vector::Zero(at.z.size());
  direction.scale = Vector::Ones(at.z.size());
  if (free.empty()) return direction;
  const DescentDirection inner =
      newton_direction(hessian(free, free), at.gradient(free), at.z(free));
  direction.step(free) = inner.step;
  direction.scale(free) = inner.scale;
  direction.decrement = inner.decrement;
  direction.definite = inner.definite;
  return direction;
}

/// Where the parabola through value and slope at the start, and the value that a step led to, has
/// its minimum, as a share of the step. Far from the minimum that may be very short.
double shrinkage(double slope, double change) {
  return std::clamp(-0.5 * slope / (change - slope), kLeastShrinkage, 0.5);
}

/// Shrinks the step until f decreases sufficiently and value and gradient are finite.
/// Rounding in f is no reason to reject: its floor is allowed for.
bool backtrack(Restriction& restriction, const Iterate& at, const Vector& step,
               const Bounds& bounds, Iterate& next) {
  const double floor = rounding_floor(at.value);
  const double full_slope = at.gradient.dot(step);
  double length = 1.0;
  for (int trial = 0; trial < kMaxBacktracks; ++trial) {
    next.z = bounds.projected(at.z + length * step);
    if (next.z == at.z) return false;
    const double slope = bounds.exist() ? at.gradient.dot(next.z - at.z) : length * full_slope;
    if (slope > 0.0) {
      length *= 0.5;
      continue;
    }
    next.evaluate(restriction);
    if (next.finite() && next.value <= at.value + kSufficientDecrease * slope + floor) return true;
    length *= next.finite() ? shrinkage(slope, next.value - at.value) : 0.25;
  }
  return false;
}

/// Where bounds cut a Newton step short, the others' part of it need not decrease f; a step along
/// the gradient, in the units of the variables, always does.
bool step_along_gradient(Restriction& restriction, const Iterate& at,
                         const DescentDirection& direction, const Bounds& bounds, Iterate& next) {
  if (!bounds.exist()) return false;
  const Vector step = -at.gradient.cwiseQuotient(direction.scale.cwiseAbs2());
  return backtrack(restriction, at, step, bounds, next);
}

/// Counts full steps in a row that did not shrink: a sign of descent without end.
class DriftCounter {
 public:
  void record(const DescentDirection& direction, bool full) {
    const double length = scaled_length(direction.step, direction.scale);
    steps_ = full && length > 0.5 * previous_length_ ? steps_ + 1 : 0;
    previous_length_ = length;
  }
  Index steps() const { return steps_; }

 private:
  double previous_length_ = 0.0;
  Index steps_ = 0;
};

/// Whether a multiple of the decrease that the model promises does not reach what is to be beaten.
bool out_of_reach(const Iterate& at, const DescentDirection& direction, const FitGoal& goal) {
  return direction.definite && at.value - goal.optimism * 0.5 * direction.decrement > goal.to_beat;
}

}  // namespace

Fit newton(Restriction& restriction, const Vector& start, const FitGoal& goal,
           const FitOptions& options) {
  const Bounds bounds = restriction.bounds();
  Iterate at{bounds.projected(start), {}, 0.0};
  at.evaluate(restriction);
  if (!at.finite()) return at.finish(Status::non_finite, 0);
  if (restriction.dimension() == 0) return at.finish(Status::converged, 0);

  StoppingRule rule(at.value, goal.reference, options.tolerance);
  DriftCounter drift;
  Iterate next;
  Matrix hessian;
  Status status = Status::converged;
  for (Index iteration = 0; iteration < options.max_iterations; ++iteration) {
    restriction.hessian(at.z, hessian);
    if (!hessian.allFinite()) {
      return bounds.exist() ? at.finish(Status::stalled, iteration)
                            : lbfgs(restriction, at.z, goal, options);
    }
    const DescentDirection direction = feasible_direction(hessian, at, bounds);
    const double relative_step =
        scaled_length(direction.step, direction.scale) / scaled_length(at.z, direction.scale);
    if (rule.stop(at.value, 0.5 * direction.decrement, relative_step, status)) {
      return at.finish(status, iteration);
    }
    if (out_of_reach(at, direction, goal)) return at.finish(Status::abandoned, iteration);
    if (!backtrack(restriction, at, direction.step, bounds, next) &&
        !step_along_gradient(restriction, at, direction, bounds, next)) {
      return at.finish(rule.negligible() ? Status::converged : Status::stalled, iteration);
    }
    drift.record(direction, next.z == at.z + direction.step);
    std::swap(at, next);
  }
  const bool drifts = drift.steps() >= options.max_iterations / 2;
  return at.finish(drifts ? Status::unbounded : Status::iteration_limit, options.max_iterations);
}

}  // namespace scope::numeric
