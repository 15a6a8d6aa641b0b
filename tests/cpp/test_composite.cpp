#include "scope/composite.hpp"

#include <doctest/doctest.h>

#include "fakes.hpp"
#include "scope/error.hpp"
#include "scope/solvers/path.hpp"

using namespace scope;
using namespace scope::fakes;

namespace {

/// Mean logistic loss as a function of eta, with its diagonal Hessian or with products only.
class LogisticOuter : public OuterFunction {
 public:
  LogisticOuter(Vector labels, bool diagonal) : labels_(std::move(labels)), diagonal_(diagonal) {}

  int calls = 0;
  int throw_at = -1;

  Index dimension() const override { return labels_.size(); }
  OuterCurvature curvature() const override {
    return diagonal_ ? OuterCurvature::diagonal : OuterCurvature::products;
  }
  void evaluate(const Vector& eta, OuterPoint& point) override {
    if (calls++ == throw_at) throw CountedFunction::Thrown("thrown");
    const auto samples = static_cast<double>(dimension());
    point.slope = -labels_.array() / (1 + (labels_.array() * eta.array()).exp()) / samples;
    if (diagonal_) point.weight = second(eta);
    point.value = (-labels_.array() * eta.array()).exp().log1p().mean();
  }
  void hessian_products(const Vector& eta, const Matrix& directions, Matrix& products) override {
    products = second(eta).asDiagonal() * directions;
  }

 private:
  Vector second(const Vector& eta) const {
    return 1 / ((1 + eta.array().exp()) * (1 + (-eta).array().exp())) /
           static_cast<double>(dimension());
  }

  Vector labels_;
  bool diagonal_;
};

/// The squared length of eta, of which the value alone can be asked for.
class SquaredLength : public OuterFunction {
 public:
  Index dimension() const override { return 40; }
  OuterCurvature curvature() const override { return OuterCurvature::diagonal; }
  void evaluate(const Vector& eta, OuterPoint& point) override {
    point = {eta.squaredNorm(), 2.0 * eta, Vector::Constant(40, 2.0), {}, {}, {}};
  }
  std::optional<double> value(const Vector& eta) override { return eta.squaredNorm(); }
};

struct Data {
  Matrix design = noise(40, 12);
  Vector labels = (design.col(3) - design.col(8) + 0.5 * noise(40, 1, 9)).cwiseSign();
  std::unique_ptr<DesignMatrix> view = dense_view(design.data(), 40, 12, 40, Layout::column_major);
};

}  // namespace

TEST_CASE("a composite is the same objective as its black box") {
  const Data data;
  for (const bool diagonal : {true, false}) {
    LogisticOuter outer(data.labels, diagonal);
    CompositeObjective composite(*data.view, outer);
    Callable function = logistic(data.design, data.labels, true);
    BlackBoxObjective black_box(function);
    const IndexList variables{1, 3, 8};
    const Vector z = (Vector(3) << 0.2, -0.4, 1.0).finished();
    Vector gradient;
    Vector expected;
    CHECK(composite.value_and_gradient(variables, z, gradient) ==
          doctest::Approx(black_box.value_and_gradient(variables, z, expected)));
    CHECK((gradient - expected).norm() < 1e-12);
    const auto restriction = composite.restrict_to(variables);
    restriction->value_and_gradient(z, gradient);
    CHECK((gradient - expected(variables)).norm() < 1e-12);
    Matrix hessian;
    Matrix expected_hessian;
    restriction->hessian(z, hessian);
    black_box.restrict_to(variables)->hessian(z, expected_hessian);
    CHECK((hessian - expected_hessian).norm() < 1e-12);
  }
}

TEST_CASE("cross Hessian: the full one's columns of others, and its blocks of their groups") {
  const Data data;
  const IndexList variables{1, 8};
  const Vector z = (Vector(2) << 0.2, -0.4).finished();
  const IndexList others{0, 3, 4, 9};
  for (const bool diagonal : {true, false}) {
    LogisticOuter outer(data.labels, diagonal);
    CompositeObjective composite(*data.view, outer);
    Callable function = logistic(data.design, data.labels, true);
    Vector point = Vector::Zero(12);
    point(variables) = z;
    Matrix full;
    function.hessian(point, {0, 1, 3, 4, 8, 9}, full);
    Matrix cross;
    Matrix own;
    composite.cross_hessian(variables, z, others, {1, 2, 1}, cross, own);
    const IndexList places{0, 2, 3, 5};  // of the others in `full`
    CHECK((cross - full(IndexList{1, 4}, places)).norm() < 1e-12);
    Index first = 0;
    for (const Index size : {1, 2, 1}) {
      const IndexList group(places.begin() + first, places.begin() + first + size);
      CHECK((own.block(first, first, size, size) - full(group, group)).norm() < 1e-12);
      first += size;
    }
  }
}

TEST_CASE("curvature: the diagonal blocks of the full Hessian") {
  const Data data;
  LogisticOuter outer(data.labels, true);
  CompositeObjective composite(*data.view, outer);
  Callable function = logistic(data.design, data.labels, true);
  const Vector z = Vector::Constant(1, 0.7);
  Vector point = Vector::Zero(12);
  point[5] = 0.7;
  IndexList all(12);
  for (Index j = 0; j < 12; ++j)
    all[static_cast<std::size_t>(j)] = j;
  Matrix full;
  function.hessian(point, all, full);
  for (const auto& labels : {IndexList{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11},
                             IndexList{0, 0, 0, 1, 2, 2, 3, 3, 3, 3, 3, 4}}) {
    const Groups groups = Groups::from_labels(labels);
    BlockDiagonal blocks(groups);
    composite.curvature({5}, z, blocks);
    for (Index group = 0; group < groups.count(); ++group) {
      const Index start = groups.start(group);
      const Index size = groups.size(group);
      CHECK((blocks.block(group) - full.block(start, start, size, size)).norm() < 1e-12);
    }
  }
}

TEST_CASE("without a diagonal, curvature follows the units of the columns") {
  const Data data;
  LogisticOuter outer(data.labels, false);
  CompositeObjective composite(*data.view, outer);
  REQUIRE(composite.has_curvature());
  const Groups groups = Groups::singletons(12);
  BlockDiagonal blocks(groups);
  composite.curvature({}, Vector(), blocks);
  // At zero every weight is 1/4 over n, so the estimate is exact.
  const Vector expected = data.design.colwise().squaredNorm().transpose() / (4.0 * 40.0);
  CHECK((blocks.values() - expected).norm() < 1e-12 * expected.norm());
}

TEST_CASE("the path of a composite is that of its black box") {
  const Data data;
  LogisticOuter outer(data.labels, true);
  CompositeObjective composite(*data.view, outer);
  Callable function = logistic(data.design, data.labels, true);
  BlackBoxObjective black_box(function);
  const Problem problem(Groups::singletons(12), {});
  const PathStart start{Vector::Zero(12), {}};
  DefaultFitter fitter{FitOptions{}};
  Monitor monitor;
  SplicingOptions options;
  options.use_curvature = false;  // the fake's black box has none
  const auto expected = solve_path(black_box, problem, {1, 2, 3}, start, fitter, options, monitor);
  const auto path = solve_path(composite, problem, {1, 2, 3}, start, fitter, options, monitor);
  for (std::size_t level = 0; level < path.size(); ++level) {
    CHECK(path[level].groups == expected[level].groups);
    CHECK(path[level].value == doctest::Approx(expected[level].value));
  }
}

TEST_CASE("one evaluation of g serves value, gradient, Hessian and curvature at a point") {
  const Data data;
  LogisticOuter outer(data.labels, true);
  CompositeObjective composite(*data.view, outer);
  const Vector z = Vector::Constant(2, 0.1);
  Vector gradient;
  Matrix hessian;
  const auto restriction = composite.restrict_to({2, 4});
  restriction->value_and_gradient(z, gradient);
  restriction->hessian(z, hessian);
  composite.value_and_gradient({2, 4}, z, gradient);
  const Groups groups = Groups::singletons(12);
  BlockDiagonal blocks(groups);
  composite.curvature({2, 4}, z, blocks);
  CHECK(outer.calls == 1);
}

TEST_CASE("an evaluation of g that threw is forgotten") {
  const Data data;
  LogisticOuter outer(data.labels, true);
  CompositeObjective composite(*data.view, outer);
  outer.throw_at = 0;
  Vector gradient;
  const Vector z = Vector::Constant(1, 0.1);
  CHECK_THROWS_AS(composite.value_and_gradient({2}, z, gradient), CountedFunction::Thrown);
  composite.value_and_gradient({2}, z, gradient);
  CHECK(outer.calls == 2);
}

TEST_CASE("sizes of M and g must agree") {
  const Data data;
  LogisticOuter outer(Vector::Ones(7), true);
  CHECK_THROWS_AS(CompositeObjective(*data.view, outer), InvalidArgument);
}

TEST_CASE("values alone of points that differ in few entries, in many, and where digits cancel") {
  const Data data;
  SquaredLength outer;
  CompositeObjective composite(*data.view, outer);
  const IndexList variables{0, 1, 2, 4, 5, 7, 8, 11};
  const Matrix columns = data.design(Eigen::all, variables);
  const auto check = [&](const Vector& values) {
    const double expected = (columns * values).squaredNorm();
    CHECK(composite.value(variables, values) == doctest::Approx(expected).epsilon(1e-12));
  };
  const Vector values = noise(8, 1, 3);
  for (int repetition = 0; repetition < 2; ++repetition) {
    check(values);
    for (Index i = 0; i < 8; ++i) {
      Vector without = values;
      without[i] = 0.0;
      check(without);
    }
    check(-2.0 * values);
    check(Vector::Zero(8));
    Vector gradient;
    composite.value_and_gradient({3, 6}, Vector::Ones(2), gradient);
    CHECK(composite.value({3, 6}, Vector::Ones(2)) ==
          doctest::Approx((data.design.col(3) + data.design.col(6)).squaredNorm()));
    Vector huge = values;
    huge[5] = 1e13;
    check(huge);
    check(values);
  }
}
