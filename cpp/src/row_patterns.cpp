#include "scope/row_patterns.hpp"

#include <algorithm>
#include <cstdint>
#include <unordered_map>
#include <utility>

#include "scope/inner_products.hpp"

namespace scope {

namespace {

/// Rows that a pattern should have on the average.
constexpr Index kLeastRows = 8;

/// Far apart for neighbouring places (Steele, Lea & Flood 2014, doi:10.1145/2660193.2660195).
std::uint64_t key_of(std::size_t place) {
  std::uint64_t key = (static_cast<std::uint64_t>(place) + 1) * 0x9E3779B97F4A7C15U;
  key = (key ^ (key >> 30U)) * 0xBF58476D1CE4E5B9U;
  key = (key ^ (key >> 27U)) * 0x94D049BB133111EBU;
  return key ^ (key >> 31U);
}

}  // namespace

void RowNumbers::forget(Index rows) {
  numbers_.assign(static_cast<std::size_t>(rows), 0);
  nonzeros_ = 0;
  std::fill(versions_.begin(), versions_.end(), -1);
}

std::uint64_t RowNumbers::add(const Matrix& columns, Index place, std::uint64_t key) {
  const double* entries = columns.data() + place * columns.rows();
  std::uint64_t nonzeros = 0;
  for (std::size_t i = 0; i < numbers_.size(); ++i) {  // without a branch: it is vectorised
    numbers_[i] += entries[i] != 0.0 ? key : 0U;
    nonzeros += entries[i] != 0.0 ? 1U : 0U;
  }
  return nonzeros;
}

void RowNumbers::update(const Matrix& columns, const IndexList& places, const IndexList& versions) {
  versions_.resize(versions.size(), -1);
  bool gone = static_cast<Index>(numbers_.size()) != columns.rows();
  for (std::size_t place = 0; place < versions.size(); ++place) {
    gone = gone || (versions_[place] >= 0 && versions_[place] != versions[place]);
  }
  if (gone) forget(columns.rows());
  std::vector<bool> wanted(versions.size(), false);
  for (const Index place : places)
    wanted[static_cast<std::size_t>(place)] = true;
  for (std::size_t place = 0; place < versions.size(); ++place) {
    if (wanted[place] == (versions_[place] >= 0)) continue;
    const auto column = static_cast<Index>(place);
    if (wanted[place]) {
      nonzeros_ += add(columns, column, key_of(place));
      versions_[place] = versions[place];
    } else {
      nonzeros_ -= add(columns, column, std::uint64_t{0} - key_of(place));
      versions_[place] = -1;
    }
  }
}

RowPatterns::RowPatterns(const Matrix& columns, const IndexList& places, const RowNumbers& numbers)
    : rows_(columns.rows()),
      size_(static_cast<Index>(places.size())) {
  std::unordered_map<std::uint64_t, std::size_t> piece_of;
  std::vector<IndexList> rows;
  for (std::size_t i = 0; i < numbers.numbers().size(); ++i) {
    const auto [found, fresh] = piece_of.try_emplace(numbers.numbers()[i], rows.size());
    if (fresh) rows.emplace_back();
    rows[found->second].push_back(static_cast<Index>(i));
    few_ = kLeastRows * static_cast<Index>(rows.size()) <= columns.rows() + kLeastRows;
    if (!few_) return;
  }
  std::uint64_t kept = 0;
  for (IndexList& piece : rows)
    kept += add_piece(columns, places, std::move(piece));
  // Whatever the numbers say, nothing that is not zero is left out.
  few_ = kept == numbers.nonzeros();
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
