#pragma once

#include <cstdint>
#include <vector>

#include "scope/column_cache.hpp"

namespace scope {

/// Columns with many zeros, taken apart into dense pieces: rows that are zero in the same columns
/// make one piece. Their Gram matrices cost what is not zero.
///
/// One-hot designs, several responses and pairwise graphs have few such patterns.
class RowPatterns {
 public:
  /// `columns` at `places`. O(n k).
  RowPatterns(const Matrix& columns, const IndexList& places);

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
