#pragma once

#include "scope/types.hpp"

namespace scope {

/// Why a solve ends before its search does.
enum class Stop { none, time_limit, requested };

/// The support that a search has come to, and the minimiser on it.
struct Progress {
  Index sparsity = 0;
  Index dimension = 0;
  const IndexList& groups;
  const IndexList& variables;
  const Vector& values;
  double value = 0.0;
  Index iterations = 0;
  Index exchanges = 0;
  Index gradients = 0;  ///< evaluations, over the objective's lifetime
};

/// What the outside may do between two steps of a solve, and what it is told.
class Monitor {
 public:
  virtual ~Monitor() = default;

  /// Called before every support fit. May throw: the exception ends the solve unchanged.
  virtual void poll() {}

  /// Called at every step of a fit: has to be cheap. May throw as well.
  virtual void tick() {}

  /// Called with the start of every level and every support that is accepted. A second search of
  /// a level begins at its start again.
  virtual void accepted(const Progress& /*progress*/) {}

  /// Once this is set, searches end with the best they have found.
  Stop stop() const { return stop_; }
  bool stops() const { return stop_ != Stop::none; }

 protected:
  Stop stop_ = Stop::none;
};

}  // namespace scope
