#pragma once

#include <memory>

#include "scope/column_cache.hpp"
#include "scope/design_matrix.hpp"
#include "scope/objective.hpp"
#include "scope/outer_function.hpp"
#include "scope/row_patterns.hpp"

namespace scope {

/// f(theta) = g(M theta) with M known: data-sized linear algebra here, g by callback.
///
/// On a support A: eta = M_A z, gradient M_A' g', Hessian M_A' g'' M_A, with no p in the cost.
/// The full gradient is one pass over M, and the Hessian's diagonal comes with it.
class CompositeObjective : public Objective {
 public:
  /// `design` and `outer` must outlive *this. Throws InvalidArgument if their sizes disagree.
  CompositeObjective(const DesignMatrix& design, OuterFunction& outer, const Bounds& bounds = {});

  Index dimension() const override { return design_.cols(); }
  double value_and_gradient(const IndexList& variables, const Vector& values,
                            Vector& gradient) override;
  double value(const IndexList& variables, const Vector& values) override;
  bool has_curvature() const override { return true; }
  /// Blocks of M' D M, D being OuterHessian::diagonal(): groups are ranked in the metric of their
  /// own columns, whatever the units.
  void curvature(const IndexList& variables, const Vector& values, BlockDiagonal& blocks) override;
  std::unique_ptr<Restriction> restrict_to(const IndexList& variables) override;
  void cross_hessian(const IndexList& variables, const Vector& values, const IndexList& others,
                     const IndexList& sizes, Matrix& cross, Matrix& own) override;
  Index others_at_once() const override;
  Index multiplications_per_product() const override;
  Bounds bounds() const override { return bounds_; }

 private:
  class CompositeRestriction;

  /// The last point of which anything is known, and what: g there, and M' of that.
  struct State {
    IndexList variables;
    Vector values;
    Vector eta;
    OuterPoint outer;
    bool transposed = false;
    Vector gradient;
  };

  /// The last M theta that was computed in full for a value alone. Points that differ from it in
  /// few entries are reached by these.
  struct Trial {
    IndexList variables;
    Vector values;
    Vector eta;
    Vector moved;  ///< at such a point
  };

  /// f at zero, and g'' there: what a quadratic f is everywhere.
  struct Origin {
    bool known = false;
    double value = 0.0;
    Vector gradient;
    Vector eta;        ///< only where g'' is asked for with its argument
    OuterPoint outer;  ///< without its slope
  };

  bool is_at(const IndexList& variables, const Vector& values) const;
  /// Moves the state to the argument: one evaluation of g unless it is there already.
  void evaluate_at(const IndexList& variables, const Vector& values);
  void evaluate(const Vector& eta, OuterPoint& point);
  const Vector& trial_product(const IndexList& variables, const Vector& values);
  /// Completes the state by the pass over M.
  void transpose();
  const Origin& origin();
  Matrix gathered(const IndexList& variables) const;
  /// The columns of `variables` without their zeros, if that pays and g'' is diagonal; else null.
  const RowPatterns* patterns_of(const IndexList& variables);

  const DesignMatrix& design_;
  OuterFunction& outer_;
  Bounds bounds_;
  ColumnCache columns_;
  GramCache gram_;  ///< of a quadratic g
  bool sparse_;
  RowNumbers numbers_;
  IndexList patterned_;  ///< the variables of patterns_
  std::unique_ptr<RowPatterns> patterns_;
  Origin origin_;
  bool known_ = false;
  State state_;
  Trial trial_;
  Vector squares_;                ///< (M.M)' diag(g'')
  bool curvature_fixed_ = false;  ///< they are those of a quadratic g
};

}  // namespace scope
