#pragma once

#include <memory>
#include <vector>

#include "scope/array_evaluator.hpp"
#include "scope/outer_function.hpp"

namespace scope {

/// A g that the engine evaluates itself.
///
/// The program's outputs are the value, the slope (n), the diagonal of the Hessian (n), and where
/// its curvature is low_rank the factors (n x k, row by row) and their core (k x k).
class ProgramFunction : public OuterFunction {
 public:
  struct Traits {
    OuterCurvature curvature = OuterCurvature::diagonal;
    bool quadratic = false;
  };

  /// Throws InvalidArgument if the program has not these outputs.
  ProgramFunction(std::shared_ptr<const ArrayProgram> program, std::vector<Vector> constants,
                  const Traits& traits);

  Index dimension() const override { return evaluator_.program().input_size(); }
  OuterCurvature curvature() const override { return traits_.curvature; }
  bool is_quadratic() const override { return traits_.quadratic; }
  void evaluate(const Vector& eta, OuterPoint& point) override;

 private:
  ArrayEvaluator evaluator_;
  Traits traits_;
};

}  // namespace scope
