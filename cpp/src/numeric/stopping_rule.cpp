#include "scope/numeric/stopping_rule.hpp"

#include <cmath>

namespace scope::numeric {

namespace {

/// A step is short below this share of the length of the point.
constexpr double kShortStep = 1e-3;
/// Steps in a row that promise nothing and yet are not short: the minimiser is at infinity.
constexpr Index kDriftingSteps = 5;
/// Newton promises shrink quadratically near a minimiser; less than this is rounding at work.
constexpr double kShrinkage = 0.25;

}  // namespace

double rounding_floor(double value) {
  return 4.0 * std::numeric_limits<double>::epsilon() * std::abs(value);
}

bool StoppingRule::stop(double value, double promised, double relative_step, Status& status) {
  const bool gain_reached = promised <= negligible_decrease(value);
  const bool shrinking = promised < kShrinkage * previous_promise_;
  previous_promise_ = promised;
  negligible_ = gain_reached || promised <= rounding_floor(value);
  if (!negligible_) {
    drifting_ = 0;
    return false;
  }
  // Below the rounding floor of f the gradient still tells the way, as long as promises shrink.
  const bool settled = relative_step <= kShortStep && (gain_reached || !shrinking);
  if (promised == 0.0 || settled) {
    status = Status::converged;
    return true;
  }
  if (++drifting_ <= kDriftingSteps) return false;
  status = gain_reached ? Status::unbounded : Status::converged;
  return true;
}

}  // namespace scope::numeric
