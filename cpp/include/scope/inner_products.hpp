#pragma once

#include <vector>

#include "scope/types.hpp"

namespace scope {

/// Where columns of equal length begin, each wherever it is in memory.
using ColumnList = std::vector<const double*>;

ColumnList columns_at(const Matrix& matrix, const IndexList& places);
ColumnList columns_of(const Matrix& matrix);

/// left' right of columns of so many rows; no column is copied.
Matrix inner_products(const ColumnList& left, const ColumnList& right, Index rows);

/// left' diag(weight) right.
Matrix inner_products(const ColumnList& left, const ColumnList& right, const Vector& weight);

/// columns' diag(weight) columns, symmetric, in half the time.
Matrix weighted_gram(const ColumnList& columns, const Vector& weight);

/// A block of rows of both sides, and the matrix that their products are added to.
struct ProductBlock {
  const ColumnList& left;
  const ColumnList& right;
  Index rows;
  bool lower;  ///< entries above the diagonal are not asked for
  Matrix& products;
  Index left_row = 0;  ///< of the left columns, where the block begins
  Index right_row = 0;
};

using ProductKernel = void (*)(const ProductBlock&);

/// The kernels that this processor can run, the fastest first.
std::vector<ProductKernel> product_kernels();

}  // namespace scope
