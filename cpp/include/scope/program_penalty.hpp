#pragma once

#include <memory>
#include <vector>

#include "scope/penalised.hpp"
#include "scope/program_function.hpp"

namespace scope {

/// A separable function of theta that the engine evaluates itself. O(p), whatever the support.
class ProgramPenalty : public SeparableFunction {
 public:
  /// The program is one of ProgramFunction's, of a diagonal Hessian.
  ProgramPenalty(std::shared_ptr<const ArrayProgram> program, std::vector<Vector> constants);

  Index dimension() const override { return function_.dimension(); }
  double evaluate(const IndexList& variables, const Vector& values, Vector& slope,
                  Vector& curvature) override;
  const Vector& slope_at_zero() override { return at_zero_.slope; }
  const Vector& curvature_at_zero() override { return at_zero_.weight; }

 private:
  ProgramFunction function_;
  Vector theta_;  ///< zero between calls
  OuterPoint at_zero_;
  OuterPoint point_;
};

}  // namespace scope
