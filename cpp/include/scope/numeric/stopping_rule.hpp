#pragma once

#include "scope/fit.hpp"

namespace scope::numeric {

/// Decreases below this are rounding: a few units in the last place of f.
double rounding_floor(double value);

/// Decides from the decreases that steps promise and from their lengths when a fit is over.
///
/// Converged: the next step promises a negligible share of what was gained, and is short.
/// Unbounded: steps keep promising nothing and yet do not get short (a separable logistic model).
class StoppingRule {
 public:
  StoppingRule(double start_value, const GainReference& reference, double tolerance)
      : start_value_(start_value),
        reference_(reference),
        tolerance_(tolerance) {}

  /// `promised`: decrease expected of the next step from `value`; `relative_step`: its length
  /// over that of the point. True when the fit is over with `status`.
  bool stop(double value, double promised, double relative_step, Status& status);

  /// The decrease from `value` that is too small to matter.
  double negligible_decrease(double value) const {
    return tolerance_ * reference_.gained(start_value_, value);
  }

  /// Whether the decrease last promised was too small to matter.
  bool negligible() const { return negligible_; }

 private:
  double start_value_;
  GainReference reference_;
  double tolerance_;
  double previous_promise_ = std::numeric_limits<double>::infinity();
  Index drifting_ = 0;
  bool negligible_ = false;
};

}  // namespace scope::numeric
