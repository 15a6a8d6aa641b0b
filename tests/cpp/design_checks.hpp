#pragma once

#include <doctest/doctest.h>

#include <memory>

#include "fakes.hpp"
#include "scope/design_matrix.hpp"

namespace scope::fakes {

template <class Scalar>
using RowMajor = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
template <class Scalar>
using ColumnMajor = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;

/// Equal up to the rounding of sums of thousands of terms in double.
inline bool close(const Matrix& a, const Matrix& b) {
  return (a - b).norm() <= 1e-12 * (1 + b.norm());
}

/// A view of a matrix that outlives it.
inline std::shared_ptr<DesignMatrix> view(const Matrix& m) {
  return dense_view(m.data(), m.rows(), m.cols(), m.rows(), Layout::column_major);
}

/// Every `step`th column from `first` on, added to what is there.
inline void check_columns(const DesignMatrix& design, const Matrix& dense, Index first,
                          Index step) {
  IndexList variables;
  for (Index j = first; j < dense.cols(); j += step)
    variables.push_back(j);
  Matrix gathered = Matrix::Zero(dense.rows(), static_cast<Index>(variables.size()));
  design.add_columns(variables, gathered);
  CHECK(gathered == Matrix(dense(Eigen::all, variables)));
  design.add_columns(variables, gathered);
  CHECK(gathered == Matrix(2.0 * dense(Eigen::all, variables)));
}

/// The operator adds what its dense matrix would add.
inline void check_against(const DesignMatrix& design, const Matrix& dense) {
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
  check_columns(design, dense, 0, 1);
  check_columns(design, dense, 0, 3);
  check_columns(design, dense, 1, 2);
  check_columns(design, dense, dense.cols(), 1);
}

}  // namespace scope::fakes
