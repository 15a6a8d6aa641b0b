#pragma once

#include "pybind.hpp"
#include "scope/penalised.hpp"

namespace scope::bindings {

/// A compiled separable function; takes the lock as PyFunction does.
///
/// `evaluate(variables, values)` returns the value with slopes and curvatures of these entries.
class PyPenalty : public SeparableFunction {
 public:
  PyPenalty(Vector slope_at_zero, Vector curvature_at_zero, py::function evaluate);

  Index dimension() const override { return slope_at_zero_.size(); }
  double evaluate(const IndexList& variables, const Vector& values, Vector& slope,
                  Vector& curvature) override;
  const Vector& slope_at_zero() override { return slope_at_zero_; }
  const Vector& curvature_at_zero() override { return curvature_at_zero_; }

 private:
  Vector slope_at_zero_;
  Vector curvature_at_zero_;
  py::function evaluate_;
};

}  // namespace scope::bindings
