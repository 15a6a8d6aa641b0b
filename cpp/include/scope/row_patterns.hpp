#pragma once

#include <cstdint>
#include <vector>

#include "scope/column_cache.hpp"

namespace scope {

/// Numbers rows so that those that are zero in the same of some columns have the same number. Of
/// one support after the other, only the columns that come and go are looked at.
class RowNumbers {
 public:
  /// Numbers for `columns` at `places`; a place's version changes when another column comes there.
  void update(const Matrix& columns, const IndexList& places, const IndexList& versions);

  const std::vector<std::uint64_t>& numbers() const { return numbers_; }
  std::uint64_t nonzeros() const { return nonzeros_; }

 private:
  void forget(Index rows);
  /// Adds `key` to the numbers of rows where a column is not zero; returns how many these are.
  std::uint64_t add(const Matrix& columns, Index place, std::uint64_t key);

  std::vector<std::uint64_t> numbers_;  ///< sums of keys of columns, which may be taken back
  std::uint64_t nonzeros_ = 0;
  IndexList versions_;  ///< by place; -1 where it is not among the columns
};

/// Columns with many zeros, taken apart into dense pieces: rows that are zero in the same columns
/// make one piece. Their Gram matrices cost what is not zero.
///
/// One-hot designs, several responses and pairwise graphs have few such patterns.
class RowPatterns {
 public:
  /// `columns` at `places`, with the numbers for these. O(n), and what is not zero.
  RowPatterns(const Matrix& columns, const IndexList& places, const RowNumbers& numbers);

  /// Whether there are few patterns; the products are for these only.
  bool are_few() const { return few_; }

  /// columns times z.
  Vector product(const Vector& z) const;

  /// columns' times slope.
  Vector transposed_product(const Vector& slope) const;

  /// columns' diag(weight) columns, symmetric.
  Matrix gram(const Vector& weight) const;

 private:
  struct Piece {
    IndexList rows;
    IndexList columns;
    Matrix entries;  ///< rows x columns
  };

  /// Returns how many entries of the piece are not zero.
  std::uint64_t add_piece(const Matrix& columns, const IndexList& places, IndexList rows);

  Index rows_;
  Index size_;
  bool few_ = true;
  std::vector<Piece> pieces_;
};

}  // namespace scope
