#pragma once

#include <optional>

#include "scope/inner_products.hpp"
#include "scope/types.hpp"

namespace scope {

/// Row a, column i is the place in eta of entry a of sample i (q x samples).
using SampleTable = Eigen::Matrix<Index, Eigen::Dynamic, Eigen::Dynamic>;

/// What is known of the Hessian of g beforehand.
enum class OuterCurvature {
  diagonal,  ///< diag(weight)
  low_rank,  ///< diag(weight) + factors core factors'
  blocks,    ///< one small block a sample, zero elsewhere
  products   ///< only its products with given vectors
};

/// g at one point: value, gradient, and its Hessian as far as OuterCurvature says.
struct OuterPoint {
  double value = 0.0;
  Vector slope;
  Vector weight;   ///< diagonal; empty for products and blocks
  Matrix factors;  ///< n x k
  Matrix core;     ///< k x k
  Matrix blocks;   ///< q^2 x samples: each column a q x q block
};

/// The cheap part g of f(theta) = g(M theta): a function of n numbers.
class OuterFunction {
 public:
  virtual ~OuterFunction() = default;

  virtual Index dimension() const = 0;

  virtual OuterCurvature curvature() const = 0;

  /// Whether g is a polynomial of degree two at most: its Hessian is the same everywhere.
  virtual bool is_quadratic() const { return false; }

  /// Completes `point` by what is known at `eta`.
  virtual void evaluate(const Vector& eta, OuterPoint& point) = 0;

  /// g(eta), where that alone is cheaper than evaluate().
  virtual std::optional<double> value(const Vector& /*eta*/) { return std::nullopt; }

  /// Hessian of g at `eta` times each column of `directions` (n x k).
  /// Precondition: curvature() is products.
  virtual void hessian_products(const Vector& /*eta*/, const Matrix& /*directions*/,
                                Matrix& /*products*/) {}

  /// For blocks: which entries each sample has.
  virtual const SampleTable& samples() const;
};

/// Multiplies columns by the Hessian of g at a point, and finds its diagonal.
class OuterHessian {
 public:
  /// All must outlive *this; `point` holds what evaluate() found at `eta`.
  OuterHessian(OuterFunction& outer, const Vector& eta, const OuterPoint& point)
      : outer_(outer),
        eta_(eta),
        point_(point) {}

  /// g'' times the columns (n x k).
  Matrix times(const Eigen::Ref<const Matrix>& columns) const;

  /// C' g'' C, symmetric, of the columns C of `columns` at `places`. O(n k^2), and where g'' is
  /// diagonal no copy of them.
  Matrix gram(const Matrix& columns, const IndexList& places) const;

  /// C' g'' R of the columns C of `left` and R of `right` at their places.
  Matrix cross(const Matrix& left, const IndexList& left_places, const Matrix& right,
               const IndexList& right_places) const;

  /// C' g'' R of columns C and R = `right` as `cross`; in `own` the diagonal blocks of R' g'' R, of
  /// these sizes. O(n (|C| + size) |R|), and where g'' is diagonal no copy of R.
  void cross(const ColumnList& columns, const Matrix& right, const IndexList& sizes, Matrix& cross,
             Matrix& own) const;

  /// The diagonal of g''. With products only: its mean (Hutchinson 1990,
  /// doi:10.1080/03610919008812866, one fixed probe) for all. With low rank: its diagonal part.
  Vector diagonal() const;

 private:
  Matrix times_blocks(const Eigen::Ref<const Matrix>& columns) const;
  Vector mean() const;

  OuterFunction& outer_;
  const Vector& eta_;
  const OuterPoint& point_;
};

}  // namespace scope
