#include "scope/outer_function.hpp"

#include <doctest/doctest.h>

#include "fakes.hpp"
#include "scope/error.hpp"

using namespace scope;
using namespace scope::fakes;

namespace {

constexpr double kRoundingOfSums = 1e-12;

/// A g of which only a fixed Hessian is told, in one of the four ways.
class FixedHessian : public OuterFunction {
 public:
  FixedHessian(Index dimension, OuterCurvature curvature)
      : dimension_(dimension),
        curvature_(curvature),
        samples_(2, dimension / 2) {
    for (Index i = 0; i < dimension / 2; ++i) {
      samples_(0, i) = i;  // as two stacked products: location and scale
      samples_(1, i) = dimension / 2 + i;
    }
    point.slope = noise(dimension, 1, 2);
    point.weight = noise(dimension, 1, 3);
    point.factors = noise(dimension, 2, 4);
    point.core = noise(2, 2, 5) + noise(2, 2, 5).transpose();
    point.blocks = noise(4, dimension / 2, 6);
    point.blocks.row(2) = point.blocks.row(1);
  }

  OuterPoint point;

  Index dimension() const override { return dimension_; }
  OuterCurvature curvature() const override { return curvature_; }
  void evaluate(const Vector& /*eta*/, OuterPoint& at) override { at = point; }
  void hessian_products(const Vector& /*eta*/, const Matrix& directions,
                        Matrix& products) override {
    products = dense() * directions;
  }
  const Eigen::Matrix<Index, Eigen::Dynamic, Eigen::Dynamic>& samples() const override {
    return samples_;
  }

  Matrix dense() const {
    Matrix hessian = point.weight.asDiagonal();
    if (curvature_ == OuterCurvature::low_rank) {
      hessian += point.factors * point.core * point.factors.transpose();
    }
    if (curvature_ != OuterCurvature::blocks) return hessian;
    hessian.setZero();
    const Index half = dimension_ / 2;
    for (Index i = 0; i < half; ++i) {
      hessian(i, i) = point.blocks(0, i);
      hessian(i, half + i) = hessian(half + i, i) = point.blocks(1, i);
      hessian(half + i, half + i) = point.blocks(3, i);
    }
    return hessian;
  }

 private:
  Index dimension_;
  OuterCurvature curvature_;
  Eigen::Matrix<Index, Eigen::Dynamic, Eigen::Dynamic> samples_;
};

constexpr OuterCurvature kAll[] = {OuterCurvature::diagonal, OuterCurvature::low_rank,
                                   OuterCurvature::blocks, OuterCurvature::products};

}  // namespace

TEST_CASE("products and Gram matrices are those of the dense Hessian") {
  const Matrix columns = noise(10, 4, 7);
  const Vector eta = Vector::Zero(10);
  for (const OuterCurvature curvature : kAll) {
    FixedHessian outer(10, curvature);
    const OuterHessian hessian(outer, eta, outer.point);
    CHECK((hessian.times(columns) - outer.dense() * columns).norm() < kRoundingOfSums);
    const Matrix expected = columns.transpose() * outer.dense() * columns;
    const Matrix gram = hessian.gram(columns, {0, 1, 2, 3});
    CHECK((gram - expected).norm() < 100 * kRoundingOfSums);
    CHECK(gram == gram.transpose());
    const Matrix cross = hessian.cross(columns, {2, 0}, columns, {3, 1, 0});
    CHECK((cross - expected(IndexList{2, 0}, IndexList{3, 1, 0})).norm() < 100 * kRoundingOfSums);
  }
}

TEST_CASE("non-negative weights take the short way to the same Gram matrix") {
  const Matrix columns = noise(10, 4, 7);
  FixedHessian outer(10, OuterCurvature::diagonal);
  outer.point.weight = outer.point.weight.cwiseAbs();
  const OuterHessian hessian(outer, outer.point.slope, outer.point);
  const Matrix expected = columns.transpose() * outer.dense() * columns;
  CHECK((hessian.gram(columns, {0, 1, 2, 3}) - expected).norm() < 100 * kRoundingOfSums);
}

TEST_CASE("the diagonal: exact for blocks, the diagonal part of a low rank, one mean of products") {
  const Vector eta = Vector::Zero(10);
  for (const OuterCurvature curvature : kAll) {
    FixedHessian outer(10, curvature);
    if (curvature == OuterCurvature::products) outer.point.weight.setConstant(3.0);
    const Vector diagonal = OuterHessian(outer, eta, outer.point).diagonal();
    const Vector expected = curvature == OuterCurvature::low_rank
                                ? outer.point.weight
                                : Vector(outer.dense().diagonal());
    CHECK((diagonal - expected).norm() < kRoundingOfSums);
  }
}

TEST_CASE("a function without blocks has no samples") {
  struct Plain : OuterFunction {
    Index dimension() const override { return 1; }
    OuterCurvature curvature() const override { return OuterCurvature::diagonal; }
    void evaluate(const Vector& /*eta*/, OuterPoint& /*point*/) override {}
  };
  const Plain plain;
  CHECK_THROWS_AS(static_cast<const OuterFunction&>(plain).samples(), InvalidArgument);
}
