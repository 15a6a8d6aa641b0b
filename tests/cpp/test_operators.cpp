#include "scope/operators.hpp"

#include <doctest/doctest.h>

#include <cstdint>

#include "design_checks.hpp"
#include "scope/error.hpp"

using namespace scope;
using namespace scope::fakes;

namespace {

/// Noise of which about a quarter is left, with an empty row and an empty column if large enough.
Matrix thin(Index rows, Index cols) {
  Matrix dense = noise(rows, cols, 7);
  dense = (dense.array() > 0.7).select(dense, 0.0);
  if (rows > 2) dense.row(rows / 2).setZero();
  if (cols > 2) dense.col(cols / 2).setZero();
  return dense;
}

/// A matrix compressed along its columns; the entries of a column last to first.
template <class Scalar, class Position>
struct Compressed {
  explicit Compressed(const Matrix& dense) {
    for (Index j = 0; j < dense.cols(); ++j) {
      for (Index i = dense.rows() - 1; i >= 0; --i) {
        if (dense(i, j) == 0.0) continue;
        data.push_back(static_cast<Scalar>(dense(i, j)));
        indices.push_back(static_cast<Position>(i));
      }
      starts.push_back(static_cast<Index>(data.size()));
    }
  }

  std::vector<Scalar> data;
  std::vector<Position> indices;
  IndexList starts = {0};
};

template <class Scalar, class Position>
void check_sparse(Index rows, Index cols) {
  const Matrix dense = thin(rows, cols).cast<Scalar>().template cast<double>();
  const Compressed<Scalar, Position> by_columns(dense);
  check_against(*sparse_view(by_columns.data.data(), by_columns.indices.data(), by_columns.starts,
                             rows, cols, Layout::column_major),
                dense);
  const Compressed<Scalar, Position> by_rows(dense.transpose());
  check_against(*sparse_view(by_rows.data.data(), by_rows.indices.data(), by_rows.starts, rows,
                             cols, Layout::row_major),
                dense);
}

/// By definition: row (o, t, r) sums the entries (o, s, r) with s <= t, or s >= t.
Matrix cumulative(Index outer, Index length, Index inner, bool reverse) {
  const Index size = outer * length * inner;
  Matrix dense = Matrix::Zero(size, size);
  for (Index row = 0; row < size; ++row) {
    for (Index col = 0; col < size; ++col) {
      const Index t = row / inner % length;
      const Index s = col / inner % length;
      const bool same_line =
          row % inner == col % inner && row / (inner * length) == col / (inner * length);
      if (same_line && (reverse ? s >= t : s <= t)) dense(row, col) = 1.0;
    }
  }
  return dense;
}

Matrix kronecker_of(const Matrix& a, const Matrix& b) {
  Matrix product(a.rows() * b.rows(), a.cols() * b.cols());
  for (Index i = 0; i < a.rows(); ++i) {
    for (Index j = 0; j < a.cols(); ++j) {
      product.block(i * b.rows(), j * b.cols(), b.rows(), b.cols()) = a(i, j) * b;
    }
  }
  return product;
}

Matrix kronecker_of(Index left, const Matrix& block, Index right) {
  return kronecker_of(kronecker_of(Matrix::Identity(left, left), block),
                      Matrix::Identity(right, right));
}

Matrix taken_of(const Matrix& inner, const IndexList& columns, Index span) {
  Matrix dense = Matrix::Zero(inner.rows(), span);
  for (Index k = 0; k < inner.cols(); ++k) {
    dense.col(columns[static_cast<std::size_t>(k)]) += inner.col(k);
  }
  return dense;
}

}  // namespace

TEST_CASE("sparse views agree with dense algebra, by columns and by rows") {
  for (const auto& [rows, cols] : std::vector<std::pair<Index, Index>>{
           {0, 0}, {0, 4}, {4, 0}, {1, 1}, {5, 9}, {30, 7}, {41, 60}}) {
    check_sparse<double, std::int32_t>(rows, cols);
    check_sparse<double, std::int64_t>(rows, cols);
    check_sparse<float, std::int32_t>(rows, cols);
    check_sparse<float, std::int64_t>(rows, cols);
  }
}

TEST_CASE("a sparse view refuses arrays that would be read out of bounds") {
  const std::vector<double> data = {1, 2, 3};
  const auto make = [&](std::vector<std::int32_t> indices, IndexList starts, Index rows, Index cols,
                        Layout layout = Layout::column_major) {
    sparse_view(data.data(), indices.data(), std::move(starts), rows, cols, layout);
  };
  make({0, 2, 1}, {0, 2, 3}, 3, 2);
  CHECK_THROWS_AS(make({0, 2, 1}, {0, 2}, 3, 2), InvalidArgument);
  CHECK_THROWS_AS(make({0, 2, 1}, {}, 3, 0), InvalidArgument);
  CHECK_THROWS_AS(make({0, 2, 1}, {1, 2, 3}, 3, 2), InvalidArgument);
  CHECK_THROWS_AS(make({0, 2, 1}, {0, 3, 2}, 3, 2), InvalidArgument);
  CHECK_THROWS_AS(make({0, 3, 1}, {0, 2, 3}, 3, 2), InvalidArgument);
  CHECK_THROWS_AS(make({0, -1, 1}, {0, 2, 3}, 3, 2), InvalidArgument);
  CHECK_THROWS_AS(make({2, 2, 1}, {0, 2, 3}, 3, 2), InvalidArgument);
  CHECK_THROWS_AS(make({0, 2, 1}, {0, 2, 3}, -3, 2), InvalidArgument);
  CHECK_THROWS_AS(make({0, 2, 1}, {0, 2, 3}, 2, 2, Layout::row_major), InvalidArgument);
}

TEST_CASE("the identity") {
  for (const Index size : {0, 1, 7})
    check_against(*identity(size), Matrix::Identity(size, size));
  CHECK_THROWS_AS(identity(-1), InvalidArgument);
}

TEST_CASE("prefix sums along an axis, from either end") {
  for (const bool reverse : {false, true}) {
    for (const auto& [outer, length, inner] : std::vector<std::tuple<Index, Index, Index>>{
             {1, 1, 1}, {1, 9, 1}, {3, 4, 1}, {1, 4, 3}, {2, 5, 3}, {2, 0, 3}, {0, 2, 2}}) {
      check_against(*prefix_sums(outer, length, inner, reverse),
                    cumulative(outer, length, inner, reverse));
    }
  }
  const Index huge = Index{1} << 40;
  CHECK_THROWS_AS(prefix_sums(huge, huge, 1, false), InvalidArgument);
  CHECK_THROWS_AS(prefix_sums(2, -1, 1, false), InvalidArgument);
}

TEST_CASE("Kronecker products with identities") {
  const Matrix block = noise(5, 4, 3);
  for (const auto& [left, right] :
       std::vector<std::pair<Index, Index>>{{1, 1}, {3, 1}, {1, 3}, {2, 3}, {0, 2}, {2, 0}}) {
    check_against(*kronecker(left, view(block), right), kronecker_of(left, block, right));
  }
  const RowMajor<float> single = block.cast<float>();
  check_against(*kronecker(2, dense_view(single.data(), 5, 4, 4, Layout::row_major), 2),
                kronecker_of(2, single.cast<double>(), 2));
  CHECK_THROWS_AS(kronecker(-1, view(block), 2), InvalidArgument);
  CHECK_THROWS_AS(kronecker(Index{1} << 40, view(block), Index{1} << 40), InvalidArgument);
}

TEST_CASE("columns taken to other places, several to the same") {
  const Matrix inner = noise(6, 5, 9);
  for (const IndexList& columns :
       std::vector<IndexList>{{0, 1, 2, 3, 4}, {8, 6, 4, 2, 0}, {3, 0, 3, 7, 0}, {1, 1, 1, 1, 1}}) {
    check_against(*taken_columns(view(inner), columns, 9), taken_of(inner, columns, 9));
  }
  CHECK_THROWS_AS(taken_columns(view(inner), {0, 1, 2, 3}, 9), InvalidArgument);
  CHECK_THROWS_AS(taken_columns(view(inner), {0, 1, 2, 3, 9}, 9), InvalidArgument);
  CHECK_THROWS_AS(taken_columns(view(inner), {0, 1, 2, 3, -1}, 9), InvalidArgument);
  CHECK_THROWS_AS(taken_columns(view(inner), {0, 1, 2, 3, 4}, -1), InvalidArgument);
}

TEST_CASE("many sums of columns, more than are formed at once") {
  const Matrix inner = noise(30000, 90, 9);
  IndexList columns;
  for (Index k = 0; k < 90; ++k)
    columns.push_back(k * 7 % 90 / 2);
  const Matrix dense = taken_of(inner, columns, 45);
  const Vector weight = noise(30000, 1, 6);
  Vector gradient = Vector::Zero(45);
  Vector squares = Vector::Zero(45);
  taken_columns(view(inner), columns, 45)
      ->add_transposed_products(weight, weight, gradient, squares);
  CHECK(close(gradient, dense.transpose() * weight));
  CHECK(close(squares, dense.cwiseAbs2().transpose() * weight));
}

TEST_CASE("operators inside each other, with factors") {
  const Matrix block = noise(3, 2, 3);
  auto alone = std::make_shared<BlockMatrix>(12, 8);
  alone->place(kronecker(2, view(block), 2), 0, 0, -2.0);
  const IndexList columns = {9, 1, 3, 3, 0, 8, 9, 5};
  BlockMatrix design(20, 14);
  design.place(taken_columns(alone, columns, 10), 2, 3, 0.5);
  design.place(prefix_sums(2, 3, 1, true), 14, 1, 3.0);
  design.place(identity(2), 0, 12);
  Matrix dense = Matrix::Zero(20, 14);
  dense.block(2, 3, 12, 10) = -taken_of(kronecker_of(2, block, 2), columns, 10);
  dense.block(14, 1, 6, 6) = 3.0 * cumulative(2, 3, 1, true);
  dense.block(0, 12, 2, 2).setIdentity();
  check_against(design, dense);
}
