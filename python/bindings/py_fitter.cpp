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
  Vector gradient;
  fit.value = objective.restrict_to(variables)->value_and_gradient(fit.values, gradient);
  fit.status =
      std::isfinite(fit.value) && fit.values.allFinite() ? Status::converged : Status::non_finite;
  return fit;
}

void PyMonitor::poll() {
  const py::gil_scoped_acquire lock;
  if (PyErr_CheckSignals() != 0) throw py::error_already_set();
  if (!hook_.is_none()) hook_();
}

}  // namespace scope::bindings
