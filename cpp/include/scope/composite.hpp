#pragma once

#include <memory>

#include "scope/design_matrix.hpp"
#include "scope/objective.hpp"

namespace scope {

/// The cheap part g of f(theta) = g(M theta): a function of n numbers.
class OuterFunction {
 public:
  virtual ~OuterFunction() = default;

  virtual Index dimension() const = 0;

  /// Whether the Hessian of g is diagonal: then evaluate() also gives that diagonal.
  virtual bool has_diagonal_hessian() const = 0;

  /// g at `eta`; `slope` receives its gradient, `weight` the Hessian's diagonal if there is one.
  virtual double evaluate(const Vector& eta, Vector& slope, Vector& weight) = 0;

  /// Whether hessian_products() can be called.
  virtual bool has_hessian_products() const = 0;

  /// Hessian of g at `eta` times each column of `directions` (n x k).
  virtual void hessian_products(const Vector& eta, const Matrix& directions, Matrix& products) = 0;
};

/// f(theta) = g(M theta) with M known: data-sized linear algebra here, g by callback.
///
/// On a support A: eta = M_A z, gradient M_A' g', Hessian M_A' g'' M_A, with no p in the cost.
/// The full gradient is one pass over M, and the Hessian's diagonal comes with it.
class CompositeObjective : public Objective {
 public:
  /// `design` and `outer` must outlive *this. Throws InvalidArgument if their sizes disagree.
  CompositeObjective(const DesignMatrix& design, OuterFunction& outer);

  Index dimension() const override { return design_.cols(); }
  double value_and_gradient(const IndexList& variables, const Vector& values,
                            Vector& gradient) override;
  /// Without a diagonal Hessian of g, its mean curvature (Hutchinson 1990,
  /// doi:10.1080/03610919008812866, one fixed probe) stands for all samples: groups are ranked by
  /// ||M_G' g'||^2 in the metric of their own columns, whatever the units.
  bool has_curvature() const override {
    return outer_.has_diagonal_hessian() || outer_.has_hessian_products();
  }
  void curvature(const IndexList& variables, const Vector& values, BlockDiagonal& blocks) override;
  std::unique_ptr<Restriction> restrict_to(const IndexList& variables) override;

 private:
  class CompositeRestriction;

  /// The last point of which anything is known, and what: g there, and M' of that.
  struct State {
    IndexList variables;
    Vector values;
    Vector eta;
    double value = 0.0;
    Vector slope;
    Vector weight;
    bool transposed = false;
    Vector gradient;
    Vector squares;
  };

  /// The columns of `variables`; kept, since the same support is asked for again and again.
  const Matrix& gathered(const IndexList& variables);
  /// Moves the state to the argument: one evaluation of g unless it is there already.
  void evaluate_at(const IndexList& variables, const Vector& values);
  /// Completes the state by the pass over M.
  void transpose();
  Vector mean_curvature();

  const DesignMatrix& design_;
  OuterFunction& outer_;
  IndexList gathered_variables_;
  Matrix gathered_;
  bool known_ = false;
  State state_;
};

}  // namespace scope
