#pragma once

#include "pybind.hpp"
#include "scope/fit.hpp"
#include "scope/monitor.hpp"

namespace scope::bindings {

/// A user's numeric_solver as the engine's way to fit a support.
///
/// The callable takes (full-length start, variables) and returns the full-length minimiser; the
/// objective is evaluated anew at what it returns, since its own figure may mean anything.
class PyFitter : public SupportFitter {
 public:
  explicit PyFitter(py::function minimise) : minimise_(std::move(minimise)) {}

  Fit fit(Objective& objective, const IndexList& variables, const Vector& start,
          const FitGoal& goal) override;

 private:
  py::function minimise_;
};

/// Lets Python deliver signals (Ctrl-C) during stretches without callbacks, and stop a solve that
/// runs in another thread.
class PyMonitor : public Monitor {
 public:
  /// `hook` is called at every poll, unless it is None; what it raises ends the solve.
  explicit PyMonitor(py::object hook) : hook_(std::move(hook)) {}

  void poll() override;

 private:
  py::object hook_;
};

}  // namespace scope::bindings
