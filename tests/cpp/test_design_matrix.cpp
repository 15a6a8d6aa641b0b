#include "scope/design_matrix.hpp"

#include <doctest/doctest.h>

#include "fakes.hpp"
#include "scope/error.hpp"

using namespace scope;
using namespace scope::fakes;

namespace {

constexpr double kRounding = 1e-12;  // relative, for sums of thousands of terms in double

template <class Scalar>
using RowMajor = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
template <class Scalar>
using ColumnMajor = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;

bool close(const Matrix& a, const Matrix& b) {
  return (a - b).norm() <= kRounding * (1 + b.norm());
}

void check_against(const DesignMatrix& design, const Matrix& dense) {
  REQUIRE(design.rows() == dense.rows());
  REQUIRE(design.cols() == dense.cols());
  const Vector slope = noise(dense.rows(), 1, 5);
  const Vector weight = noise(dense.rows(), 1, 6);
  Vector gradient = Vector::Ones(dense.cols());
  design.add_transposed_product(slope, gradient);
  CHECK(close(gradient, dense.transpose() * slope + Vector::Ones(dense.cols())));
  Vector squares = Vector::Constant(dense.cols(), 2.0);
  gradient.setZero();
  design.add_transposed_products(slope, weight, gradient, squares);
  CHECK(close(gradient, dense.transpose() * slope));
  CHECK(close(squares, dense.cwiseAbs2().transpose() * weight + Vector::Constant(dense.cols(), 2)));
  IndexList variables;
  for (Index j = 0; j < dense.cols(); j += 3)
    variables.push_back(j);
  Matrix gathered = Matrix::Zero(dense.rows(), static_cast<Index>(variables.size()));
  design.add_columns(variables, gathered);
  CHECK(gathered == Matrix(dense(Eigen::all, variables)));
}

template <class Scalar>
void check_layouts(Index rows, Index cols) {
  const Matrix dense = noise(rows, cols).cast<Scalar>().template cast<double>();
  const RowMajor<Scalar> by_rows = dense.cast<Scalar>();
  check_against(*dense_view(by_rows.data(), rows, cols, cols, Layout::row_major), dense);
  const ColumnMajor<Scalar> by_columns = dense.cast<Scalar>();
  check_against(*dense_view(by_columns.data(), rows, cols, rows, Layout::column_major), dense);
}

}  // namespace

TEST_CASE("kernels agree with dense algebra, for both scalars and layouts, across blocks") {
  for (const auto& [rows, cols] : std::vector<std::pair<Index, Index>>{
           {1, 1}, {3, 2}, {4, 7}, {7, 2500}, {2500, 5}, {1030, 1030}}) {
    check_layouts<double>(rows, cols);
    check_layouts<float>(rows, cols);
  }
}

TEST_CASE("a view may be a part of a larger matrix") {
  const Matrix whole = noise(9, 12);
  const RowMajor<double> by_rows = whole;
  check_against(*dense_view(by_rows.data() + 12 + 2, 5, 7, 12, Layout::row_major),
                whole.block(1, 2, 5, 7));
  check_against(*dense_view(whole.data() + 1 + 2 * 9, 5, 7, 9, Layout::column_major),
                whole.block(1, 2, 5, 7));
}

TEST_CASE("the same input gives the same bits") {
  const Matrix dense = noise(700, 90);
  const auto view = dense_view(dense.data(), 700, 90, 700, Layout::column_major);
  const Vector slope = noise(700, 1, 3);
  Vector first = Vector::Zero(90);
  Vector second = Vector::Zero(90);
  view->add_transposed_product(slope, first);
  view->add_transposed_product(slope, second);
  CHECK(first == second);
}

TEST_CASE("blocks: an intercept beside a product, a second product below") {
  const Matrix left = noise(6, 1);
  const Matrix right = noise(6, 4, 2);
  const Matrix below = noise(3, 5, 3);
  const auto view = [](const Matrix& m) -> std::shared_ptr<DesignMatrix> {
    return dense_view(m.data(), m.rows(), m.cols(), m.rows(), Layout::column_major);
  };
  BlockMatrix design(9, 5);
  design.place(view(left), 0, 0);
  design.place(view(right), 0, 1);
  design.place(view(below), 6, 0, -2.0);
  Matrix dense(9, 5);
  dense << left, right, -2.0 * below;
  check_against(design, dense);
  CHECK_THROWS_AS(design.place(view(left), 3, 1), InvalidArgument);
  CHECK_THROWS_AS(design.place(view(below), 7, 0), InvalidArgument);
}
