#include "scope/penalised.hpp"

#include <doctest/doctest.h>

#include "fakes.hpp"
#include "scope/error.hpp"
#include "scope/fit.hpp"
#include "scope/program_penalty.hpp"
#include "scope/quadratic_form.hpp"

using namespace scope;
using namespace scope::fakes;

namespace {

constexpr double kRoundingOfFits = 1e-11;

struct Form {
  Matrix matrix = noise(7, 7) + 9.0 * Matrix::Identity(7, 7);  // not symmetric
  Vector linear = noise(7, 1, 2);
  std::unique_ptr<DesignMatrix> view = dense_view(matrix.data(), 7, 7, 7, Layout::column_major);
  std::unique_ptr<DesignMatrix> transposed = dense_view(matrix.data(), 7, 7, 7, Layout::row_major);
  QuadraticForm form{*view, *transposed, {3.0, linear, -0.5, matrix.diagonal()}};

  Quadratic same() const { return {-0.5 * (matrix + matrix.transpose()), -linear, 3.0}; }
};

/// Everything that an engine asks of an objective, at one point, against a fake.
void check_same(Objective& objective, Function& function) {
  BlackBoxObjective expected(function);
  const IndexList variables{0, 3, 4};
  const Vector z = noise(3, 1, 6);
  Vector gradient;
  Vector expected_gradient;
  CHECK(objective.value_and_gradient(variables, z, gradient) ==
        doctest::Approx(expected.value_and_gradient(variables, z, expected_gradient)));
  CHECK((gradient - expected_gradient).norm() < kRoundingOfFits);
  const auto restriction = objective.restrict_to(variables);
  const auto expected_restriction = expected.restrict_to(variables);
  CHECK(restriction->value_and_gradient(z, gradient) ==
        doctest::Approx(expected_restriction->value_and_gradient(z, expected_gradient)));
  CHECK((gradient - expected_gradient).norm() < kRoundingOfFits);
  Matrix hessian;
  Matrix expected_hessian;
  restriction->hessian(z, hessian);
  expected_restriction->hessian(z, expected_hessian);
  CHECK((hessian - expected_hessian).norm() < kRoundingOfFits);
  REQUIRE(restriction->is_quadratic());
  QuadraticModel model;
  restriction->quadratic(model);
  CHECK(model.constant + model.linear.dot(z) + 0.5 * z.dot(model.hessian * z) ==
        doctest::Approx(restriction->value_and_gradient(z, gradient)));
}

void check_curvature(Objective& objective, const Matrix& hessian) {
  const Groups groups = Groups::from_labels({0, 1, 1, 2, 2, 2, 3});
  BlockDiagonal blocks(groups);
  objective.curvature({0}, Vector::Ones(1), blocks);
  for (Index group = 0; group < groups.count(); ++group) {
    const Index start = groups.start(group);
    const Index size = groups.size(group);
    CHECK((blocks.block(group) - hessian.block(start, start, size, size)).norm() < kRoundingOfFits);
  }
}

}  // namespace

TEST_CASE("a quadratic form is the quadratic that it says, without a symmetric matrix") {
  Form form;
  Quadratic same = form.same();
  check_same(form.form, same);
  check_curvature(form.form, -0.5 * (form.matrix + form.matrix.transpose()));
}

TEST_CASE("a quadratic penalty adds its diagonal") {
  Form form;
  const Vector slope = noise(7, 1, 8);
  const Vector curvature = noise(7, 1, 9).cwiseAbs();
  QuadraticPenalty penalty(2.0, slope, curvature);
  PenalisedObjective objective(form.form, penalty);
  const Matrix hessian =
      -0.5 * (form.matrix + form.matrix.transpose()) + Matrix(curvature.asDiagonal());
  Quadratic same(hessian, -form.linear - slope, 5.0);
  check_same(objective, same);
  check_curvature(objective, hessian);
}

TEST_CASE("the minimum of a quadratic is found without an evaluation, but checked with one") {
  Form form;
  const Matrix positive = form.matrix * form.matrix.transpose();
  const auto view = dense_view(positive.data(), 7, 7, 7, Layout::column_major);
  QuadraticForm objective(*view, *view, {1.0, form.linear, 0.5, positive.diagonal()});
  Quadratic same(positive, -form.linear, 1.0);
  DefaultFitter fitter{FitOptions{}};
  const IndexList variables{1, 2, 5};
  const Fit fit = fitter.fit(objective, variables, Vector::Zero(3), {});
  CHECK(fit.status == Status::converged);
  CHECK(fit.value == doctest::Approx(same.minimum(variables)));
  CHECK(objective.evaluations().gradients == 1);
  FitGoal hopeless;
  hopeless.to_beat = same.minimum(variables) - 0.1;
  const Fit predicted = fitter.fit(objective, variables, Vector::Zero(3), hopeless);
  CHECK(predicted.value == doctest::Approx(same.minimum(variables)));
  CHECK(objective.evaluations().gradients == 1);
}

TEST_CASE("a penalty that is a program is that of its entries, zeros included") {
  const auto program = std::make_shared<ArrayProgram>(4);  // sum(cosh(theta))
  const Index cosh = program->entrywise("cosh", {0});
  program->output(program->sum(cosh, 4));
  program->output(program->entrywise("sinh", {0}));
  program->output(cosh);
  ProgramPenalty penalty(program, {});
  CHECK(penalty.dimension() == 4);
  CHECK(penalty.slope_at_zero() == Vector::Zero(4));
  CHECK(penalty.curvature_at_zero() == Vector::Ones(4));
  const Vector values = noise(2, 1, 3);
  for (const IndexList& variables : {IndexList{0, 2}, IndexList{1, 3}}) {
    Vector slope;
    Vector curvature;
    const double value = penalty.evaluate(variables, values, slope, curvature);
    CHECK(value == doctest::Approx(2.0 + values.array().cosh().sum()));
    CHECK((slope - Vector(values.array().sinh())).norm() < kRoundingOfFits);
    CHECK((curvature - Vector(values.array().cosh())).norm() < kRoundingOfFits);
  }
}

TEST_CASE("sizes must agree") {
  Form form;
  QuadraticPenalty penalty(0.0, Vector::Zero(6), Vector::Zero(6));
  CHECK_THROWS_AS(PenalisedObjective(form.form, penalty), InvalidArgument);
  CHECK_THROWS_AS(QuadraticPenalty(0.0, Vector::Zero(6), Vector::Zero(5)), InvalidArgument);
  CHECK_THROWS_AS(
      QuadraticForm(*form.view, *form.transposed, {0.0, Vector::Zero(6), 1.0, Vector::Zero(7)}),
      InvalidArgument);
}
