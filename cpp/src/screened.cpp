#include "scope/screened.hpp"

#include <utility>

#include "scope/error.hpp"

namespace scope {

ScreenedObjective::ScreenedObjective(Objective& objective, Groups groups, IndexList kept)
    : DecoratedObjective(objective),
      groups_(std::move(groups)),
      kept_(std::move(kept)),
      variables_(groups_.variables_of(kept_)) {
  require_size("group", objective.dimension(), groups_.dimension());
}

IndexList ScreenedObjective::original(const IndexList& variables) const {
  IndexList found;
  found.reserve(variables.size());
  for (const Index variable : variables)
    found.push_back(variables_[static_cast<std::size_t>(variable)]);
  return found;
}

double ScreenedObjective::value_and_gradient(const IndexList& variables, const Vector& values,
                                             Vector& gradient) {
  Vector all;
  const double value = objective_.value_and_gradient(original(variables), values, all);
  gradient = all(variables_);
  return value;
}

void ScreenedObjective::curvature(const IndexList& variables, const Vector& values,
                                  BlockDiagonal& blocks) {
  BlockDiagonal all(groups_);
  objective_.curvature(original(variables), values, all);
  Index end = 0;
  for (const Index group : kept_) {
    const Index size = groups_.size(group) * groups_.size(group);
    blocks.values().segment(end, size) = all.values().segment(groups_.block_start(group), size);
    end += size;
  }
}

std::unique_ptr<Restriction> ScreenedObjective::restrict_to(const IndexList& variables) {
  return objective_.restrict_to(original(variables));
}

void ScreenedObjective::cross_hessian(const IndexList& variables, const Vector& values,
                                      const IndexList& others, const IndexList& sizes,
                                      Matrix& cross, Matrix& own) {
  objective_.cross_hessian(original(variables), values, original(others), sizes, cross, own);
}

}  // namespace scope
