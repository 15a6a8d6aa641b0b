#include "scope/numeric/descent_direction.hpp"

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <cmath>

namespace scope::numeric {

namespace {

/// Pivots and eigenvalues of the unit-diagonal matrix below this are taken for rounding.
constexpr double kSmallestCurvature = 1e-10;

Vector unit_scale(const Matrix& hessian) {
  Vector scale = hessian.diagonal().cwiseAbs().cwiseSqrt();
  const double largest = scale.size() > 0 ? scale.maxCoeff() : 0.0;
  const double smallest = largest > 0.0 ? 1e-150 * largest : 1.0;
  // A variable without curvature of its own borrows a scale from its coupling or the others.
  for (Index j = 0; j < scale.size(); ++j) {
    if (scale[j] > smallest) continue;
    const double coupling = hessian.col(j).cwiseAbs().maxCoeff();
    scale[j] = coupling > 0.0 ? std::sqrt(coupling) : (largest > 0.0 ? largest : 1.0);
  }
  return scale;
}

}  // namespace

DescentDirection newton_direction(const Matrix& hessian, const Vector& gradient) {
  DescentDirection direction;
  direction.scale = unit_scale(hessian);
  const Vector inverse_scale = direction.scale.cwiseInverse();
  const Matrix scaled = inverse_scale.asDiagonal() * hessian * inverse_scale.asDiagonal();
  const Vector scaled_gradient = inverse_scale.cwiseProduct(gradient);

  const Eigen::LLT<Matrix> cholesky(scaled);
  direction.definite = cholesky.info() == Eigen::Success &&
                       cholesky.matrixLLT().diagonal().minCoeff() > std::sqrt(kSmallestCurvature);
  Vector step;
  if (direction.definite) {
    step = -cholesky.solve(scaled_gradient);
  } else {
    const Eigen::SelfAdjointEigenSolver<Matrix> eigen(scaled);
    const Vector curvature = eigen.eigenvalues().cwiseAbs().cwiseMax(kSmallestCurvature);
    step = -(eigen.eigenvectors() *
             (eigen.eigenvectors().transpose() * scaled_gradient).cwiseQuotient(curvature));
  }
  direction.decrement = -scaled_gradient.dot(step);
  direction.step = inverse_scale.cwiseProduct(step);
  return direction;
}

}  // namespace scope::numeric
