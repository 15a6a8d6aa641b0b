#include "scope/objective.hpp"

#include "scope/support.hpp"

namespace scope {

double Objective::value(const IndexList& variables, const Vector& values) {
  Vector ignored;
  return restrict_to(variables)->value_and_gradient(values, ignored);
}

void Objective::cross_hessian(const IndexList& variables, const Vector& values,
                              const IndexList& others, const IndexList& /*sizes*/, Matrix& cross,
                              Matrix& own) {
  const IndexList all = unite(variables, others);
  const auto restriction = restrict_to(all);
  const Vector point = transfer(variables, values, all);
  Vector ignored;
  Matrix hessian;
  restriction->value_and_gradient(point, ignored);
  restriction->hessian(point, hessian);
  const IndexList inside = positions(variables, all);
  const IndexList outside = positions(others, all);
  cross = hessian(inside, outside);
  own = hessian(outside, outside);
}

}  // namespace scope
