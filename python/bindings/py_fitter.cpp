#include "py_fitter.hpp"

#include <cmath>

#include "py_function.hpp"

namespace scope::bindings {

Fit PyFitter::fit(Objective& objective, const IndexList& variables, const Vector& start,
                  const FitGoal& /*goal*/) {
  Fit fit;
  fit.values = start;
  if (!variables.empty()) {
    const py::gil_scoped_acquire lock;
    Vector params = Vector::Zero(objective.dimension());
    params(variables) = start;
    const py::object answer = minimise_(owned(params), owned(variables));
    const CArray array = array_of_shape(answer, "numeric_solver", {params.size()});
    params = Eigen::Map<const Vector>(array.data(), params.size());
    fit.values = params(variables);
  }
  if (!fit.values.allFinite()) return fit;  // non_finite; f is not asked for its value at NaN
  Vector gradient;
  fit.value = objective.restrict_to(variables)->value_and_gradient(fit.values, gradient);
  if (std::isfinite(fit.value)) fit.status = Status::converged;
  return fit;
}

void PyMonitor::poll() {
  const py::gil_scoped_acquire lock;
  if (PyErr_CheckSignals() != 0) throw py::error_already_set();
  if (!hook_.is_none()) hook_();
}

}  // namespace scope::bindings
