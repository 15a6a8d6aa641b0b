#include "py_fitter.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "callback_timer.hpp"
#include "py_function.hpp"

namespace scope::bindings {

Fit PyFitter::fit(Objective& objective, const IndexList& variables, const Vector& start,
                  const FitGoal& /*goal*/) {
  Fit fit;
  fit.values = start;
  if (!variables.empty()) {
    const CallbackTimer timer;
    const py::gil_scoped_acquire lock;
    Vector params = Vector::Zero(objective.dimension());
    params(variables) = start;
    const py::object answer = minimise_(owned(params), owned(variables));
    const CArray array = array_of_shape(answer, "numeric_solver", {params.size()});
    params = Eigen::Map<const Vector>(array.data(), params.size());
    fit.values = params(variables);
  }
  if (!fit.values.allFinite()) return fit;  // non_finite; f is not asked for its value at NaN
  fit.value = objective.restrict_to(variables)->value_and_gradient(fit.values, fit.gradient);
  if (std::isfinite(fit.value)) fit.status = Status::converged;
  return fit;
}

namespace {

/// As far ahead as a clock can be set.
constexpr double kLongest = 1e9;
/// How long a fit may take without a look at signals.
constexpr std::chrono::milliseconds kPatience{50};

}  // namespace

PyMonitor::PyMonitor(std::optional<double> seconds, py::object hook, py::object accepted)
    : hook_(std::move(hook)),
      accepted_(std::move(accepted)) {
  if (!seconds) return;
  const std::chrono::duration<double> left(std::clamp(*seconds, 0.0, kLongest));
  deadline_ = Clock::now() + std::chrono::duration_cast<Clock::duration>(left);
}

void PyMonitor::poll() {
  const py::gil_scoped_acquire lock;
  if (PyErr_CheckSignals() != 0) throw py::error_already_set();
  polled_ = Clock::now();
  if (deadline_ && !stops() && polled_ >= *deadline_) stop_ = Stop::time_limit;
  if (!hook_.is_none() && hook_().cast<bool>() && !stops()) stop_ = Stop::requested;
}

void PyMonitor::tick() {
  const auto now = Clock::now();
  const bool over = deadline_ && now >= *deadline_ && !stops();
  if (over || now - polled_ >= kPatience) poll();
}

void PyMonitor::begin() {
  levels.clear();
  incumbent_.reset();
}

void PyMonitor::accepted(const Progress& progress) {
  const bool better = !incumbent_ || incumbent_->sparsity != progress.sparsity ||
                      progress.value < incumbent_->value;
  if (better) {
    LevelResult found;
    found.sparsity = progress.sparsity;
    found.groups = progress.groups;
    found.params = Vector::Zero(progress.dimension);
    found.params(progress.variables) = progress.values;
    found.value = progress.value;
    found.stationarity = found.relative_stationarity = std::numeric_limits<double>::quiet_NaN();
    incumbent_ = std::move(found);
  }
  incumbent_->iterations = progress.iterations;
  incumbent_->exchanges = progress.exchanges;
  incumbent_->evaluations.gradients = progress.gradients;
  if (accepted_.is_none()) return;
  const py::gil_scoped_acquire lock;
  if (accepted_(*incumbent_).cast<bool>() && !stops()) stop_ = Stop::requested;
}

}  // namespace scope::bindings
