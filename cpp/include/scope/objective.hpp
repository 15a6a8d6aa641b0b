#pragma once

#include <cmath>
#include <limits>
#include <memory>

#include "scope/groups.hpp"

namespace scope {

/// How often an objective was asked, over its lifetime.
struct Evaluations {
  Index gradients = 0;  ///< value, alone or together with gradient
  Index hessians = 0;   ///< Hessian on a support
  Index products = 0;   ///< of a column of a Hessian with all columns of a support

  /// A common measure of what was done: units of one product or evaluation on a support.
  Index work() const { return gradients + products; }
  Index curvatures = 0;  ///< diagonal blocks of the full Hessian
};

/// The interval that every variable is confined to. It contains zero.
struct Bounds {
  double lower = -std::numeric_limits<double>::infinity();
  double upper = std::numeric_limits<double>::infinity();

  bool exist() const { return std::isfinite(lower) || std::isfinite(upper); }
  void project(Vector& point) const { point = point.cwiseMax(lower).cwiseMin(upper); }
  /// Whether a variable at `value` would leave the interval along -`slope`.
  bool holds(double value, double slope) const {
    return (value <= lower && slope > 0.0) || (value >= upper && slope < 0.0);
  }
};

/// constant + linear' z + z' hessian z / 2
struct QuadraticModel {
  double constant = 0.0;
  Vector linear;
  Matrix hessian;
};

/// f with the support fixed: a function of z, the values on that support.
///
/// Non-finite results are answers, not errors: callers decide. Exceptions of user callbacks pass
/// through unchanged.
class Restriction {
 public:
  virtual ~Restriction() = default;

  virtual Index dimension() const = 0;

  /// f at z; `gradient` receives the length-dimension() gradient.
  virtual double value_and_gradient(const Vector& z, Vector& gradient) = 0;

  virtual bool has_hessian() const { return false; }

  /// Hessian at z, the point of the most recent value_and_gradient that the caller accepted.
  /// Precondition: has_hessian().
  virtual void hessian(const Vector& z, Matrix& hessian) = 0;

  /// Whether f is quadratic in z and quadratic() gives it without a callback.
  virtual bool is_quadratic() const { return false; }

  /// f itself. Precondition: is_quadratic().
  virtual void quadratic(QuadraticModel& /*model*/) {}

  /// Where z may lie; minimisers keep to it.
  virtual Bounds bounds() const { return {}; }
};

/// The function to minimise over vectors of length dimension().
///
/// Not thread-safe: one solve owns it at a time (evaluations are counted, results may be kept).
class Objective {
 public:
  virtual ~Objective() = default;

  virtual Index dimension() const = 0;

  /// f at the point that is `values` on `variables` (sorted) and zero elsewhere; `gradient`
  /// receives all dimension() entries.
  virtual double value_and_gradient(const IndexList& variables, const Vector& values,
                                    Vector& gradient) = 0;

  /// f alone at the same kind of point: no pass over all variables.
  virtual double value(const IndexList& variables, const Vector& values);

  virtual bool has_curvature() const { return false; }

  /// Diagonal blocks of the full Hessian at the same kind of point.
  /// Precondition: has_curvature().
  virtual void curvature(const IndexList& variables, const Vector& values,
                         BlockDiagonal& blocks) = 0;

  /// f as a function of the values on `variables` (sorted). The result must not outlive *this.
  virtual std::unique_ptr<Restriction> restrict_to(const IndexList& variables) = 0;

  /// Hessian at a point between its variables and `others` (sorted, none of them `variables`), and
  /// in `own` among the others: among `sizes[0]` first ones, `sizes[1]` next ones and so on. What
  /// `own` has beside these blocks is left open. Precondition: restrictions have Hessians.
  virtual void cross_hessian(const IndexList& variables, const Vector& values,
                             const IndexList& others, const IndexList& sizes, Matrix& cross,
                             Matrix& own);

  /// How many other variables cross_hessian() had better be asked for at once.
  virtual Index others_at_once() const { return 64; }

  /// Multiplications for a product of a column of the Hessian with one variable; many where a
  /// callback has to be asked.
  virtual Index multiplications_per_product() const { return Index{1} << 20; }

  /// Where every variable may lie.
  virtual Bounds bounds() const { return {}; }

  virtual const Evaluations& evaluations() const { return evaluations_; }

 protected:
  Evaluations evaluations_;
};

}  // namespace scope
