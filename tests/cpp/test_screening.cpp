#include <doctest/doctest.h>

#include "fakes.hpp"
#include "scope/error.hpp"
#include "scope/screened.hpp"
#include "scope/solvers/path.hpp"
#include "scope/solvers/screening.hpp"

using namespace scope;

namespace {

/// Least squares on orthogonal columns: coefficients alone and together are the same.
fakes::Quadratic orthogonal(const Vector& coefficients) {
  return {Matrix::Identity(coefficients.size(), coefficients.size()), coefficients};
}

struct Screened {
  Monitor monitor;
  DefaultFitter fitter{FitOptions{}};

  IndexList operator()(fakes::Quadratic& function, const Problem& problem, Index count) {
    BlackBoxObjective objective(function);
    return screen(objective, problem, count, fitter, monitor);
  }
};

}  // namespace

TEST_CASE("screening keeps the largest coefficients and what is preselected") {
  Vector coefficients(5);
  coefficients << 0.1, -3.0, 2.0, 0.5, -1.0;
  fakes::Quadratic function = orthogonal(coefficients);
  const Problem problem(Groups::singletons(5), {0});
  CHECK(Screened()(function, problem, 3) == IndexList{0, 1, 2});
  CHECK(Screened()(function, problem, 5) == IndexList{0, 1, 2, 3, 4});
}

TEST_CASE("groups are screened by their mean square") {
  Vector coefficients(5);
  coefficients << 2.0, 0.0, 0.0, 1.5, 1.0;  // mean squares 4/3, 2.25, 1
  fakes::Quadratic function = orthogonal(coefficients);
  const Problem problem(Groups::from_labels({0, 0, 0, 1, 2}), {});
  CHECK(Screened()(function, problem, 1) == IndexList{1});
  CHECK(Screened()(function, problem, 2) == IndexList{0, 1});
}

TEST_CASE("screening to fewer groups than are preselected is refused") {
  fakes::Quadratic function = orthogonal(Vector::Ones(3));
  CHECK_THROWS_AS(Screened()(function, Problem(Groups::singletons(3), {0, 1}), 1), InvalidArgument);
  CHECK_THROWS_AS(Screened()(function, Problem(Groups::singletons(3), {}), 4), InvalidArgument);
}

TEST_CASE("a screened objective is the objective with the other groups at zero") {
  const Matrix design = fakes::noise(20, 6);
  fakes::Quadratic function =
      fakes::Quadratic::least_squares(design, fakes::noise(20, 1, 7).col(0));
  BlackBoxObjective objective(function);
  const Groups groups = Groups::from_labels({0, 0, 1, 2, 2, 3});
  ScreenedObjective screened(objective, groups, {0, 2});
  CHECK(screened.dimension() == 4);
  const IndexList variables{1, 2};  // 1 and 3 of all
  Vector values(2);
  values << 0.3, -0.7;
  Vector gradient;
  Vector expected;
  const double value = screened.value_and_gradient(variables, values, gradient);
  CHECK(value == objective.value_and_gradient({1, 3}, values, expected));
  CHECK(gradient == Vector(expected(IndexList{0, 1, 3, 4})));

  Matrix cross;
  Matrix own;
  screened.cross_hessian(variables, values, {0, 3}, {2}, cross, own);
  const Matrix gram = design.transpose() * design;
  CHECK(cross.isApprox(Matrix(gram(IndexList{1, 3}, IndexList{0, 4})), 1e-12));
  CHECK(own.isApprox(Matrix(gram(IndexList{0, 4}, IndexList{0, 4})), 1e-12));
}

TEST_CASE("curvature of a screened objective is that of the kept groups") {
  const Matrix design = fakes::noise(20, 4);
  fakes::Quadratic function =
      fakes::Quadratic::least_squares(design, fakes::noise(20, 1, 7).col(0));
  BlackBoxObjective objective(function);
  ScreenedObjective screened(objective, Groups::singletons(4), {1, 3});
  const Groups kept = Groups::singletons(2);
  BlockDiagonal blocks(kept);
  screened.curvature({0}, Vector::Ones(1), blocks);
  CHECK(blocks.values()[0] == doctest::Approx(design.col(1).squaredNorm()));
  CHECK(blocks.values()[1] == doctest::Approx(design.col(3).squaredNorm()));
}

TEST_CASE("splicing on a screened objective selects among what was kept") {
  Vector coefficients(6);
  coefficients << 5.0, 4.0, 3.0, 2.0, 1.0, 0.5;
  fakes::Quadratic function = orthogonal(coefficients);
  BlackBoxObjective objective(function);
  ScreenedObjective screened(objective, Groups::singletons(6), {1, 3, 5});
  DefaultFitter fitter{FitOptions{}};
  Monitor monitor;
  const auto path = solve_path(screened, Problem(Groups::singletons(3), {}), {2},
                               {Vector::Zero(3), {}}, fitter, SplicingOptions{}, monitor);
  CHECK(path.front().groups == IndexList{0, 1});
}
