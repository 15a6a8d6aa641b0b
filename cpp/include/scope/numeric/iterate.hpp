#pragma once

#include <cmath>
#include <utility>

#include "scope/fit.hpp"

namespace scope::numeric {

/// A step is taken if f falls by at least this share of what its slope promises.
inline constexpr double kSufficientDecrease = 1e-4;

/// A point of a minimisation with what is known of f there.
struct Iterate {
  Vector z;
  Vector gradient;
  double value = 0.0;

  void evaluate(Restriction& restriction) { value = restriction.value_and_gradient(z, gradient); }
  bool finite() const { return std::isfinite(value) && gradient.allFinite(); }
  Fit finish(Status status, Index iterations) {
    return {std::move(z), value, status, iterations, std::move(gradient)};
  }
};

}  // namespace scope::numeric
