#pragma once

#include <memory>
#include <vector>

#include "scope/types.hpp"

namespace scope {

/// A known n x p matrix as the kernels of a composite objective need it. Immutable; thread-safe.
///
/// Every sum is taken in a fixed order: the same input gives the same bits.
class DesignMatrix {
 public:
  virtual ~DesignMatrix() = default;

  virtual Index rows() const = 0;
  virtual Index cols() const = 0;

  /// Share of entries that may be other than zero, roughly.
  virtual double density() const { return 1.0; }

  /// Whether it is certain that no two of the columns `variables` have entries in the same row.
  virtual bool are_disjoint(const IndexList& variables) const { return variables.size() < 2; }

  /// Adds columns `variables` (ascending) to the columns of `gathered` (rows() x variables.size()).
  virtual void add_columns(const IndexList& variables, Eigen::Ref<Matrix> gathered) const = 0;

  /// Adds M' slope to `gradient` (length cols()): one pass over M.
  virtual void add_transposed_product(const Eigen::Ref<const Vector>& slope,
                                      Eigen::Ref<Vector> gradient) const = 0;

  /// The same, and adds (M.M)' weight to `squares`, in the same pass.
  virtual void add_transposed_products(const Eigen::Ref<const Vector>& slope,
                                       const Eigen::Ref<const Vector>& weight,
                                       Eigen::Ref<Vector> gradient,
                                       Eigen::Ref<Vector> squares) const = 0;
};

/// How a matrix lies in memory: row after row, or column after column.
enum class Layout { row_major, column_major };

/// A view of a dense matrix of doubles or floats; arithmetic is in double precision.
/// Element (i, j) lies at `i * stride + j` (row-major) or `i + j * stride` (column-major).
///
/// Products of large matrices are computed on up to `threads` >= 1 threads, each with columns of
/// its own: the bits do not depend on their number.
template <class Scalar>
std::unique_ptr<DesignMatrix> dense_view(const Scalar* data, Index rows, Index cols, Index stride,
                                         Layout layout, Index threads = 1);

/// Blocks placed in a matrix of zeros: products one below the other, an intercept beside its
/// product. Blocks must not overlap.
class BlockMatrix : public DesignMatrix {
 public:
  /// A matrix of zeros. Throws InvalidArgument if a size is negative.
  BlockMatrix(Index rows, Index cols);

  /// Places `scale` times `block` with its first entry at (`first_row`, `first_col`).
  /// Throws InvalidArgument if it does not fit or overlaps another.
  void place(std::shared_ptr<const DesignMatrix> block, Index first_row, Index first_col,
             double scale = 1.0);

  Index rows() const override { return rows_; }
  Index cols() const override { return cols_; }
  double density() const override;
  bool are_disjoint(const IndexList& variables) const override;
  void add_columns(const IndexList& variables, Eigen::Ref<Matrix> gathered) const override;
  void add_transposed_product(const Eigen::Ref<const Vector>& slope,
                              Eigen::Ref<Vector> gradient) const override;
  void add_transposed_products(const Eigen::Ref<const Vector>& slope,
                               const Eigen::Ref<const Vector>& weight, Eigen::Ref<Vector> gradient,
                               Eigen::Ref<Vector> squares) const override;

 private:
  struct Placed {
    std::shared_ptr<const DesignMatrix> matrix;
    Index first_row;
    Index first_col;
    double scale;
  };

  Index rows_;
  Index cols_;
  std::vector<Placed> blocks_;
};

}  // namespace scope
