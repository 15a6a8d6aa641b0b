#pragma once

#include <Eigen/Cholesky>
#include <cmath>
#include <functional>
#include <limits>
#include <stdexcept>
#include <utility>

#include "scope/black_box.hpp"

namespace scope::fakes {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// A fixed pseudo-random matrix (linear congruential), the same on every machine.
inline Matrix noise(Index rows, Index cols, unsigned seed = 1) {
  Matrix matrix(rows, cols);
  unsigned state = seed * 2654435761U + 12345U;
  for (Index j = 0; j < cols; ++j) {
    for (Index i = 0; i < rows; ++i) {
      double sum = 0.0;
      for (int k = 0; k < 12; ++k) {
        state = state * 1664525U + 1013904223U;
        sum += static_cast<double>(state >> 8) / 16777216.0;
      }
      matrix(i, j) = sum - 6.0;
    }
  }
  return matrix;
}

/// What a test sees of the calls: it counts them and may throw at one.
class CountedFunction : public Function {
 public:
  struct Thrown : std::runtime_error {
    using std::runtime_error::runtime_error;
  };

  int calls = 0;
  int throw_at = -1;  ///< the call, counted from 0, that throws

 protected:
  void count() {
    if (calls++ == throw_at) throw Thrown("call " + std::to_string(throw_at));
  }
};

/// x'Qx / 2 - b'x + constant.
class Quadratic : public CountedFunction {
 public:
  Quadratic(Matrix quadratic, Vector linear, double constant = 0.0)
      : quadratic_(std::move(quadratic)),
        linear_(std::move(linear)),
        constant_(constant) {}

  /// ||X x - y||^2 / 2
  static Quadratic least_squares(const Matrix& design, const Vector& response) {
    return {design.transpose() * design, design.transpose() * response,
            0.5 * response.squaredNorm()};
  }

  Index dimension() const override { return linear_.size(); }
  double value_and_gradient(const Vector& x, Vector& gradient) override {
    count();
    gradient = quadratic_ * x - linear_;
    return 0.5 * x.dot(quadratic_ * x) - linear_.dot(x) + constant_;
  }
  bool has_hessian() const override { return true; }
  void hessian(const Vector& /*x*/, const IndexList& variables, Matrix& hessian) override {
    count();
    hessian = quadratic_(variables, variables);
  }
  bool has_curvature() const override { return with_curvature; }
  void curvature(const Vector& /*x*/, Vector& blocks) override {
    count();
    blocks = quadratic_.diagonal();
  }

  QuadraticModel model(const IndexList& variables) const {
    return {constant_, -linear_(variables), quadratic_(variables, variables)};
  }

  /// Minimum with the support fixed, by a dense solve.
  double minimum(const IndexList& variables) const {
    if (variables.empty()) return constant_;
    const Matrix q = quadratic_(variables, variables);
    const Vector b = linear_(variables);
    return constant_ - 0.5 * b.dot(q.ldlt().solve(b));
  }

  bool with_curvature = true;  ///< singletons only

 private:
  Matrix quadratic_;
  Vector linear_;
  double constant_;
};

/// Any function of one or more variables given by callables; a Hessian is optional.
class Callable : public CountedFunction {
 public:
  using Value = std::function<double(const Vector&, Vector&)>;
  using Second = std::function<Matrix(const Vector&)>;

  Callable(Index dimension, Value value, Second second = nullptr)
      : dimension_(dimension),
        value_(std::move(value)),
        second_(std::move(second)) {}

  Index dimension() const override { return dimension_; }
  double value_and_gradient(const Vector& x, Vector& gradient) override {
    count();
    gradient = Vector::Zero(dimension_);
    return value_(x, gradient);
  }
  bool has_hessian() const override { return second_ != nullptr; }
  void hessian(const Vector& x, const IndexList& variables, Matrix& hessian) override {
    count();
    hessian = second_(x)(variables, variables);
  }
  void curvature(const Vector& /*x*/, Vector& /*blocks*/) override {}

 private:
  Index dimension_;
  Value value_;
  Second second_;
};

/// Mean logistic loss of labels -1, 1.
inline Callable logistic(const Matrix& design, const Vector& labels, bool with_hessian) {
  const auto samples = static_cast<double>(design.rows());
  const auto value = [=](const Vector& x, Vector& gradient) {
    const Vector margin = labels.cwiseProduct(design * x);
    Vector slope(margin.size());
    double sum = 0.0;
    for (Index i = 0; i < margin.size(); ++i) {
      sum += margin[i] > 0 ? std::log1p(std::exp(-margin[i]))
                           : std::log1p(std::exp(margin[i])) - margin[i];
      slope[i] = -labels[i] / (1.0 + std::exp(margin[i]));
    }
    gradient = design.transpose() * slope / samples;
    return sum / samples;
  };
  const auto second = [=](const Vector& x) -> Matrix {
    const Vector eta = design * x;
    Vector weight(eta.size());
    for (Index i = 0; i < eta.size(); ++i) {
      weight[i] = 1.0 / ((1.0 + std::exp(eta[i])) * (1.0 + std::exp(-eta[i]))) / samples;
    }
    return design.transpose() * weight.asDiagonal() * design;
  };
  return {design.cols(), value, with_hessian ? Callable::Second(second) : nullptr};
}

/// All `size`-subsets of 0..count-1 that contain `forced`, in lexicographic order.
inline std::vector<IndexList> subsets(Index count, Index size) {
  std::vector<IndexList> found;
  IndexList current;
  const std::function<void(Index)> extend = [&](Index from) {
    if (static_cast<Index>(current.size()) == size) {
      found.push_back(current);
      return;
    }
    for (Index j = from; j < count; ++j) {
      current.push_back(j);
      extend(j + 1);
      current.pop_back();
    }
  };
  extend(0);
  return found;
}

}  // namespace scope::fakes
