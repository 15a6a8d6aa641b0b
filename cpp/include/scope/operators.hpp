#pragma once

#include <initializer_list>
#include <memory>

#include "scope/design_matrix.hpp"

namespace scope {

/// A view of a sparse matrix: compressed by columns (CSC, column_major) or by rows (CSR,
/// row_major). Column (row) k has the entries starts[k] .. starts[k + 1] of `data`, in the rows
/// (columns) that `indices` says, in any order.
///
/// `data` and `indices` hold starts.back() values, stay alive and do not change. Throws
/// InvalidArgument if `starts` or an index is out of range, or an entry is given twice. Products
/// cost O(entries), gathering columns O(entries + cols) if by rows.
template <class Scalar, class Position>
std::unique_ptr<DesignMatrix> sparse_view(const Scalar* data, const Position* indices,
                                          IndexList starts, Index rows, Index cols, Layout layout);

/// The identity; nothing is stored. Throws InvalidArgument if `size` is negative.
std::unique_ptr<DesignMatrix> identity(Index size);

/// Cumulative sums along the middle axis of an (outer, length, inner) array in C order, from its
/// end if `reverse`. Square; nothing is stored, products cost O(rows).
/// Throws InvalidArgument if a size is negative or there are too many entries.
std::unique_ptr<DesignMatrix> prefix_sums(Index outer, Index length, Index inner, bool reverse);

/// I (x) block (x) I with identities of size `left` and `right`, in the sense of Kronecker: row
/// (l * block.rows + i) * right + r, column (l * block.cols + j) * right + r is entry (i, j).
///
/// Products cost left * right products of the block.
/// Throws InvalidArgument if a size is negative or the result too large.
std::unique_ptr<DesignMatrix> kronecker(Index left, std::shared_ptr<const DesignMatrix> block,
                                        Index right);

/// A matrix with `span` columns: column `columns[k]` is column k of `inner`, or the sum of several
/// where a position occurs again; the others are zero.
///
/// Products cost one of `inner`; with squares, and where positions occur again, also a copy of
/// those columns of `inner`, some at a time.
/// Throws InvalidArgument if there is not one position in 0..span for each column of `inner`.
std::unique_ptr<DesignMatrix> taken_columns(std::shared_ptr<const DesignMatrix> inner,
                                            const IndexList& columns, Index span);

/// The product of sizes; throws InvalidArgument if one is negative or the product overflows.
Index product_of_sizes(std::initializer_list<Index> sizes);

}  // namespace scope
