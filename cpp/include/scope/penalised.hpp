#pragma once

#include <memory>

#include "scope/decorated.hpp"

namespace scope {

/// h(theta), a sum of functions of single entries.
class SeparableFunction {
 public:
  virtual ~SeparableFunction() = default;

  virtual Index dimension() const = 0;

  /// h at `values` on `variables` and zero elsewhere, with slope and curvature of these entries.
  virtual double evaluate(const IndexList& variables, const Vector& values, Vector& slope,
                          Vector& curvature) = 0;

  /// Slope and curvature of every entry at zero.
  virtual const Vector& slope_at_zero() = 0;
  virtual const Vector& curvature_at_zero() = 0;

  virtual bool is_quadratic() const { return false; }
};

/// constant + slope' theta + theta' diag(curvature) theta / 2
class QuadraticPenalty : public SeparableFunction {
 public:
  /// Throws InvalidArgument if sizes disagree.
  QuadraticPenalty(double constant, Vector slope, Vector curvature);

  Index dimension() const override { return slope_.size(); }
  double evaluate(const IndexList& variables, const Vector& values, Vector& slope,
                  Vector& curvature) override;
  const Vector& slope_at_zero() override { return slope_; }
  const Vector& curvature_at_zero() override { return curvature_; }
  bool is_quadratic() const override { return true; }

 private:
  double constant_;
  Vector slope_;
  Vector curvature_;
};

/// The sum of an objective and a separable function; on a support it costs that support only.
class PenalisedObjective : public DecoratedObjective {
 public:
  /// Both must outlive *this. Throws InvalidArgument if dimensions disagree.
  PenalisedObjective(Objective& objective, SeparableFunction& penalty);

  Index dimension() const override { return objective_.dimension(); }
  double value_and_gradient(const IndexList& variables, const Vector& values,
                            Vector& gradient) override;
  void curvature(const IndexList& variables, const Vector& values, BlockDiagonal& blocks) override;
  std::unique_ptr<Restriction> restrict_to(const IndexList& variables) override;
  void cross_hessian(const IndexList& variables, const Vector& values, const IndexList& others,
                     const IndexList& sizes, Matrix& cross, Matrix& own) override;

 private:
  class PenalisedRestriction;

  SeparableFunction& penalty_;
};

}  // namespace scope
