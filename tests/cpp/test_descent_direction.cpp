#include "scope/numeric/descent_direction.hpp"

#include <doctest/doctest.h>

#include <Eigen/LU>

#include "fakes.hpp"

using namespace scope;
using numeric::limited_step;
using numeric::newton_direction;

namespace {

constexpr double kRounding = 1e-9;  // a few digits lost to the conditioning of the examples

Matrix positive_definite(Index size) {
  const Matrix factor = fakes::noise(size + 3, size);
  return factor.transpose() * factor;
}

}  // namespace

TEST_CASE("a positive definite Hessian gives the Newton step") {
  const Matrix hessian = positive_definite(6);
  const Vector gradient = fakes::noise(6, 1, 7);
  const auto direction = newton_direction(hessian, gradient);
  CHECK((hessian * direction.step + gradient).norm() < kRounding * gradient.norm());
  CHECK(direction.decrement == doctest::Approx(gradient.dot(hessian.inverse() * gradient)));
}

TEST_CASE("the step follows the units of the variables over twelve orders of magnitude") {
  const Matrix hessian = positive_definite(4);
  const Vector gradient = fakes::noise(4, 1, 3);
  const Vector units = (Vector(4) << 1e-6, 1.0, 1e3, 1e6).finished();
  const Vector plain = newton_direction(hessian, gradient).step;
  const Matrix in_units = units.asDiagonal() * hessian * units.asDiagonal();
  const Vector scaled = newton_direction(in_units, units.cwiseProduct(gradient)).step;
  CHECK((units.cwiseProduct(scaled) - plain).norm() < kRounding * plain.norm());
}

TEST_CASE("an indefinite Hessian still gives a descent direction") {
  Matrix hessian = Matrix::Identity(3, 3);
  hessian(1, 1) = -2.0;
  const Vector gradient = Vector::Ones(3);
  const auto direction = newton_direction(hessian, gradient);
  CHECK(direction.decrement > 0.0);
  CHECK(direction.step.dot(gradient) == doctest::Approx(-direction.decrement));
  CHECK(direction.step[1] == doctest::Approx(-0.5));  // |lambda| in place of lambda
}

TEST_CASE("a rank-deficient Hessian solves the equations that have a solution") {
  const Matrix factor = fakes::noise(3, 6);
  const Matrix hessian = factor.transpose() * factor;
  const Vector gradient = hessian * fakes::noise(6, 1, 9);
  const auto direction = newton_direction(hessian, gradient);
  CHECK((hessian * direction.step + gradient).norm() < 1e-5 * gradient.norm());
}

TEST_CASE("a zero Hessian gives a finite descent direction") {
  const auto direction = newton_direction(Matrix::Zero(2, 2), Vector::Ones(2));
  CHECK(direction.step.allFinite());
  CHECK(direction.decrement > 0.0);
}

TEST_CASE("a limited step is about as long as its radius and the best of that length") {
  const Matrix hessian = positive_definite(5);
  const Vector gradient = fakes::noise(5, 1, 4);
  const auto direction = newton_direction(hessian, gradient);
  const double full = direction.step.cwiseProduct(direction.scale).norm();
  CHECK(limited_step(hessian, gradient, direction, 2.0 * full) == direction.step);
  for (const double share : {0.5, 1e-3, 1e-6}) {
    const Vector step = limited_step(hessian, gradient, direction, share * full);
    const double length = step.cwiseProduct(direction.scale).norm();
    CHECK(length < 1.6 * share * full);
    CHECK(length > 0.5 * share * full);
    const auto model = [&](const Vector& z) { return gradient.dot(z) + 0.5 * z.dot(hessian * z); };
    CHECK(model(step) < model(length / full * direction.step));
  }
}
