#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "scope/array_evaluator.hpp"
#include "scope/outer_function.hpp"

namespace scope {

/// The product of a Hessian with an array, as a program of that array.
///
/// What it needs to know of the point comes from the program that evaluates g there: the constants
/// at `carried`, left without entries here, are the outputs of that program from the third on.
struct HessianProduct {
  std::shared_ptr<const ArrayProgram> program;
  std::vector<Vector> constants;
  IndexList carried;
};

/// A g that the engine evaluates itself.
///
/// The program's outputs are the value and the slope (n). Where the curvature is diagonal follows
/// the diagonal of the Hessian (n); where it is low_rank the same, the factors (n x k, row by row)
/// and their core (k x k); where it is products or blocks what the product's program needs: a block
/// consists of the products with ones at one entry of each sample.
class ProgramFunction final : public OuterFunction {
 public:
  struct Traits {
    OuterCurvature curvature = OuterCurvature::diagonal;
    bool quadratic = false;
    SampleTable samples;  ///< for blocks
  };

  /// Throws InvalidArgument if the program has not these outputs, or a product is missing.
  ProgramFunction(std::shared_ptr<const ArrayProgram> program, std::vector<Vector> constants,
                  Traits traits, std::optional<HessianProduct> product = std::nullopt);

  Index dimension() const override { return evaluator_.program().input_size(); }
  OuterCurvature curvature() const override { return traits_.curvature; }
  bool is_quadratic() const override { return traits_.quadratic; }
  void evaluate(const Vector& eta, OuterPoint& point) override;
  std::optional<double> value(const Vector& eta) override;
  void hessian_products(const Vector& eta, const Matrix& directions, Matrix& products) override;
  const SampleTable& samples() const override { return traits_.samples; }

 private:
  void require_outputs() const;
  void take_product(HessianProduct product);
  bool is_complete_at(const Vector& eta) const;
  void run_at(const Vector& eta);
  void find_blocks(const Vector& eta, Matrix& blocks);

  ArrayEvaluator evaluator_;
  Traits traits_;
  std::unique_ptr<ArrayEvaluator> product_;  ///< only where the curvature is found by it
  Vector point_;                             ///< where it is bound to all that it needs,
  bool complete_ = false;                    ///< if it is
  IndexList carried_;
  Vector direction_;
  Vector along_;  ///< the product with it
};

}  // namespace scope
