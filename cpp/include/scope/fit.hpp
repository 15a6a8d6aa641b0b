#pragma once

#include <limits>

#include "scope/monitor.hpp"
#include "scope/objective.hpp"

namespace scope {

/// How a minimisation ended. An outcome, never an error.
enum class Status {
  converged,        ///< no further representable decrease is expected
  stalled,          ///< a decrease was expected, but no step gave one
  iteration_limit,  ///< the limit came first
  unbounded,        ///< steps do not shrink although nothing is gained: no finite minimiser
  time_limit,       ///< the time that was given is over
  stopped,          ///< somebody asked for it
  non_finite,       ///< the start itself is not finite (inside the engine only: a rejected trial)
  abandoned         ///< it would not beat what it has to (inside the engine only)
};

const char* to_string(Status status);

/// How a search ends that is stopped. Precondition: it is.
Status status_of(Stop stop);

/// Minimiser on a support, as far as it was found.
struct Fit {
  Vector values;
  double value = std::numeric_limits<double>::infinity();
  Status status = Status::non_finite;
  Index iterations = 0;
  Vector gradient = {};  ///< at the values; empty where f was not evaluated there
};

struct FitOptions {
  Index max_iterations = 100;
  /// Stop when a step promises less than this share of what was gained so far.
  double tolerance = 1e-10;
  /// The same for the answer: its parameters are exact to about the square root of this.
  double final_tolerance = 1e-16;
  /// Supports above this are fitted by L-BFGS: a dense factorisation no longer pays.
  Index newton_limit = 512;

  /// Throws InvalidArgument naming the field.
  void validate() const;
};

/// The scale that tolerances refer to: the decrease against f(0) where that is finite, else
/// against the start. Adding a constant to f or scaling it changes no decision.
struct GainReference {
  double null_value = std::numeric_limits<double>::quiet_NaN();

  double gained(double start_value, double value) const;
};

/// What a fit is for.
struct FitGoal {
  GainReference reference;
  /// A fit that would not come below this need not be completed.
  double to_beat = std::numeric_limits<double>::infinity();
  /// It is given up once this times what its Newton model promises is not enough.
  double optimism = 2.0;
  /// Told of every step, if there is one; may stop the fit, which then ends where it is.
  Monitor* monitor = nullptr;

  bool stops() const {
    if (monitor == nullptr) return false;
    monitor->tick();
    return monitor->stops();
  }
};

/// Minimises an objective with the support fixed.
class SupportFitter {
 public:
  virtual ~SupportFitter() = default;

  /// `start` are values on `variables` (sorted). A non-finite start gives Status::non_finite.
  virtual Fit fit(Objective& objective, const IndexList& variables, const Vector& start,
                  const FitGoal& goal) = 0;

  /// Improves a fit that is about to be published; trials need not be that exact.
  virtual Fit refine(Objective& objective, const IndexList& variables, const Fit& fit,
                     const FitGoal& goal);
};

/// One factorisation where f is quadratic, Newton where it has a Hessian of moderate size, L-BFGS
/// otherwise.
class DefaultFitter : public SupportFitter {
 public:
  explicit DefaultFitter(const FitOptions& options);

  Fit fit(Objective& objective, const IndexList& variables, const Vector& start,
          const FitGoal& goal) override;
  Fit refine(Objective& objective, const IndexList& variables, const Fit& fit,
             const FitGoal& goal) override;

 private:
  FitOptions options_;
};

}  // namespace scope
