#pragma once

#include "pybind.hpp"
#include "scope/composite.hpp"

namespace scope::bindings {

/// A compiled g behind the engine's OuterFunction interface; takes the lock as PyFunction does.
class PyOuterFunction : public OuterFunction {
 public:
  /// `evaluate(eta) -> (value, slope, weight)`; the Hessian is diagonal, with `weight` on it,
  /// unless `hessian_products(eta, directions)` is given.
  PyOuterFunction(Index dimension, py::function evaluate, py::object hessian_products);

  Index dimension() const override { return dimension_; }
  bool has_diagonal_hessian() const override { return diagonal_; }
  bool has_hessian_products() const override { return !diagonal_; }
  double evaluate(const Vector& eta, Vector& slope, Vector& weight) override;
  void hessian_products(const Vector& eta, const Matrix& directions, Matrix& products) override;

 private:
  Index dimension_;
  py::function evaluate_;
  py::object hessian_products_;
  bool diagonal_;
};

}  // namespace scope::bindings
