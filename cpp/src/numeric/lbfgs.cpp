#include "scope/numeric/lbfgs.hpp"

#include <algorithm>
#include <deque>

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

}  // namespace

Fit lbfgs(Restriction& restriction, const Vector& start, const FitGoal& goal,
          const FitOptions& options) {
  Iterate at{start, {}, 0.0};
  at.evaluate(restriction);
  if (!at.finite()) return at.finish(Status::non_finite, 0);
  StoppingRule rule(at.value, goal.reference, options.tolerance);
  std::deque<Correction> memory;
  Iterate next;
  Status status = Status::converged;
  Index idle_steps = 0;
  double restart_value = std::numeric_limits<double>::infinity();
  CreepingCheck check(at.value, goal.reference);
  const Index limit = options.max_iterations * kStepsPerNewtonStep;
  for (Index iteration = 0; iteration < limit; ++iteration) {
    if (goal.stops()) return at.finish(status_of(goal.monitor->stop()), iteration);
    if (at.gradient.isZero(0.0)) return at.finish(Status::converged, iteration);
    if (check.creeps(iteration, at.value)) return at.finish(Status::stalled, iteration);
    const Vector direction = quasi_newton_direction(memory, at.gradient);
    const double slope = at.gradient.dot(direction);
    const double length = memory.empty() ? std::min(1.0, 1.0 / direction.norm()) : 1.0;
    // A gradient step promises nothing that could be trusted: its length has no unit yet.
    if (!memory.empty() &&
        rule.stop(at.value, -0.5 * slope, direction.norm() / at.z.norm(), status)) {
      return at.finish(status, iteration);
    }
    const Search search = weak_wolfe(restriction, at, direction, slope, length, goal, next);
    if (search != Search::found && goal.stops()) continue;
    if (search == Search::endless) return next.finish(Status::unbounded, iteration + 1);
    idle_steps = search == Search::found && next.value < at.value ? 0 : idle_steps + 1;
    if (idle_steps > kIdleSteps) return at.finish(Status::stalled, iteration);
    if (search == Search::found) {
      remember(memory, at, next);
      std::swap(at, next);
    } else if (memory.empty() || !(at.value < restart_value - rounding_floor(at.value))) {
      const bool rounding = -slope * length <= rounding_floor(at.value) || rule.negligible();
      return at.finish(rounding ? Status::converged : Status::stalled, iteration);
    } else {
      restart_value = at.value;  // a restart along the gradient must have gained something
      memory.clear();
    }
  }
  return at.finish(Status::iteration_limit, limit);
}

}  // namespace scope::numeric
