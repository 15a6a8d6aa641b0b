#include "scope/numeric/newton.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "scope/numeric/descent_direction.hpp"
#include "scope/numeric/iterate.hpp"
#include "scope/numeric/lbfgs.hpp"
#include "scope/numeric/stopping_rule.hpp"

namespace scope::numeric {

namespace {

constexpr int kMaxBacktracks = 50;
constexpr double kLeastShrinkage = 1e-4;
/// A start is not shrunk to more than this share of it.
constexpr double kLargeShare = 0.5;
/// After this many full steps in a row that did not shrink, the next is tried at multiples.
constexpr Index kPatience = 3;
constexpr int kMostDoublings = 10;
/// A step of which less than this share was taken says how far the model can be trusted.
constexpr double kMuchTooLong = 0.25;
/// What the next step may be longer than one that was cut.
constexpr double kRegrowth = 2.0;
/// Square roots of curvatures below this share of the largest: f is flat, its minimum far away.
constexpr double kVanished = 1e-4;
/// Below this f is at the end of what a double holds: it falls without end.
constexpr double kBottomless = -1e300;

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
  direction.indefinite = inner.indefinite;
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
               const Bounds& bounds, const FitGoal& goal, Iterate& next) {
  const double floor = rounding_floor(at.value);
  const double full_slope = at.gradient.dot(step);
  double length = 1.0;
  for (int trial = 0; trial < kMaxBacktracks && !goal.stops(); ++trial) {
    next.z = at.z + length * step;
    bounds.project(next.z);
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

/// Doubles a step that is one of many of the same length, as long as f decreases noticeably.
void expand(Restriction& restriction, const Iterate& at, const Vector& step, double noticeable,
            Iterate& next) {
  Iterate further;
  double length = 1.0;
  for (int doubling = 0; doubling < kMostDoublings; ++doubling) {
    length *= 2.0;
    further.z = at.z + length * step;
    further.evaluate(restriction);
    if (!further.finite() || !(further.value < next.value - noticeable)) return;
    std::swap(next, further);
  }
}

/// Where bounds cut a Newton step short, the others' part of it need not decrease f; a step along
/// the gradient, in the units of the variables, always does.
bool step_along_gradient(Restriction& restriction, const Iterate& at,
                         const DescentDirection& direction, const Bounds& bounds,
                         const FitGoal& goal, Iterate& next) {
  if (!bounds.exist()) return false;
  const Vector step = -at.gradient.cwiseQuotient(direction.scale.cwiseAbs2());
  return backtrack(restriction, at, step, bounds, goal, next);
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

/// Where a start that overshoots should be shrunk to: the minimum, on the way to it from zero, of
/// the parabola through f(0), the value and the slope at the start. One: nothing is gained.
double share_of_start(const Iterate& at, double null_value) {
  const double slope = at.gradient.dot(at.z);
  const double change = at.value - null_value;
  const double curvature = slope - change;
  if (!(slope > 0.0) || !(curvature > 0.0)) return 1.0;
  return std::clamp(0.5 * (slope - 2.0 * change) / curvature, 0.0, 1.0);
}

/// Values of another support can be far from any minimiser of this one. Where f is flat out there
/// (a saturated logistic model) Newton's model is worth nothing, and the way back is long.
bool shrink_start(Restriction& restriction, const FitGoal& goal, Iterate& at) {
  const double share = share_of_start(at, goal.reference.null_value);
  if (share > kLargeShare) return false;
  Iterate shrunk{share * at.z, {}, 0.0};
  shrunk.evaluate(restriction);
  if (!shrunk.finite() || !(shrunk.value < at.value)) return false;
  at = std::move(shrunk);
  return true;
}

/// How far the quadratic model is to be trusted, learnt from steps that were much too long.
class TrustRadius {
 public:
  /// `proposed` and `taken` are lengths of a step, in the units that the next step is limited in.
  void record(double proposed, double taken) {
    if (taken < kMuchTooLong * proposed) {
      radius_ = kRegrowth * taken;
    } else if (taken > 0.5 * proposed) {
      radius_ = std::max(radius_, 2.0 * kRegrowth * taken);
    }
  }
  double radius() const { return radius_; }

 private:
  double radius_ = std::numeric_limits<double>::infinity();
};

/// Whether a multiple of the decrease that the model promises does not reach what is to be beaten.
bool out_of_reach(const Iterate& at, const DescentDirection& direction, const FitGoal& goal) {
  return direction.definite && at.value - goal.optimism * 0.5 * direction.decrement > goal.to_beat;
}

/// A minimisation in progress: the point, and what its steps have taught.
class Descent {
 public:
  Descent(Restriction& restriction, Iterate at, const FitGoal& goal, const FitOptions& options)
      : restriction_(restriction),
        bounds_(restriction.bounds()),
        goal_(goal),
        at_(std::move(at)),
        rule_(at_.value, goal.reference, options.tolerance) {}

  Iterate& at() { return at_; }
  Index drifting_steps() const { return drift_.steps(); }

  /// Takes a step; returns how the minimisation ends here, if it does.
  std::optional<Status> step(const Matrix& hessian, bool first) {
    const DescentDirection direction = feasible_direction(hessian, at_, bounds_);
    // A start of an f that is not convex decides which minimiser is found: it is kept.
    const bool convex = !direction.indefinite;
    if (first && convex && shrink_start(restriction_, goal_, at_)) return std::nullopt;
    Status status = Status::converged;
    if (ends(hessian, direction, status)) return status;
    if (out_of_reach(at_, direction, goal_)) return Status::abandoned;
    if (advance(hessian, direction) || goal_.stops()) return std::nullopt;
    return rule_.negligible() ? Status::converged : Status::stalled;
  }

 private:
  /// Whether `direction` ends the minimisation, with `status`.
  bool ends(const Matrix& hessian, const DescentDirection& direction, Status& status) {
    const double scale = std::sqrt(hessian.diagonal().cwiseAbs().maxCoeff());
    steepest_ = std::max(steepest_, scale);
    const double relative_step =
        scaled_length(direction.step, direction.scale) / scaled_length(at_.z, direction.scale);
    if (!rule_.stop(at_.value, 0.5 * direction.decrement, relative_step, status)) return false;
    if (rule_.negligible() && scale < kVanished * steepest_) status = Status::unbounded;
    return true;
  }

  /// Whether a step was found.
  bool advance(const Matrix& hessian, const DescentDirection& direction) {
    const Vector step = bounds_.exist()
                            ? direction.step
                            : limited_step(hessian, at_.gradient, direction, trust_.radius());
    if (!backtrack(restriction_, at_, step, bounds_, goal_, next_) &&
        !step_along_gradient(restriction_, at_, direction, bounds_, goal_, next_)) {
      return false;
    }
    trust_.record(step.cwiseProduct(direction.scale).norm(),
                  (next_.z - at_.z).cwiseProduct(direction.scale).norm());
    drift_.record(direction, next_.z == at_.z + direction.step);
    if (drift_.steps() >= kPatience && !rule_.negligible() && !bounds_.exist()) {
      const double noticeable = rule_.negligible_decrease(next_.value);
      expand(restriction_, at_, direction.step, noticeable, next_);
    }
    std::swap(at_, next_);
    return true;
  }

  Restriction& restriction_;
  Bounds bounds_;
  const FitGoal& goal_;
  Iterate at_;
  Iterate next_;
  StoppingRule rule_;
  DriftCounter drift_;
  TrustRadius trust_;
  double steepest_ = 0.0;  ///< the largest scale met
};

}  // namespace

Fit newton(Restriction& restriction, const Vector& start, const FitGoal& goal,
           const FitOptions& options) {
  const bool bounded = restriction.bounds().exist();
  Iterate first{start, {}, 0.0};
  restriction.bounds().project(first.z);
  first.evaluate(restriction);
  if (!first.finite()) return first.finish(Status::non_finite, 0);
  if (restriction.dimension() == 0) return first.finish(Status::converged, 0);

  Descent descent(restriction, std::move(first), goal, options);
  Iterate& at = descent.at();
  Matrix hessian;
  for (Index iteration = 0; iteration < options.max_iterations; ++iteration) {
    if (goal.stops()) return at.finish(status_of(goal.monitor->stop()), iteration);
    if (at.value < kBottomless) return at.finish(Status::unbounded, iteration);
    restriction.hessian(at.z, hessian);
    if (!hessian.allFinite()) {
      return bounded ? at.finish(Status::stalled, iteration)
                     : lbfgs(restriction, at.z, goal, options);
    }
    const std::optional<Status> end = descent.step(hessian, iteration == 0);
    if (end) return at.finish(*end, iteration);
  }
  const bool drifts = descent.drifting_steps() >= options.max_iterations / 2;
  return at.finish(drifts ? Status::unbounded : Status::iteration_limit, options.max_iterations);
}

}  // namespace scope::numeric
