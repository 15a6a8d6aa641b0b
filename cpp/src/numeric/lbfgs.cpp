#include "scope/numeric/lbfgs.hpp"

#include <algorithm>
#include <deque>
#include <limits>
#include <optional>
#include <utility>

#include "scope/numeric/iterate.hpp"
#include "scope/numeric/stopping_rule.hpp"

namespace scope::numeric {

namespace {

constexpr std::size_t kMemory = 20;
constexpr double kWolfeCurvature = 0.9;
constexpr int kMaxTrials = 60;
/// First-order steps are cheaper than Newton's and more are needed.
constexpr Index kStepsPerNewtonStep = 20;

/// Steps in a row that f does not notice; below its rounding the gradient may lead this far.
constexpr Index kIdleSteps = 20;

/// So many steps that gain less than this share of what was gained in all only creep.
constexpr Index kCreepingSteps = 100;
constexpr double kCreeping = 1e-9;

struct Correction {
  Vector step;
  Vector change;  ///< of the gradient
  double curvature;
};

/// Notices when steps only creep: along a kink, where no step leads to the minimiser.
class CreepingCheck {
 public:
  CreepingCheck(double start_value, const GainReference& reference)
      : start_value_(start_value),
        earlier_value_(start_value),
        reference_(reference) {}

  bool creeps(Index iteration, double value) {
    if (iteration == 0 || iteration % kCreepingSteps != 0) return false;
    const double decrease = earlier_value_ - value;
    earlier_value_ = value;
    return decrease < kCreeping * reference_.gained(start_value_, value);
  }

 private:
  double start_value_;
  double earlier_value_;
  GainReference reference_;
};

enum class Search { found, failed, endless };

/// Two-loop recursion: the product of the inverse Hessian approximation with -gradient.
Vector quasi_newton_direction(const std::deque<Correction>& memory, const Vector& gradient) {
  Vector direction = -gradient;
  std::vector<double> weights(memory.size());
  for (std::size_t i = memory.size(); i-- > 0;) {
    weights[i] = memory[i].step.dot(direction) / memory[i].curvature;
    direction -= weights[i] * memory[i].change;
  }
  if (!memory.empty()) {
    direction *= memory.back().curvature / memory.back().change.squaredNorm();
  }
  for (std::size_t i = 0; i < memory.size(); ++i) {
    const double correction = memory[i].change.dot(direction) / memory[i].curvature;
    direction += (weights[i] - correction) * memory[i].step;
  }
  return direction;
}

/// Bisection for the weak Wolfe conditions; settles for sufficient decrease alone.
/// Endless: f went on decreasing however far the search went.
Search weak_wolfe(Restriction& restriction, const Iterate& at, const Vector& direction,
                  double slope, double length, const FitGoal& goal, Iterate& next) {
  const double floor = rounding_floor(at.value);
  double lower = 0.0;
  double upper = std::numeric_limits<double>::infinity();
  Iterate decreased;
  for (int trial = 0; trial < kMaxTrials && !goal.stops(); ++trial) {
    next.z = at.z + length * direction;
    if (next.z == at.z) break;
    next.evaluate(restriction);
    const double bound = at.value + kSufficientDecrease * length * slope + floor;
    if (!next.finite() || next.value > bound) {
      upper = length;
    } else if (next.gradient.dot(direction) < kWolfeCurvature * slope) {
      lower = length;
      decreased = next;
    } else {
      return Search::found;
    }
    length = std::isfinite(upper) ? 0.5 * (lower + upper) : 2.0 * lower;
  }
  if (decreased.z.size() == 0) return Search::failed;
  next = std::move(decreased);
  return std::isfinite(upper) || goal.stops() ? Search::found : Search::endless;
}

void remember(std::deque<Correction>& memory, const Iterate& from, const Iterate& to) {
  Correction correction{to.z - from.z, to.gradient - from.gradient, 0.0};
  correction.curvature = correction.step.dot(correction.change);
  // Cautious update: without positive curvature the approximation would lose definiteness.
  const double least = std::numeric_limits<double>::epsilon() * correction.change.squaredNorm();
  if (!(correction.curvature > least)) return;
  memory.push_back(std::move(correction));
  if (memory.size() > kMemory) memory.pop_front();
}

/// A minimisation in progress: the point, and what its steps have taught.
class QuasiNewton {
 public:
  QuasiNewton(Restriction& restriction, Iterate at, const FitGoal& goal, const FitOptions& options)
      : restriction_(restriction),
        goal_(goal),
        at_(std::move(at)),
        rule_(at_.value, goal.reference, options.tolerance),
        check_(at_.value, goal.reference) {}

  Iterate& at() { return at_; }

  /// Takes a step; returns how the minimisation ends here, if it does.
  std::optional<Status> step(Index iteration) {
    if (at_.gradient.isZero(0.0)) return Status::converged;
    if (check_.creeps(iteration, at_.value)) return Status::stalled;
    const Vector direction = quasi_newton_direction(memory_, at_.gradient);
    const double slope = at_.gradient.dot(direction);
    const double length = memory_.empty() ? std::min(1.0, 1.0 / direction.norm()) : 1.0;
    // A gradient step promises nothing that could be trusted: its length has no unit yet.
    Status status = Status::converged;
    if (!memory_.empty() &&
        rule_.stop(at_.value, -0.5 * slope, direction.norm() / at_.z.norm(), status)) {
      return status;
    }
    const Search search = weak_wolfe(restriction_, at_, direction, slope, length, goal_, next_);
    if (search != Search::found && goal_.stops()) return std::nullopt;
    if (search == Search::endless) {
      std::swap(at_, next_);
      return Status::unbounded;
    }
    return search == Search::found ? take_next() : restart(-slope * length);
  }

 private:
  std::optional<Status> take_next() {
    idle_steps_ = next_.value < at_.value ? 0 : idle_steps_ + 1;
    if (idle_steps_ > kIdleSteps) return Status::stalled;
    remember(memory_, at_, next_);
    std::swap(at_, next_);
    return std::nullopt;
  }

  /// After a search that found nothing, though the first step promised a decrease: along the
  /// gradient, unless nothing was gained since the last time.
  std::optional<Status> restart(double promised) {
    const double floor = rounding_floor(at_.value);
    if (memory_.empty() || !(at_.value < restart_value_ - floor)) {
      return promised <= floor || rule_.negligible() ? Status::converged : Status::stalled;
    }
    restart_value_ = at_.value;
    memory_.clear();
    return std::nullopt;
  }

  Restriction& restriction_;
  const FitGoal& goal_;
  Iterate at_;
  Iterate next_;
  StoppingRule rule_;
  CreepingCheck check_;
  std::deque<Correction> memory_;
  Index idle_steps_ = 0;
  double restart_value_ = std::numeric_limits<double>::infinity();
};

}  // namespace

Fit lbfgs(Restriction& restriction, const Vector& start, const FitGoal& goal,
          const FitOptions& options) {
  Iterate first{start, {}, 0.0};
  first.evaluate(restriction);
  if (!first.finite()) return first.finish(Status::non_finite, 0);
  QuasiNewton descent(restriction, std::move(first), goal, options);
  const Index limit = options.max_iterations * kStepsPerNewtonStep;
  for (Index iteration = 0; iteration < limit; ++iteration) {
    if (goal.stops()) return descent.at().finish(status_of(goal.monitor->stop()), iteration);
    const std::optional<Status> end = descent.step(iteration);
    if (end) return descent.at().finish(*end, iteration);
  }
  return descent.at().finish(Status::iteration_limit, limit);
}

}  // namespace scope::numeric
