#include "scope/program_function.hpp"

#include <cmath>
#include <utility>

#include "scope/error.hpp"

namespace scope {

namespace {

/// Assigns an output; one number stands for `size` equal ones.
void assign(Vector& target, Index size, const Vector& output) {
  if (output.size() == 1) {
    target.setConstant(size, output[0]);
  } else {
    target = output;
  }
}

}  // namespace

ProgramFunction::ProgramFunction(std::shared_ptr<const ArrayProgram> program,
                                 std::vector<Vector> constants, const Traits& traits)
    : evaluator_(std::move(program), std::move(constants)),
      traits_(traits) {
  const bool low_rank = traits.curvature == OuterCurvature::low_rank;
  if (!low_rank && traits.curvature != OuterCurvature::diagonal) {
    throw InvalidArgument("curvature should be diagonal or low_rank.");
  }
  const IndexList& outputs = evaluator_.program().outputs();
  require_size("outputs", low_rank ? 5 : 3, static_cast<Index>(outputs.size()));
  require_size("value", 1, evaluator_.program().size(outputs[0]));
  for (const std::size_t of_rows : {1U, 2U}) {
    const Index size = evaluator_.program().size(outputs[of_rows]);
    if (size != 1) require_size("slope and curvature", dimension(), size);
  }
}

void ProgramFunction::evaluate(const Vector& eta, OuterPoint& point) {
  evaluator_.run(eta);
  point.value = evaluator_.output(0)[0];
  assign(point.slope, dimension(), evaluator_.output(1));
  assign(point.weight, dimension(), evaluator_.output(2));
  if (traits_.curvature != OuterCurvature::low_rank) return;
  const Vector& core = evaluator_.output(4);
  const auto rank = static_cast<Index>(std::lround(std::sqrt(static_cast<double>(core.size()))));
  Vector factors;
  assign(factors, dimension() * rank, evaluator_.output(3));
  point.factors = Eigen::Map<const Matrix>(factors.data(), rank, dimension()).transpose();
  point.core = Eigen::Map<const Matrix>(core.data(), rank, rank);
}

}  // namespace scope
