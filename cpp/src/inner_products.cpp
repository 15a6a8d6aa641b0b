#include "scope/inner_products.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "scope/processors.hpp"
#include "scope/row_blocks.hpp"

namespace scope {

namespace {

// Eigen would use the instructions of the oldest processor, and pack what lies here in order.
#if defined(__GNUC__)
using PlainLanes [[gnu::vector_size(16)]] = double;
#else
using PlainLanes = double;
#endif

/// Rows of some columns that stay in the first-level cache, and of all in the second.
constexpr Index kRowsAtOnce = 256;

/// The column at `place`; beyond the last one that one again, whose products nobody keeps.
SCOPE_INLINE const double* column_or_last(const ColumnList& columns, std::size_t place) {
  return columns[std::min(place, columns.size() - 1)];
}

template <class Lanes>
SCOPE_INLINE void load(const double* entries, Lanes& lanes) {
  std::memcpy(&lanes, entries, sizeof(Lanes));
}

template <class Lanes>
SCOPE_INLINE double sum_of(const Lanes& lanes) {
  std::array<double, sizeof(Lanes) / sizeof(double)> entries;
  std::memcpy(entries.data(), &lanes, sizeof(Lanes));
  double sum = 0.0;
  for (const double entry : entries)
    sum += entry;
  return sum;
}

/// Adds the products of `Left` columns from `i` on with `Right` columns from `j` on: each entry
/// that is loaded serves many products, whose sums stay in registers.
template <class Lanes, int Left, int Right>
SCOPE_INLINE void add_tile(const ProductBlock& block, std::size_t i, std::size_t j) {
  constexpr Index kLanes = sizeof(Lanes) / sizeof(double);
  const double* left[Left];
  const double* right[Right];
  Lanes sums[Left][Right] = {};
  for (int a = 0; a < Left; ++a)
    left[a] = column_or_last(block.left, i + static_cast<std::size_t>(a)) + block.left_row;
  for (int b = 0; b < Right; ++b)
    right[b] = column_or_last(block.right, j + static_cast<std::size_t>(b)) + block.right_row;
  Index row = 0;
  for (; row + kLanes <= block.rows; row += kLanes) {
    Lanes factors[Right];
    for (int b = 0; b < Right; ++b)
      load(right[b] + row, factors[b]);
    for (int a = 0; a < Left; ++a) {
      Lanes entries;
      load(left[a] + row, entries);
      for (int b = 0; b < Right; ++b)
        sums[a][b] += entries * factors[b];
    }
  }
  const Index first_left = static_cast<Index>(i);
  const Index first_right = static_cast<Index>(j);
  const Index lefts = std::min<Index>(Left, block.products.rows() - first_left);
  const Index rights = std::min<Index>(Right, block.products.cols() - first_right);
  for (Index b = 0; b < rights; ++b) {
    for (Index a = 0; a < lefts; ++a) {
      double sum = sum_of(sums[a][b]);
      for (Index rest = row; rest < block.rows; ++rest)
        sum += left[a][rest] * right[b][rest];
      block.products(first_left + a, first_right + b) += sum;
    }
  }
}

template <class Lanes, int Left, int Right>
SCOPE_INLINE void add_tiles(const ProductBlock& block) {
  for (std::size_t j = 0; j < block.right.size(); j += Right) {
    for (std::size_t i = block.lower ? j / Left * Left : 0; i < block.left.size(); i += Left)
      add_tile<Lanes, Left, Right>(block, i, j);
  }
}

void add_products(const ProductBlock& block) { add_tiles<PlainLanes, 4, 3>(block); }

#if SCOPE_NEWER_PROCESSORS
using FourLanes [[gnu::vector_size(32)]] = double;
using EightLanes [[gnu::vector_size(64)]] = double;
#else
using FourLanes = PlainLanes;
using EightLanes = PlainLanes;
#endif

SCOPE_AVX2 void add_products_avx2(const ProductBlock& block) { add_tiles<FourLanes, 4, 3>(block); }

SCOPE_AVX512 void add_products_avx512(const ProductBlock& block) {
  add_tiles<EightLanes, 4, 4>(block);
}

ProductKernel fastest_kernel() {
  static const ProductKernel fastest = product_kernels().front();
  return fastest;
}

/// Multiplies `count` rows from `first` on of all columns by their weights.
void scale_rows(const ColumnList& columns, const Vector& weight, Index first, Index count,
                Matrix& scaled) {
  using Rows = Eigen::Map<const Vector>;
  for (std::size_t k = 0; k < columns.size(); ++k) {
    scaled.col(static_cast<Index>(k)).head(count) =
        weight.segment(first, count).cwiseProduct(Rows(columns[k] + first, count));
  }
}

Matrix weighted_products(const ColumnList& left, const ColumnList& right, const Vector& weight,
                         bool lower) {
  const auto cols = static_cast<Index>(right.size());
  Matrix products = Matrix::Zero(static_cast<Index>(left.size()), cols);
  Matrix scaled(std::min(kRowsAtOnce, weight.size()), cols);
  const ColumnList scaled_columns = columns_of(scaled);
  const ProductKernel add = fastest_kernel();
  for_row_blocks(weight.size(), kRowsAtOnce, [&](Index first, Index count) {
    scale_rows(right, weight, first, count, scaled);
    add({left, scaled_columns, count, lower, products, first, 0});
  });
  return products;
}

}  // namespace

std::vector<ProductKernel> product_kernels() {
  return versions_here(add_products_avx512, add_products_avx2, add_products);
}

ColumnList columns_at(const Matrix& matrix, const IndexList& places) {
  ColumnList columns;
  for (const Index place : places)
    columns.push_back(matrix.data() + place * matrix.rows());
  return columns;
}

ColumnList columns_of(const Matrix& matrix) {
  ColumnList columns;
  for (Index k = 0; k < matrix.cols(); ++k)
    columns.push_back(matrix.data() + k * matrix.rows());
  return columns;
}

Matrix inner_products(const ColumnList& left, const ColumnList& right, Index rows) {
  Matrix products = Matrix::Zero(static_cast<Index>(left.size()), static_cast<Index>(right.size()));
  const ProductKernel add = fastest_kernel();
  for_row_blocks(rows, kRowsAtOnce, [&](Index first, Index count) {
    add({left, right, count, false, products, first, first});
  });
  return products;
}

Matrix inner_products(const ColumnList& left, const ColumnList& right, const Vector& weight) {
  return weighted_products(left, right, weight, false);
}

Matrix weighted_gram(const ColumnList& columns, const Vector& weight) {
  Matrix gram = weighted_products(columns, columns, weight, true);
  gram.triangularView<Eigen::StrictlyUpper>() = gram.transpose();
  return gram;
}

}  // namespace scope
