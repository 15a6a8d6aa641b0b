#include <doctest/doctest.h>

#include "fakes.hpp"
#include "scope/numeric/newton.hpp"
#include "scope/solvers/sacrifice.hpp"

using namespace scope;
using namespace scope::fakes;

namespace {

/// A quadratic over a box.
class BoundedQuadratic : public Objective {
 public:
  BoundedQuadratic(Matrix quadratic, Vector linear, Bounds bounds)
      : function_(std::move(quadratic), std::move(linear)),
        objective_(function_),
        bounds_(bounds) {}

  int calls() const { return function_.calls; }
  Index dimension() const override { return objective_.dimension(); }
  double value_and_gradient(const IndexList& variables, const Vector& values,
                            Vector& gradient) override {
    return objective_.value_and_gradient(variables, values, gradient);
  }
  void curvature(const IndexList& /*variables*/, const Vector& /*values*/,
                 BlockDiagonal& /*blocks*/) override {}
  std::unique_ptr<Restriction> restrict_to(const IndexList& variables) override {
    return std::make_unique<Bounded>(objective_.restrict_to(variables), bounds_,
                                     function_.model(variables));
  }
  Bounds bounds() const override { return bounds_; }

 private:
  class Bounded : public Restriction {
   public:
    Bounded(std::unique_ptr<Restriction> inner, Bounds bounds, QuadraticModel model)
        : inner_(std::move(inner)),
          bounds_(bounds),
          model_(std::move(model)) {}
    Index dimension() const override { return inner_->dimension(); }
    double value_and_gradient(const Vector& z, Vector& gradient) override {
      Vector inside = z;
      bounds_.project(inside);
      CHECK(z == inside);  // nothing is asked outside
      return inner_->value_and_gradient(z, gradient);
    }
    bool has_hessian() const override { return true; }
    void hessian(const Vector& z, Matrix& hessian) override { inner_->hessian(z, hessian); }
    bool is_quadratic() const override { return true; }
    void quadratic(QuadraticModel& model) override { model = model_; }
    Bounds bounds() const override { return bounds_; }

   private:
    std::unique_ptr<Restriction> inner_;
    Bounds bounds_;
    QuadraticModel model_;
  };

  Quadratic function_;
  BlackBoxObjective objective_;
  Bounds bounds_;
};

IndexList first(Index count) {
  IndexList all;
  for (Index j = 0; j < count; ++j)
    all.push_back(j);
  return all;
}

/// Karush-Kuhn-Tucker conditions of a box: slopes vanish except where a bound holds.
double violation(const Vector& z, const Vector& gradient, const Bounds& bounds) {
  double worst = 0.0;
  for (Index i = 0; i < z.size(); ++i) {
    if (!bounds.holds(z[i], gradient[i])) worst = std::max(worst, std::abs(gradient[i]));
  }
  return worst;
}

}  // namespace

TEST_CASE("Newton in a box ends where the optimality conditions hold") {
  const double infinity = kInfinity;
  for (const Bounds& bounds : {Bounds{0.0, infinity}, Bounds{-0.3, 0.4}, Bounds{-infinity, 0.0}}) {
    for (unsigned seed = 1; seed <= 30; ++seed) {
      const Index size = 2 + seed % 9;
      const Matrix root = noise(size + 1, size, seed);
      const Matrix correlated = root.transpose() * root + Matrix::Constant(size, size, 5.0);
      const Vector linear = 3.0 * noise(size, 1, seed + 100);
      BoundedQuadratic objective(correlated, linear, bounds);
      const auto restriction = objective.restrict_to(first(size));
      FitOptions options;
      options.tolerance = 1e-14;
      const Fit fit = numeric::newton(*restriction, Vector::Zero(size), {}, options);
      CHECK(fit.status == Status::converged);
      Vector gradient;
      restriction->value_and_gradient(fit.values, gradient);
      CHECK(violation(fit.values, gradient, bounds) < 1e-5 * (1.0 + linear.norm()));
    }
  }
}

TEST_CASE("a quadratic in a box is minimised by its model, and evaluated once") {
  const Bounds bounds{-0.3, 0.4};
  for (unsigned seed = 1; seed <= 30; ++seed) {
    const Matrix root = noise(7, 5, seed);
    const Vector linear = 3.0 * noise(5, 1, seed + 100);
    BoundedQuadratic objective(root.transpose() * root, linear, bounds);
    DefaultFitter fitter{FitOptions{}};
    const Fit fit = fitter.fit(objective, first(5), Vector::Zero(5), {});
    CHECK(objective.calls() == 1);
    CHECK(fit.status == Status::converged);
    CHECK(violation(fit.values, fit.gradient, bounds) < 1e-5 * (1.0 + linear.norm()));
  }
}

TEST_CASE("a start outside is moved inside") {
  BoundedQuadratic objective(Matrix::Identity(2, 2), Vector::Ones(2), {0.0, 0.5});
  const auto restriction = objective.restrict_to({0, 1});
  const Fit fit = numeric::newton(*restriction, Vector::Constant(2, -4.0), {}, FitOptions{});
  CHECK(fit.values == Vector::Constant(2, 0.5));
}

TEST_CASE("what would have to leave its bound promises nothing") {
  Vector linear(3);
  linear << 1.0, -1.0, 2.0;
  BoundedQuadratic objective(Matrix::Identity(3, 3), linear, {0.0, kInfinity});
  const Groups groups = Groups::singletons(3);
  const Sacrifices found = compute_sacrifices(objective, groups, {}, Vector(), false);
  CHECK(found.scores[0] == 1.0);
  CHECK(found.scores[1] == 0.0);
  CHECK(found.scores[2] == 4.0);
}
