#include "scope/solvers/sacrifice.hpp"

#include <doctest/doctest.h>

#include <Eigen/Cholesky>

#include "fakes.hpp"

using namespace scope;
using namespace scope::fakes;

namespace {

/// A quadratic that reports the diagonal blocks of its Hessian by groups.
class GroupedQuadratic : public Quadratic {
 public:
  GroupedQuadratic(const Matrix& quadratic, const Vector& linear, const Groups& groups)
      : Quadratic(quadratic, linear),
        hessian_(quadratic),
        groups_(groups) {}
  void curvature(const Vector& /*x*/, Vector& blocks) override {
    for (Index group = 0; group < groups_.count(); ++group) {
      const Index size = groups_.size(group);
      const Matrix block = hessian_.block(groups_.start(group), groups_.start(group), size, size);
      blocks.segment(groups_.block_start(group), size * size) = block.reshaped();
    }
  }

 private:
  Matrix hessian_;
  const Groups& groups_;
};

}  // namespace

TEST_CASE("single variables: x^2 h inside the support, g^2 / h outside") {
  const Vector diagonal = (Vector(3) << 2, 4, 8).finished();
  Quadratic function(Matrix(diagonal.asDiagonal()), (Vector(3) << 1, 2, 4).finished());
  BlackBoxObjective objective(function);
  const Groups groups = Groups::singletons(3);
  const Vector values = Vector::Constant(1, 3.0);
  const Vector scaled = compute_sacrifices(objective, groups, {1}, values, true).scores;
  CHECK(scaled == (Vector(3) << 0.5, 36.0, 2.0).finished());
  const Vector plain = compute_sacrifices(objective, groups, {1}, values, false).scores;
  CHECK(plain == (Vector(3) << 1.0, 9.0, 16.0).finished());
}

TEST_CASE("groups: quadratic forms with the Hessian block, over the size of the group") {
  const Groups groups = Groups::from_labels({0, 0, 1, 1, 1});
  const Matrix design = noise(9, 5);
  const Matrix hessian = design.transpose() * design;
  const Vector linear = noise(5, 1, 4);
  GroupedQuadratic function(hessian, linear, groups);
  BlackBoxObjective objective(function);
  const Vector x = (Vector(2) << 1.0, -2.0).finished();
  const Vector scores = compute_sacrifices(objective, groups, {0}, x, true).scores;
  CHECK(scores[0] == doctest::Approx(x.dot(hessian.topLeftCorner(2, 2) * x) / 2));
  const Vector g = (hessian.leftCols(2) * x - linear).tail(3);
  CHECK(scores[1] == doctest::Approx(g.dot(hessian.bottomRightCorner(3, 3).ldlt().solve(g)) / 3));
}

TEST_CASE("curvature without a use falls back, and never gives NaN") {
  const Groups groups = Groups::singletons(2);
  Quadratic flat(Matrix::Zero(2, 2), (Vector(2) << 1, 2).finished());
  BlackBoxObjective flat_objective(flat);
  CHECK(compute_sacrifices(flat_objective, groups, {}, Vector(), true).scores ==
        (Vector(2) << 1, 4).finished());
  Matrix broken = Matrix::Identity(2, 2);
  broken(0, 0) = kNaN;
  broken(1, 1) = -4.0;
  struct WithCurvature : Callable {
    using Callable::Callable;
    Vector reported;
    bool has_curvature() const override { return true; }
    void curvature(const Vector&, Vector& blocks) override { blocks = reported; }
  } reporting(2, [](const Vector&, Vector& g) { return g.setConstant(2.0).sum(); });
  reporting.reported = broken.diagonal();
  BlackBoxObjective objective(reporting);
  CHECK(compute_sacrifices(objective, groups, {}, Vector(), true).scores ==
        (Vector(2) << 1, 1).finished());
}
