#include "scope/program_penalty.hpp"

#include <utility>

namespace scope {

ProgramPenalty::ProgramPenalty(std::shared_ptr<const ArrayProgram> program,
                               std::vector<Vector> constants)
    : function_(std::move(program), std::move(constants), {}),
      theta_(Vector::Zero(function_.dimension())) {
  function_.evaluate(theta_, at_zero_);
}

double ProgramPenalty::evaluate(const IndexList& variables, const Vector& values, Vector& slope,
                                Vector& curvature) {
  theta_(variables) = values;
  function_.evaluate(theta_, point_);
  theta_(variables).setZero();
  slope = point_.slope(variables);
  curvature = point_.weight(variables);
  return point_.value;
}

}  // namespace scope
