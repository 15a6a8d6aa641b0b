#pragma once

#include "pybind.hpp"
#include "scope/composite.hpp"

namespace scope::bindings {

/// What Python says of g.
struct OuterDescription {
  Index dimension = 0;
  OuterCurvature curvature = OuterCurvature::diagonal;
  bool quadratic = false;
  SampleTable samples;  ///< for blocks: q x samples places in eta
};

/// A compiled g behind the engine's OuterFunction interface; takes the lock as PyFunction does.
///
/// `evaluate(eta)` returns the value, the slope (n), and for a curvature that is
/// diagonal: the diagonal (n); low_rank: that, factors (n, k) and core (k, k);
/// blocks: blocks (samples, q, q). With products `hessian_products(eta, directions)` is called.
class PyOuterFunction : public OuterFunction {
 public:
  PyOuterFunction(OuterDescription description, py::function evaluate, py::object hessian_products);

  Index dimension() const override { return description_.dimension; }
  OuterCurvature curvature() const override { return description_.curvature; }
  bool is_quadratic() const override { return description_.quadratic; }
  void evaluate(const Vector& eta, OuterPoint& point) override;
  void hessian_products(const Vector& eta, const Matrix& directions, Matrix& products) override;
  const SampleTable& samples() const override { return description_.samples; }

 private:
  void read_curvature(const py::tuple& answer, OuterPoint& point) const;

  OuterDescription description_;
  py::function evaluate_;
  py::object hessian_products_;
};

}  // namespace scope::bindings
