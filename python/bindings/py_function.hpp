#pragma once

#include "pybind.hpp"
#include "scope/black_box.hpp"

namespace scope::bindings {

/// A Python objective behind the engine's Function interface.
///
/// Every call takes the interpreter lock, hands out arrays that Python owns, and copies the answer
/// out before it lets go. Created and destroyed with the lock held; called without it.
class PyFunction : public Function {
 public:
  PyFunction(Index dimension, py::function value_and_gradient, py::object hessian,
             py::object curvature);

  Index dimension() const override { return dimension_; }
  double value_and_gradient(const Vector& point, Vector& gradient) override;
  bool has_hessian() const override { return has_hessian_; }
  void hessian(const Vector& point, const IndexList& variables, Matrix& hessian) override;
  bool has_curvature() const override { return has_curvature_; }
  void curvature(const Vector& point, Vector& blocks) override;

 private:
  Index dimension_;
  py::function value_and_gradient_;
  py::object hessian_;
  py::object curvature_;
  bool has_hessian_;  // asked for without the lock
  bool has_curvature_;
};

/// Copies that Python may keep and change.
py::array_t<double> owned(const Vector& values);
py::array_t<Index> owned(const IndexList& indices);

/// `answer` as float64 of the given shape; throws InvalidArgument naming `what` otherwise.
using CArray = py::array_t<double, py::array::c_style | py::array::forcecast>;
CArray array_of_shape(const py::object& answer, const char* what,
                      const std::vector<py::ssize_t>& shape);

}  // namespace scope::bindings
