#include "scope/numeric/descent_direction.hpp"

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <cmath>

namespace scope::numeric {

namespace {

/// Pivots and eigenvalues of the unit-diagonal matrix below this are taken for rounding.
constexpr double kSmallestCurvature = 1e-10;
/// A step that is longer than the radius by no more than this factor is left as it is.
constexpr double kSlack = 1.5;
/// Most factorisations spent on the length of a step.
constexpr int kDampings = 8;

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

/// Of a matrix without negative eigenvalues but for rounding, with the floor added to them: the
/// same as raising them to the floor, at a tenth of the cost.
Eigen::LLT<Matrix> shifted_cholesky(const Matrix& hessian) {
  Matrix shifted = hessian;
  shifted.diagonal().array() += kSmallestCurvature;
  return Eigen::LLT<Matrix>(shifted);
}

/// Rounding that Euler's identities are allowed, as a share of the terms they sum.
constexpr double kEulerRounding = 1e-9;

bool is_scale_invariant(const Matrix& hessian, const Vector& gradient, const Vector& point) {
  const Vector identity = hessian * point + gradient;
  const Vector terms = hessian.cwiseAbs() * point.cwiseAbs() + gradient.cwiseAbs();
  const double along = std::abs(gradient.dot(point));
  return (identity.cwiseAbs() - kEulerRounding * terms).maxCoeff() <= 0.0 &&
         along <= kEulerRounding * terms.dot(point.cwiseAbs());
}

/// Makes `hessian`, for which H z = -g and g'z = 0, what it is across z, and positive along z.
void fix_length(Matrix& hessian, const Vector& gradient, const Vector& point) {
  const double squared = point.squaredNorm();
  if (!(squared > 0.0)) return;
  const Vector along = point / squared;
  hessian.noalias() += along * gradient.transpose();
  hessian.noalias() += gradient * along.transpose();
  hessian.noalias() += along * point.transpose();  // of unit diagonal: 1 is a curvature like others
}

DescentDirection scaled_direction(const Matrix& hessian, const Vector& gradient,
                                  const Vector* point) {
  DescentDirection direction;
  direction.scale = unit_scale(hessian);
  const Vector inverse_scale = direction.scale.cwiseInverse();
  Matrix scaled = inverse_scale.asDiagonal() * hessian * inverse_scale.asDiagonal();
  const Vector scaled_gradient = inverse_scale.cwiseProduct(gradient);
  if (point != nullptr) {
    const Vector scaled_point = direction.scale.cwiseProduct(*point);
    if (is_scale_invariant(scaled, scaled_gradient, scaled_point)) {
      fix_length(scaled, scaled_gradient, scaled_point);
    }
  }

  const Eigen::LLT<Matrix> cholesky(scaled);
  direction.definite = cholesky.info() == Eigen::Success &&
                       cholesky.matrixLLT().diagonal().minCoeff() > std::sqrt(kSmallestCurvature);
  Vector step;
  if (direction.definite) {
    step = -cholesky.solve(scaled_gradient);
  } else if (const auto shifted = shifted_cholesky(scaled); shifted.info() == Eigen::Success) {
    step = -shifted.solve(scaled_gradient);
  } else {
    direction.indefinite = true;
    const Eigen::SelfAdjointEigenSolver<Matrix> eigen(scaled);
    const Vector curvature = eigen.eigenvalues().cwiseAbs().cwiseMax(kSmallestCurvature);
    step = -(eigen.eigenvectors() *
             (eigen.eigenvectors().transpose() * scaled_gradient).cwiseQuotient(curvature));
  }
  direction.decrement = -scaled_gradient.dot(step);
  direction.step = inverse_scale.cwiseProduct(step);
  return direction;
}

}  // namespace

DescentDirection newton_direction(const Matrix& hessian, const Vector& gradient) {
  return scaled_direction(hessian, gradient, nullptr);
}

DescentDirection newton_direction(const Matrix& hessian, const Vector& gradient,
                                  const Vector& point) {
  return scaled_direction(hessian, gradient, &point);
}

Vector limited_step(const Matrix& hessian, const Vector& gradient,
                    const DescentDirection& direction, double radius) {
  const Vector inverse_scale = direction.scale.cwiseInverse();
  Vector step = direction.step.cwiseProduct(direction.scale);
  if (!direction.definite || !(step.norm() > kSlack * radius)) return direction.step;
  Matrix damped = inverse_scale.asDiagonal() * hessian * inverse_scale.asDiagonal();
  const Vector scaled_gradient = inverse_scale.cwiseProduct(gradient);
  Eigen::LLT<Matrix> cholesky(damped);
  // Definite may be what the direction made of H, across z, not H itself.
  if (cholesky.info() != Eigen::Success) return direction.step;
  for (int k = 0; k < kDampings && step.norm() > kSlack * radius; ++k) {
    const double excess = (step.norm() - radius) / radius;
    const double damping =
        excess * step.squaredNorm() / cholesky.matrixL().solve(step).squaredNorm();
    damped.diagonal().array() += damping;
    cholesky.compute(damped);
    step = -cholesky.solve(scaled_gradient);
  }
  return step.cwiseProduct(inverse_scale);
}

}  // namespace scope::numeric
