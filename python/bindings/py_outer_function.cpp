#include "py_outer_function.hpp"

#include <tuple>
#include <utility>

#include "py_function.hpp"

namespace scope::bindings {

PyOuterFunction::PyOuterFunction(Index dimension, py::function evaluate,
                                 py::object hessian_products)
    : dimension_(dimension),
      evaluate_(std::move(evaluate)),
      hessian_products_(std::move(hessian_products)),
      diagonal_(hessian_products_.is_none()) {}

double PyOuterFunction::evaluate(const Vector& eta, Vector& slope, Vector& weight) {
  const py::gil_scoped_acquire lock;
  const auto answer = evaluate_(owned(eta)).cast<std::tuple<double, py::object, py::object>>();
  const CArray first = array_of_shape(std::get<1>(answer), "slope", {dimension_});
  slope = Eigen::Map<const Vector>(first.data(), dimension_);
  if (diagonal_) {
    const CArray second = array_of_shape(std::get<2>(answer), "weight", {dimension_});
    weight = Eigen::Map<const Vector>(second.data(), dimension_);
  }
  return std::get<0>(answer);
}

void PyOuterFunction::hessian_products(const Vector& eta, const Matrix& directions,
                                       Matrix& products) {
  using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const py::gil_scoped_acquire lock;
  const py::object answer = hessian_products_(owned(eta), py::cast(Matrix(directions)));
  const CArray array =
      array_of_shape(answer, "hessian_products", {directions.rows(), directions.cols()});
  products = Eigen::Map<const RowMajor>(array.data(), directions.rows(), directions.cols());
}

}  // namespace scope::bindings
