#include "py_penalty.hpp"

#include <tuple>
#include <utility>

#include "callback_timer.hpp"
#include "py_function.hpp"
#include "scope/error.hpp"

namespace scope::bindings {

PyPenalty::PyPenalty(Vector slope_at_zero, Vector curvature_at_zero, py::function evaluate)
    : slope_at_zero_(std::move(slope_at_zero)),
      curvature_at_zero_(std::move(curvature_at_zero)),
      evaluate_(std::move(evaluate)) {
  require_size("curvature_at_zero", slope_at_zero_.size(), curvature_at_zero_.size());
}

double PyPenalty::evaluate(const IndexList& variables, const Vector& values, Vector& slope,
                           Vector& curvature) {
  const CallbackTimer timer;
  const py::gil_scoped_acquire lock;
  const auto answer =
      evaluate_(owned(variables), owned(values)).cast<std::tuple<double, py::object, py::object>>();
  const CArray first = array_of_shape(std::get<1>(answer), "slope", {values.size()});
  slope = Eigen::Map<const Vector>(first.data(), values.size());
  const CArray second = array_of_shape(std::get<2>(answer), "curvature", {values.size()});
  curvature = Eigen::Map<const Vector>(second.data(), values.size());
  return std::get<0>(answer);
}

}  // namespace scope::bindings
