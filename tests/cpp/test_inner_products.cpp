#include "scope/inner_products.hpp"

#include <doctest/doctest.h>

#include <limits>

#include "fakes.hpp"

using namespace scope;
using namespace scope::fakes;

namespace {

constexpr Index kRowCounts[] = {0, 1, 3, 16, 255, 256, 257, 600};

double distance(const Matrix& found, const Matrix& expected) {
  REQUIRE(found.rows() == expected.rows());
  REQUIRE(found.cols() == expected.cols());
  return found.size() == 0 ? 0.0 : (found - expected).cwiseAbs().maxCoeff();
}

}  // namespace

TEST_CASE("every kernel multiplies all columns, whatever their number") {
  const Matrix left = noise(37, 11, 1);
  const Matrix right = noise(37, 11, 2);
  for (const ProductKernel kernel : product_kernels()) {
    for (Index lefts = 0; lefts <= left.cols(); ++lefts) {
      for (Index rights = 0; rights <= right.cols(); ++rights) {
        const Matrix some = left.leftCols(lefts);
        const Matrix others = right.leftCols(rights);
        Matrix products = Matrix::Ones(lefts, rights);  // what is there stays
        kernel({columns_of(some), columns_of(others), 37, false, products});
        const Matrix expected = (some.transpose() * others).array() + 1.0;
        CHECK(distance(products, expected) < 1e-12);
      }
      const Matrix some = left.leftCols(lefts);
      Matrix lower = Matrix::Zero(lefts, lefts);
      kernel({columns_of(some), columns_of(some), 37, true, lower});
      const Matrix gram = some.transpose() * some;
      CHECK(distance(Matrix(lower.triangularView<Eigen::Lower>()),
                     Matrix(gram.triangularView<Eigen::Lower>())) < 1e-12);
    }
  }
}

TEST_CASE("products of rows in several blocks, with weights of both signs and without") {
  const IndexList places{6, 0, 3};
  const IndexList others{1, 6};
  for (const Index rows : kRowCounts) {
    const Matrix columns = noise(rows, 7, 3);
    const Vector weight = noise(rows, 1, 4);
    const Matrix left = columns(Eigen::all, places);
    const Matrix right = columns(Eigen::all, others);
    const ColumnList lefts = columns_at(columns, places);
    const ColumnList rights = columns_at(columns, others);
    const Matrix weighted = weight.asDiagonal() * right;
    CHECK(distance(inner_products(lefts, rights, rows), left.transpose() * right) < 1e-11);
    CHECK(distance(inner_products(lefts, rights, weight), left.transpose() * weighted) < 1e-11);
    const Matrix gram = weighted_gram(lefts, weight);
    CHECK(distance(gram, left.transpose() * weight.asDiagonal() * left) < 1e-11);
    CHECK(gram == gram.transpose());
  }
}

TEST_CASE("what is not finite in a column stays in its products") {
  Matrix columns = noise(20, 5, 5);
  columns(19, 4) = std::numeric_limits<double>::quiet_NaN();
  const Matrix gram = weighted_gram(columns_of(columns), Vector::Ones(20));
  CHECK(gram.topLeftCorner(4, 4).allFinite());
  CHECK(gram.row(4).array().isNaN().all());
}
