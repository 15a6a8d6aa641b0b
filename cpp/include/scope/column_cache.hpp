#pragma once

#include <functional>

#include "scope/types.hpp"

namespace scope {

/// The columns of a known matrix that were used last: a swap gathers its newcomers only, and what
/// they replaced is still there when the swap is rejected.
///
/// Holds rows x (support + spare) numbers. Not thread-safe.
class ColumnCache {
 public:
  /// Adds columns `variables` (sorted) to the columns of a matrix of zeros.
  using Gather = std::function<void(const IndexList& variables, Eigen::Ref<Matrix> gathered)>;

  ColumnCache(Index rows, Index cols, Gather gather);

  /// The place of each of `variables` (sorted) among columns(). Earlier places are void then.
  const IndexList& places_of(const IndexList& variables);

  /// All that is held, by place; of these, held() places are in use.
  const Matrix& columns() const { return columns_; }
  Index held() const { return static_cast<Index>(variable_at_.size()); }

  /// By place: a number that changes when another column comes there.
  const IndexList& versions() const { return versions_; }

  /// `sum` becomes the sum of the columns of `variables` times `weights`. Asked for the same
  /// variables again, neither this nor the next allocates.
  void product(const IndexList& variables, const Vector& weights, Vector& sum);

  /// `products` become the inner products of the columns of `variables` with `vector`.
  void transposed_product(const IndexList& variables, const Vector& vector, Vector& products);

 private:
  /// How many columns there may be beside those of a support.
  Index beside() const;
  void reserve(Index wanted);
  /// Places for `count` newcomers: unused ones, then those that were asked for longest ago.
  IndexList vacate(Index count);
  void fill(const IndexList& missing);
  /// Gathers few columns at once, to places that are not side by side.
  void gather_apart(const IndexList& variables, const IndexList& places);

  Gather gather_;
  Matrix columns_;
  IndexList asked_;
  IndexList places_;
  IndexList place_of_;     ///< by variable; -1 where it is not held
  IndexList variable_at_;  ///< by place
  IndexList versions_;
  IndexList last_use_;
  Index clock_ = 0;
};

/// Inner products of all columns that a cache holds, in a metric that is kept fixed. Only what
/// came since the last call is multiplied.
class GramCache {
 public:
  /// The products of the columns at places `left` with those at places `right`.
  using Products = std::function<Matrix(const IndexList& left, const IndexList& right)>;

  /// The Gram matrix of `variables`. `columns` and the metric must be the same at every call.
  Matrix gram(ColumnCache& columns, const IndexList& variables, const Products& products);

 private:
  Matrix products_;
  IndexList versions_;
};

}  // namespace scope
