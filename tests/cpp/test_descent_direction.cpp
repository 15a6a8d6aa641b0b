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

TEST_CASE("where f does not depend on the length of z, the step is across z") {
  // f(z) = q(z / sum(z)) with q(w) = w'Qw / 2: least at Q^{-1} 1, whatever its length.
  Matrix quadratic(3, 3);
  quadratic << 2.0, 0.3, 0.1, 0.3, 1.0, -0.2, 0.1, -0.2, 3.0;
  const Vector ones = Vector::Ones(3);
  Vector point(3);
  point << 0.9, 2.0, 0.8;
  for (int iteration = 0; iteration < 8; ++iteration) {
    // With s = sum(z), w = z / s, v = w'Qw: gradient (Qw - v 1) / s, and the Hessian below.
    const double sum = point.sum();
    const Vector slope = quadratic * point / sum;
    const double value = slope.dot(point) / sum;
    const Vector gradient = (slope - value * ones) / sum;
    const Matrix hessian =
        (quadratic - 2.0 * (slope * ones.transpose() + ones * slope.transpose()) +
         3.0 * value * ones * ones.transpose()) /
        (sum * sum);
    const auto direction = newton_direction(hessian, gradient, point);
    CHECK(gradient.dot(direction.step) <= 0.0);
    point += direction.step;
  }
  const Vector best = quadratic.llt().solve(ones);
  CHECK((point / point.sum()).isApprox(best / best.sum(), 1e-12));
}

TEST_CASE("a point changes nothing where f depends on its length") {
  const Matrix design = fakes::noise(10, 4);
  const Matrix hessian = design.transpose() * design;
  const Vector gradient = fakes::noise(4, 1, 3).col(0);
  const Vector point = fakes::noise(4, 1, 5).col(0);
  CHECK(newton_direction(hessian, gradient, point).step ==
        newton_direction(hessian, gradient).step);
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
