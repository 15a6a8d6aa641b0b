#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "pybind.hpp"
#include "scope/solvers/path.hpp"

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

/// Lets Python deliver signals (Ctrl-C) during stretches without callbacks, stop a solve, and see
/// what it has found when it was ended by an exception.
class PyMonitor : public Monitor {
 public:
  /// A solve is stopped after `seconds`, and by `hook`, which is called at every poll, and
  /// `accepted`, which is called with the best answer so far, when they return True. What they
  /// raise ends it.
  PyMonitor(std::optional<double> seconds, py::object hook, py::object accepted);

  void poll() override;
  void tick() override;
  void accepted(const Progress& progress) override;

  /// Forgets what was found before.
  void begin();
  /// The best answer so far at the level that was begun last.
  const std::optional<LevelResult>& incumbent() const { return incumbent_; }

  std::vector<LevelResult> levels;  ///< complete ones

 private:
  using Clock = std::chrono::steady_clock;

  std::optional<Clock::time_point> deadline_;
  Clock::time_point polled_ = Clock::now();
  py::object hook_;
  py::object accepted_;
  std::optional<LevelResult> incumbent_;
};

}  // namespace scope::bindings
