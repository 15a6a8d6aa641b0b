#include "scope/row_patterns.hpp"

#include <cstdint>
#include <unordered_map>
#include <utility>

#include "scope/inner_products.hpp"

namespace scope {

namespace {

/// Rows that a pattern should have on the average.
constexpr Index kLeastRows = 8;

/// A number for each row that is equal for rows that are zero in the same columns, and how many
/// entries are not zero.
struct Numbered {
  std::vector<std::uint64_t> rows;
  std::uint64_t nonzeros = 0;
};

Numbered number_patterns(const Matrix& columns, const IndexList& places) {
  Numbered numbered{std::vector<std::uint64_t>(static_cast<std::size_t>(columns.rows()), 0)};
  std::uint64_t state = 0x9E3779B97F4A7C15U;
  for (const Index place : places) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    const std::uint64_t key = state ^ (state >> 29);
    const double* entries = columns.data() + place * columns.rows();
    std::uint64_t* numbers = numbered.rows.data();
    std::uint64_t nonzeros = 0;
    for (Index i = 0; i < columns.rows(); ++i) {  // compilers vectorise it without a branch
      numbers[i] += entries[i] != 0.0 ? key : 0U;
      nonzeros += entries[i] != 0.0 ? 1U : 0U;
    }
    numbered.nonzeros += nonzeros;
  }
  return numbered;
}

}  // namespace

RowPatterns::RowPatterns(const Matrix& columns, const IndexList& places)
    : rows_(columns.rows()),
      size_(static_cast<Index>(places.size())) {
  const Numbered numbered = number_patterns(columns, places);
  std::unordered_map<std::uint64_t, std::size_t> piece_of;
  std::vector<IndexList> rows;
  for (std::size_t i = 0; i < numbered.rows.size(); ++i) {
    const auto [found, fresh] = piece_of.try_emplace(numbered.rows[i], rows.size());
    if (fresh) rows.emplace_back();
    rows[found->second].push_back(static_cast<Index>(i));
    few_ = kLeastRows * static_cast<Index>(rows.size()) <= columns.rows() + kLeastRows;
    if (!few_) return;
  }
  std::uint64_t kept = 0;
  for (IndexList& piece : rows)
    kept += add_piece(columns, places, std::move(piece));
  // Whatever the numbers say, nothing that is not zero is left out.
  few_ = kept == numbered.nonzeros;
}

std::uint64_t RowPatterns::add_piece(const Matrix& columns, const IndexList& places,
                                     IndexList rows) {
  Piece piece;
  for (Index k = 0; k < size_; ++k) {
    if (columns(rows.front(), places[static_cast<std::size_t>(k)]) != 0.0) {
      piece.columns.push_back(k);
    }
  }
  if (piece.columns.empty()) return 0;
  piece.entries.resize(static_cast<Index>(rows.size()), static_cast<Index>(piece.columns.size()));
  for (std::size_t k = 0; k < piece.columns.size(); ++k) {
    const auto column = columns.col(places[static_cast<std::size_t>(piece.columns[k])]);
    piece.entries.col(static_cast<Index>(k)) = column(rows);
  }
  std::uint64_t kept = 0;
  for (Index i = 0; i < piece.entries.size(); ++i)
    kept += piece.entries(i) != 0.0 ? 1U : 0U;
  piece.rows = std::move(rows);
  pieces_.push_back(std::move(piece));
  return kept;
}

Vector RowPatterns::product(const Vector& z) const {
  Vector sum = Vector::Zero(rows_);
  for (const Piece& piece : pieces_) {
    sum(piece.rows) = piece.entries * z(piece.columns);
  }
  return sum;
}

Vector RowPatterns::transposed_product(const Vector& slope) const {
  Vector products = Vector::Zero(size_);
  for (const Piece& piece : pieces_) {
    products(piece.columns) += piece.entries.transpose() * slope(piece.rows);
  }
  return products;
}

Matrix RowPatterns::gram(const Vector& weight) const {
  Matrix gram = Matrix::Zero(size_, size_);
  for (const Piece& piece : pieces_) {
    gram(piece.columns, piece.columns) +=
        weighted_gram(columns_of(piece.entries), weight(piece.rows));
  }
  return gram;
}

}  // namespace scope
