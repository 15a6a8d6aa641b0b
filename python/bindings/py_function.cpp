#include "py_function.hpp"

#include <algorithm>
#include <utility>

#include "callback_timer.hpp"
#include "scope/error.hpp"

namespace scope::bindings {

namespace {

std::string to_text(const py::object& object) { return py::str(object).cast<std::string>(); }

}  // namespace

py::array_t<double> owned(const Vector& values) {
  return py::array_t<double>(values.size(), values.data());
}

py::array_t<Index> owned(const IndexList& indices) {
  return py::array_t<Index>(static_cast<py::ssize_t>(indices.size()), indices.data());
}

CArray array_of_shape(const py::object& answer, const char* what,
                      const std::vector<py::ssize_t>& shape) {
  const auto array = CArray::ensure(answer);
  if (!array) {
    PyErr_Clear();
    throw InvalidArgument(std::string(what) + " should return an array of numbers, got " +
                          to_text(py::type::of(answer)) + ".");
  }
  const std::vector<py::ssize_t> got(array.shape(), array.shape() + array.ndim());
  if (got != shape) {
    throw InvalidArgument(std::string(what) + " should return shape " +
                          to_text(py::tuple(py::cast(shape))) + ", got " +
                          to_text(py::tuple(py::cast(got))) + ".");
  }
  return array;
}

PyFunction::PyFunction(Index dimension, py::function value_and_gradient, py::object hessian,
                       py::object curvature)
    : dimension_(dimension),
      value_and_gradient_(std::move(value_and_gradient)),
      hessian_(std::move(hessian)),
      curvature_(std::move(curvature)),
      has_hessian_(!hessian_.is_none()),
      has_curvature_(!curvature_.is_none()) {}

double PyFunction::value_and_gradient(const Vector& point, Vector& gradient) {
  const CallbackTimer timer;
  const py::gil_scoped_acquire lock;
  const auto answer = value_and_gradient_(owned(point)).cast<std::pair<double, py::object>>();
  const CArray array = array_of_shape(answer.second, "gradient", {dimension_});
  gradient = Eigen::Map<const Vector>(array.data(), dimension_);
  return answer.first;
}

void PyFunction::hessian(const Vector& point, const IndexList& variables, Matrix& hessian) {
  const CallbackTimer timer;
  const py::gil_scoped_acquire lock;
  const auto size = static_cast<Index>(variables.size());
  const py::object answer = hessian_(owned(point), owned(variables));
  const CArray array = array_of_shape(answer, "hessian", {size, size});
  hessian = Eigen::Map<const Matrix>(array.data(), size, size);
  hessian = 0.5 * (hessian + hessian.transpose()).eval();
}

void PyFunction::curvature(const Vector& point, Vector& blocks) {
  const CallbackTimer timer;
  const py::gil_scoped_acquire lock;
  const py::object answer = curvature_(owned(point));
  const CArray array = array_of_shape(answer, "curvature", {blocks.size()});
  blocks = Eigen::Map<const Vector>(array.data(), blocks.size());
}

}  // namespace scope::bindings
