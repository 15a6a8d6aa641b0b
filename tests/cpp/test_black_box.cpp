#include "scope/black_box.hpp"

#include <doctest/doctest.h>

#include "fakes.hpp"
#include "scope/error.hpp"

using namespace scope;
using namespace scope::fakes;

TEST_CASE("a restriction is the function on the support, zero elsewhere") {
  const Matrix design = noise(10, 4);
  Quadratic function = Quadratic::least_squares(design, noise(10, 1, 2));
  BlackBoxObjective objective(function);
  const IndexList variables{1, 3};
  const auto restriction = objective.restrict_to(variables);
  const Vector z = (Vector(2) << 0.5, -2.0).finished();
  Vector gradient;
  const double value = restriction->value_and_gradient(z, gradient);
  Vector full = Vector::Zero(4);
  full << 0, 0.5, 0, -2.0;
  Vector full_gradient;
  CHECK(value == function.value_and_gradient(full, full_gradient));
  CHECK(gradient == full_gradient(variables));
  Matrix hessian;
  restriction->hessian(z, hessian);
  CHECK(hessian == (design.transpose() * design)(variables, variables));
}

TEST_CASE("the gradient where a fit ended is not computed again") {
  Quadratic function(Matrix::Identity(3, 3), Vector::Ones(3));
  BlackBoxObjective objective(function);
  const Vector z = Vector::Constant(1, 2.0);
  Vector gradient;
  objective.restrict_to({1})->value_and_gradient(z, gradient);
  objective.value_and_gradient({1}, z, gradient);
  CHECK(function.calls == 1);
  CHECK(objective.evaluations().gradients == 1);
  CHECK(gradient == (Vector(3) << -1, 1, -1).finished());
}

TEST_CASE("an evaluation that threw is forgotten") {
  Quadratic function(Matrix::Identity(2, 2), Vector::Ones(2));
  BlackBoxObjective objective(function);
  const Vector z = Vector::Constant(1, 2.0);
  Vector gradient;
  function.throw_at = 0;
  CHECK_THROWS_AS(objective.value_and_gradient({0}, z, gradient), CountedFunction::Thrown);
  CHECK(objective.value_and_gradient({0}, z, gradient) == doctest::Approx(0.0));
  CHECK(function.calls == 2);
}

TEST_CASE("a gradient of the wrong length is refused by name") {
  Callable function(2, [](const Vector&, Vector& gradient) {
    gradient.resize(3);
    return 0.0;
  });
  BlackBoxObjective objective(function);
  Vector gradient;
  CHECK_THROWS_WITH_AS(objective.value_and_gradient({}, Vector(), gradient),
                       "gradient should have 2 entries, got 3.", InvalidArgument);
}
