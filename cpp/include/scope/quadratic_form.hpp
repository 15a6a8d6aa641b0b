#pragma once

#include <memory>

#include "scope/column_cache.hpp"
#include "scope/design_matrix.hpp"
#include "scope/objective.hpp"

namespace scope {

/// f(theta) = constant + linear' theta + scale theta' Q theta with Q known: no callback at all.
///
/// A support costs its columns and rows of Q, never a pass over it.
class QuadraticForm : public Objective {
 public:
  struct Terms {
    double constant = 0.0;
    Vector linear;
    double scale = 1.0;
    Vector diagonal;  ///< of Q
  };

  /// `matrix` is Q, `transposed` its transpose; both must outlive *this. Throws InvalidArgument if
  /// sizes disagree.
  QuadraticForm(const DesignMatrix& matrix, const DesignMatrix& transposed, Terms terms);

  Index dimension() const override { return terms_.linear.size(); }
  double value_and_gradient(const IndexList& variables, const Vector& values,
                            Vector& gradient) override;
  bool has_curvature() const override { return true; }
  void curvature(const IndexList& variables, const Vector& values, BlockDiagonal& blocks) override;
  Index multiplications_per_product() const override { return 1; }
  std::unique_ptr<Restriction> restrict_to(const IndexList& variables) override;

 private:
  class FormRestriction;

  Matrix hessian(const IndexList& variables);

  Terms terms_;
  ColumnCache columns_;  ///< of Q + Q'
};

}  // namespace scope
