#include "scope/solvers/screening.hpp"

#include <limits>

#include "scope/error.hpp"
#include "scope/support.hpp"

namespace scope {

namespace {

double mean_square(const Fit& fit) {
  if (fit.status == Status::unbounded) return std::numeric_limits<double>::infinity();
  if (fit.status == Status::non_finite) return 0.0;
  return fit.values.squaredNorm() / static_cast<double>(fit.values.size());
}

}  // namespace

IndexList screen(Objective& objective, const Problem& problem, Index count, SupportFitter& fitter,
                 Monitor& monitor) {
  const Groups& groups = problem.groups();
  require_size("group", objective.dimension(), groups.dimension());
  if (count < static_cast<Index>(problem.preselect().size()) || count > groups.count()) {
    throw InvalidArgument("screening_size should be between the number of preselected groups and " +
                          std::to_string(groups.count()) + ", got " + std::to_string(count) + ".");
  }
  Vector ignored;
  FitGoal goal{{objective.restrict_to({})->value_and_gradient(Vector(), ignored)}};
  goal.monitor = &monitor;
  Vector scores = Vector::Zero(groups.count());
  for (Index group = 0; group < groups.count() && !monitor.stops(); ++group) {
    monitor.poll();
    const IndexList variables = groups.variables_of({group});
    scores[group] =
        mean_square(fitter.fit(objective, variables, Vector::Zero(groups.size(group)), goal));
  }
  return top_groups(scores, count, problem.preselect());
}

}  // namespace scope
