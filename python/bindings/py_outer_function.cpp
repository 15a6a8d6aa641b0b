#include "py_outer_function.hpp"

#include <utility>

#include "callback_timer.hpp"
#include "py_function.hpp"
#include "scope/error.hpp"

namespace scope::bindings {

namespace {

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

Vector vector_of(const py::object& answer, const char* what, Index size) {
  const CArray array = array_of_shape(answer, what, {size});
  return Eigen::Map<const Vector>(array.data(), size);
}

Matrix matrix_of(const py::object& answer, const char* what, Index rows, Index cols) {
  const CArray array = array_of_shape(answer, what, {rows, cols});
  return Eigen::Map<const RowMajor>(array.data(), rows, cols);
}

/// Numbers beside value and slope that evaluate() returns.
std::size_t extra_count(OuterCurvature curvature) {
  switch (curvature) {
  case OuterCurvature::low_rank: return 3;
  case OuterCurvature::products: return 0;
  default: return 1;
  }
}

}  // namespace

PyOuterFunction::PyOuterFunction(OuterDescription description, py::function evaluate,
                                 py::object hessian_products)
    : description_(std::move(description)),
      evaluate_(std::move(evaluate)),
      hessian_products_(std::move(hessian_products)) {
  if (curvature() == OuterCurvature::products && hessian_products_.is_none()) {
    throw InvalidArgument("hessian_products should be given where nothing else is known.");
  }
  const SampleTable& samples = description_.samples;
  if (curvature() == OuterCurvature::blocks) {
    require_size("samples", dimension(), samples.size());
    if (samples.size() > 0 && (samples.minCoeff() < 0 || samples.maxCoeff() >= dimension())) {
      throw InvalidArgument("samples should be places in eta.");
    }
  }
}

void PyOuterFunction::evaluate(const Vector& eta, OuterPoint& point) {
  const CallbackTimer timer;
  const py::gil_scoped_acquire lock;
  const auto answer = evaluate_(owned(eta)).cast<py::tuple>();
  if (answer.size() != 2 + extra_count(curvature())) {
    throw InvalidArgument("evaluate should return value, slope and curvature.");
  }
  point.value = answer[0].cast<double>();
  point.slope = vector_of(answer[1], "slope", dimension());
  read_curvature(answer, point);
}

void PyOuterFunction::read_curvature(const py::tuple& answer, OuterPoint& point) const {
  switch (curvature()) {
  case OuterCurvature::products: return;
  case OuterCurvature::diagonal: point.weight = vector_of(answer[2], "weight", dimension()); return;
  case OuterCurvature::low_rank: {
    point.weight = vector_of(answer[2], "weight", dimension());
    const auto rank = py::len(answer[4]);
    point.factors = matrix_of(answer[3], "factors", dimension(), static_cast<Index>(rank));
    point.core = matrix_of(answer[4], "core", point.factors.cols(), point.factors.cols());
    return;
  }
  case OuterCurvature::blocks: {
    const Index width = description_.samples.rows();
    const Index count = description_.samples.cols();
    const CArray array = array_of_shape(answer[2], "blocks", {count, width, width});
    point.blocks = Eigen::Map<const Matrix>(array.data(), width * width, count);
    return;
  }
  }
}

void PyOuterFunction::hessian_products(const Vector& eta, const Matrix& directions,
                                       Matrix& products) {
  const CallbackTimer timer;
  const py::gil_scoped_acquire lock;
  const py::object answer = hessian_products_(owned(eta), py::cast(Matrix(directions)));
  products = matrix_of(answer, "hessian_products", directions.rows(), directions.cols());
}

}  // namespace scope::bindings
