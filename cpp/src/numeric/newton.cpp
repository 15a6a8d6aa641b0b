#include "scope/numeric/newton.hpp"

#include "scope/numeric/descent_direction.hpp"
#include "scope/numeric/iterate.hpp"
#include "scope/numeric/lbfgs.hpp"
#include "scope/numeric/stopping_rule.hpp"

namespace scope::numeric {

namespace {

constexpr double kSufficientDecrease = 1e-4;
constexpr int kMaxBacktracks = 50;

double scaled_length(const Vector& values, const Vector& scale) {
  return values.cwiseProduct(scale).lpNorm<Eigen::Infinity>();
}

/// Shrinks the step until f decreases sufficiently and value and gradient are finite.
/// Rounding in f is no reason to reject: its floor is allowed for.
bool backtrack(Restriction& restriction, const Iterate& at, const DescentDirection& direction,
               Iterate& next) {
  const double floor = rounding_floor(at.value);
  double length = 1.0;
  for (int trial = 0; trial < kMaxBacktracks; ++trial) {
    next.z = at.z + length * direction.step;
    if (next.z == at.z) return false;
    next.evaluate(restriction);
    const double bound = at.value - kSufficientDecrease * length * direction.decrement + floor;
    if (next.finite() && next.value <= bound) return true;
    length *= next.finite() ? 0.5 : 0.25;
  }
  return false;
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

}  // namespace

Fit newton(Restriction& restriction, const Vector& start, const GainReference& reference,
           const FitOptions& options) {
  Iterate at{start, {}, 0.0};
  at.evaluate(restriction);
  if (!at.finite()) return at.finish(Status::non_finite, 0);
  if (restriction.dimension() == 0) return at.finish(Status::converged, 0);

  StoppingRule rule(at.value, reference, options.tolerance);
  DriftCounter drift;
  Iterate next;
  Matrix hessian;
  Status status = Status::converged;
  for (Index iteration = 0; iteration < options.max_iterations; ++iteration) {
    restriction.hessian(at.z, hessian);
    if (!hessian.allFinite()) return lbfgs(restriction, at.z, reference, options);
    const DescentDirection direction = newton_direction(hessian, at.gradient);
    const double relative_step =
        scaled_length(direction.step, direction.scale) / scaled_length(at.z, direction.scale);
    if (rule.stop(at.value, 0.5 * direction.decrement, relative_step, status)) {
      return at.finish(status, iteration);
    }
    if (!backtrack(restriction, at, direction, next)) {
      return at.finish(rule.negligible() ? Status::converged : Status::stalled, iteration);
    }
    drift.record(direction, next.z == at.z + direction.step);
    std::swap(at, next);
  }
  const bool drifts = drift.steps() >= options.max_iterations / 2;
  return at.finish(drifts ? Status::unbounded : Status::iteration_limit, options.max_iterations);
}

}  // namespace scope::numeric
