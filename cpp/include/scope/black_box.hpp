#pragma once

#include "scope/objective.hpp"

namespace scope {

/// A user's function of the full-length vector; the engine's seam to Python and to test fakes.
class Function {
 public:
  virtual ~Function() = default;

  virtual Index dimension() const = 0;
  virtual double value_and_gradient(const Vector& point, Vector& gradient) = 0;

  virtual bool has_hessian() const { return false; }
  /// Hessian rows and columns of `variables`. Precondition: has_hessian().
  virtual void hessian(const Vector& point, const IndexList& variables, Matrix& hessian) = 0;

  virtual bool has_curvature() const { return false; }
  /// BlockDiagonal storage of the full Hessian's diagonal blocks. Precondition: has_curvature().
  virtual void curvature(const Vector& point, Vector& blocks) = 0;
};

/// An Objective of which nothing is known but how to evaluate it at full length.
///
/// The last evaluation is kept: a support fit ends where the sacrifices are computed next, so
/// that gradient costs nothing.
class BlackBoxObjective : public Objective {
 public:
  /// `function` must outlive *this.
  explicit BlackBoxObjective(Function& function) : function_(function) {}

  Index dimension() const override { return function_.dimension(); }
  double value_and_gradient(const IndexList& variables, const Vector& values,
                            Vector& gradient) override;
  bool has_curvature() const override { return function_.has_curvature(); }
  void curvature(const IndexList& variables, const Vector& values, BlockDiagonal& blocks) override;
  std::unique_ptr<Restriction> restrict_to(const IndexList& variables) override;

 private:
  class BlackBoxRestriction;

  /// Moves point_ to the argument; evaluates unless it is there already.
  void evaluate_at(const IndexList& variables, const Vector& values);

  Function& function_;
  Vector point_;
  Vector gradient_;
  double value_ = 0.0;
};

}  // namespace scope
