#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "fakes.hpp"
#include "scope/array_evaluator.hpp"
#include "scope/error.hpp"
#include "scope/program_function.hpp"

using namespace scope;
using namespace scope::fakes;

namespace {

constexpr double kRoundingOfSums = 1e-12;

std::shared_ptr<ArrayProgram> program_of(Index size) {
  return std::make_shared<ArrayProgram>(size);
}

}  // namespace

TEST_CASE("a program of several stages is evaluated on blocks of any number") {
  for (const Index size : {1, 2, 511, 512, 513, 2000}) {
    CAPTURE(size);
    const auto program = program_of(size);
    const Index weights = program->constant(size);
    const Index scaled = program->entrywise("mul", {0, weights});
    const Index square = program->entrywise("mul", {scaled, scaled});
    const Index root = program->entrywise("sqrt", {program->sum(square, size)});
    program->output(root);
    program->output(program->entrywise("div", {scaled, root}));
    const Vector w = noise(size, 1, 1);
    ArrayEvaluator evaluator(program, {w});
    for (const unsigned seed : {2U, 3U}) {  // nothing of a run is left to the next
      const Vector x = noise(size, 1, seed);
      evaluator.run(x);
      const Vector product = x.cwiseProduct(w);
      CHECK(evaluator.output(0)[0] == doctest::Approx(product.norm()).epsilon(kRoundingOfSums));
      CHECK((evaluator.output(1) - product / product.norm()).norm() < kRoundingOfSums);
    }
  }
}

TEST_CASE("registers that are needed later are not overwritten") {
  const Index size = 700;
  const auto program = program_of(size);
  Index last = 0;
  IndexList powers;
  for (int i = 0; i < 6; ++i) {
    last = program->entrywise("sin", {last});
    powers.push_back(last);
  }
  Index total = powers.front();
  for (std::size_t i = 1; i < powers.size(); ++i)
    total = program->entrywise("sub", {total, powers[i]});
  program->output(total);
  program->output(powers[2]);
  ArrayEvaluator evaluator(program, {});
  const Vector x = noise(size, 1, 4);
  evaluator.run(x);
  Vector at = x.array().sin();
  Vector expected = at;
  for (int i = 1; i < 6; ++i) {
    at = at.array().sin().eval();
    expected -= at;
  }
  CHECK((evaluator.output(0) - expected).norm() < kRoundingOfSums);
  CHECK((evaluator.output(1).array() - x.array().sin().sin().sin()).matrix().norm() <
        kRoundingOfSums);
}

TEST_CASE("entries are taken, put and summed in parts") {
  const auto program = program_of(6);
  const Index odd = program->take(0, {1, 3, 5});
  const Index zero = program->constant(1);
  const Index padded = program->put(zero, 5, odd, {0, 2, 4});
  program->output(padded);
  program->output(program->put(0, 6, zero, {0, 1}));
  program->output(program->sum(0, 3));
  program->output(program->entrywise("add", {program->sum(odd, 3), odd}));
  ArrayEvaluator evaluator(program, {Vector::Zero(1)});
  Vector x(6);
  x << 1, 2, 3, 4, 5, 6;
  evaluator.run(x);
  Vector expected(5);
  expected << 2, 0, 4, 0, 6;
  CHECK(evaluator.output(0) == expected);
  CHECK(evaluator.output(1) == (Vector(6) << 0, 0, 3, 4, 5, 6).finished());
  CHECK(evaluator.output(2) == (Vector(2) << 6, 15).finished());
  CHECK(evaluator.output(3) == (Vector(3) << 14, 16, 18).finished());
}

TEST_CASE("running sums and largest entries of rows") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto program = program_of(6);
  program->output(program->prefix_sum(0, 3));
  program->output(program->maximum(0, 3));
  program->output(program->maximum(0, 6));
  program->output(program->entrywise("add", {program->prefix_sum(0, 6), 0}));
  ArrayEvaluator evaluator(program, {});
  evaluator.run((Vector(6) << 1, 4, 2, -3, -1, -2).finished());
  CHECK(evaluator.output(0) == (Vector(6) << 1, 5, 7, -3, -4, -6).finished());
  CHECK(evaluator.output(1) == (Vector(2) << 4, -1).finished());
  CHECK(evaluator.output(2) == Vector::Constant(1, 4.0));
  CHECK(evaluator.output(3) == (Vector(6) << 2, 9, 9, 1, 2, -1).finished());
  evaluator.run((Vector(6) << 1, nan, 2, -3, -1, -2).finished());
  CHECK(std::isnan(evaluator.output(1)[0]));
  CHECK(evaluator.output(1)[1] == -1.0);
  CHECK(std::isnan(evaluator.output(2)[0]));
}

TEST_CASE("entries are gathered from places in registers, and added there") {
  const auto program = program_of(3);
  const Index places = program->constant(4);
  const Index outside = program->constant(1);
  const Index taken = program->gather(0, places, outside);
  program->output(taken);
  program->output(program->scatter_add(0, 3, taken, places));
  program->output(program->scatter_add(outside, 2, outside, places));
  program->output(program->scatter(0, 3, taken, places));
  program->output(program->scatter(0, 3, 0, program->constant(3)));
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Vector to = (Vector(3) << 1, 1, 2).finished();
  ArrayEvaluator evaluator(program, {(Vector(4) << 2, 0, 0, 1).finished(), Vector::Ones(1), to});
  const Vector x = (Vector(3) << 5, 6, 7).finished();
  evaluator.run(x);
  CHECK(evaluator.output(0) == (Vector(4) << 7, 5, 5, 6).finished());
  CHECK(evaluator.output(1) == (Vector(3) << 15, 12, 14).finished());
  CHECK(evaluator.output(2) == (Vector(2) << 3, 2).finished());
  CHECK(evaluator.output(3) == x);
  CHECK(evaluator.output(4) == (Vector(3) << 5, 6, 7).finished());
  evaluator.bind(0, (Vector(4) << -1, 3, nan, 1e300).finished());  // no places of x
  evaluator.run(x);
  CHECK(evaluator.output(0) == Vector::Ones(4));
  CHECK(evaluator.output(1) == x);
}

TEST_CASE("constants are replaced; a single number fills one") {
  const auto program = program_of(3);
  program->output(program->entrywise("mul", {0, program->constant(3)}));
  ArrayEvaluator evaluator(program, {Vector::Ones(3)});
  const Vector x = noise(3, 1, 5);
  evaluator.bind(0, x);
  evaluator.run(x);
  CHECK(evaluator.output(0) == x.cwiseProduct(x));
  evaluator.bind(0, Vector::Constant(1, 2.0));
  evaluator.run(x);
  CHECK(evaluator.output(0) == 2.0 * x);
  CHECK_THROWS_AS(evaluator.bind(0, Vector::Ones(2)), InvalidArgument);
}

TEST_CASE("comparisons are false for NaN, which maxima and clips hand on") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto program = program_of(3);
  const Index one = program->constant(1);
  for (const char* name : {"max", "min", "gt", "eq", "ne"})
    program->output(program->entrywise(name, {0, one}));
  program->output(program->entrywise("max", {one, 0}));
  program->output(program->entrywise("clamp", {one, 0, one}));
  program->output(program->entrywise("sign", {0}));
  const Index above = program->entrywise("gt", {0, one});
  program->output(program->entrywise("select_n", {above, one, 0}));
  ArrayEvaluator evaluator(program, {Vector::Ones(1)});
  evaluator.run((Vector(3) << nan, -2.0, 2.0).finished());
  const auto tail = [&](Index output) { return Vector(evaluator.output(output).tail(2)); };
  const auto pair = [](double a, double b) { return (Vector(2) << a, b).finished(); };
  for (const Index output : {0, 1, 5, 6, 7})
    CHECK(std::isnan(evaluator.output(output)[0]));
  for (const Index output : {2, 3})
    CHECK(evaluator.output(output)[0] == 0.0);
  CHECK(evaluator.output(4)[0] == 1.0);
  CHECK(evaluator.output(8)[0] == 1.0);
  CHECK(tail(0) == pair(1, 2));
  CHECK(tail(1) == pair(-2, 1));
  CHECK(tail(2) == pair(0, 1));
  CHECK(tail(6) == pair(1, 1));
  CHECK(tail(7) == pair(-1, 1));
  CHECK(tail(8) == pair(1, 2));
}

TEST_CASE("the logistic function keeps its digits in both tails") {
  const auto program = program_of(4);
  program->output(program->entrywise("logistic", {0}));
  ArrayEvaluator evaluator(program, {});
  evaluator.run((Vector(4) << -700.0, -1.0, 1.0, 800.0).finished());
  const Vector& found = evaluator.output(0);
  CHECK(found[0] == doctest::Approx(std::exp(-700.0)).epsilon(1e-14));
  CHECK(found[1] + found[2] == doctest::Approx(1.0).epsilon(1e-15));
  CHECK(found[3] == 1.0);
}

TEST_CASE("what does not fit is refused") {
  ArrayProgram program(4);
  const Index three = program.constant(3);
  CHECK_THROWS_AS(ArrayProgram(0), InvalidArgument);
  CHECK_THROWS_AS(program.constant(0), InvalidArgument);
  CHECK_THROWS_AS(program.entrywise("nothing", {0}), InvalidArgument);
  CHECK_THROWS_AS(program.entrywise("exp", {0, 0}), InvalidArgument);
  CHECK_THROWS_AS(program.entrywise("add", {0, three}), InvalidArgument);
  CHECK_THROWS_AS(program.entrywise("exp", {2}), InvalidArgument);
  CHECK_THROWS_AS(program.sum(0, 3), InvalidArgument);
  CHECK_THROWS_AS(program.maximum(0, 3), InvalidArgument);
  CHECK_THROWS_AS(program.prefix_sum(0, 0), InvalidArgument);
  CHECK_THROWS_AS(program.take(0, {4}), InvalidArgument);
  CHECK_THROWS_AS(program.put(0, 4, three, {0, 1}), InvalidArgument);
  CHECK_THROWS_AS(program.put(0, 5, three, {0, 1, 2}), InvalidArgument);
  CHECK_THROWS_AS(program.gather(0, three, three), InvalidArgument);
  CHECK_THROWS_AS(program.scatter_add(0, 5, three, three), InvalidArgument);
  CHECK_THROWS_AS(program.scatter_add(0, 4, 0, three), InvalidArgument);
  CHECK_THROWS_AS(program.output(2), InvalidArgument);
  const auto shared = std::make_shared<ArrayProgram>(program);
  CHECK_THROWS_AS(ArrayEvaluator(shared, {}), InvalidArgument);
  CHECK_THROWS_AS(ArrayEvaluator(shared, {Vector::Ones(4)}), InvalidArgument);
  CHECK_THROWS_AS(ProgramFunction(shared, {Vector::Ones(3)}, {}), InvalidArgument);
}

TEST_CASE("a program is an outer function; single numbers stand for equal entries") {
  const auto program = program_of(5);
  const Index one = program->constant(1);
  const Index square = program->entrywise("mul", {0, 0});
  program->output(program->sum(square, 5));
  program->output(program->entrywise("add", {0, 0}));
  program->output(one);
  ProgramFunction function(program, {Vector::Constant(1, 2.0)},
                           {OuterCurvature::diagonal, true, {}});
  const Vector x = noise(5, 1, 7);
  OuterPoint point;
  function.evaluate(x, point);
  CHECK(function.is_quadratic());
  CHECK(point.value == doctest::Approx(x.squaredNorm()).epsilon(kRoundingOfSums));
  CHECK(point.slope == 2.0 * x);
  CHECK(point.weight == Vector::Constant(5, 2.0));
}

TEST_CASE("factors of a program lie row by row") {
  const auto program = program_of(2);
  const Index factors = program->constant(4);
  const Index core = program->constant(4);
  const Index zero = program->constant(1);
  for (const Index output : {zero, 0L, 0L, factors, core})
    program->output(output);
  ProgramFunction function(
      program,
      {(Vector(4) << 1, 2, 3, 4).finished(), (Vector(4) << 5, 6, 6, 7).finished(), Vector::Zero(1)},
      {OuterCurvature::low_rank, false, {}});
  OuterPoint point;
  function.evaluate(Vector::Ones(2), point);
  CHECK(point.factors == (Matrix(2, 2) << 1, 2, 3, 4).finished());
  CHECK(point.core == (Matrix(2, 2) << 5, 6, 6, 7).finished());
}

namespace {

/// g(x) = (sum of x)^3, whose Hessian is 6 (sum of x) at all places, with `outputs` of all that the
/// product could need.
struct Cube {
  std::shared_ptr<ArrayProgram> program = program_of(4);
  HessianProduct product;

  Cube() {
    const Index total = program->sum(0, 4);
    const Index square = program->entrywise("mul", {total, total});
    const Index three = program->constant(1);
    program->output(program->entrywise("mul", {square, total}));
    program->output(program->entrywise("mul", {three, square}));
    program->output(total);
    const auto second = program_of(4);
    const Index six = second->constant(1);
    const Index at = second->constant(1);
    const Index scale = second->entrywise("mul", {six, at});
    second->output(second->entrywise("mul", {scale, second->sum(0, 4)}));
    product.program = second;
    product.constants = {Vector::Constant(1, 6.0), Vector()};
    product.carried = {1};
  }

  ProgramFunction function(const HessianProduct& given) const {
    const std::vector<Vector> constants{Vector::Constant(1, 3.0)};
    return {program, constants, {OuterCurvature::products, false, {}}, given};
  }
};

}  // namespace

TEST_CASE("products with a Hessian are those at the point asked for") {
  const Cube cube;
  ProgramFunction function = cube.function(cube.product);
  OuterPoint point;
  const Matrix directions = noise(4, 3, 2);
  Matrix products;
  for (const unsigned seed : {5U, 6U}) {
    const Vector x = noise(4, 1, seed);
    const Vector elsewhere = noise(4, 1, 7);
    for (const Vector& at : {x, elsewhere, x}) {
      function.evaluate(at, point);
      CHECK(point.value == doctest::Approx(std::pow(at.sum(), 3)).epsilon(kRoundingOfSums));
      CHECK((point.slope - Vector::Constant(4, 3 * at.sum() * at.sum())).norm() < kRoundingOfSums);
      function.hessian_products(x, directions, products);  // whatever was evaluated last
      const Matrix expected = Matrix::Constant(4, 4, 6 * x.sum()) * directions;
      CHECK((products - expected).norm() < kRoundingOfSums);
    }
  }
}

TEST_CASE("a product that does not belong to its program is refused") {
  const Cube cube;
  const auto changed = [&](const auto& change) {
    HessianProduct product = cube.product;
    change(product);
    return product;
  };
  const HessianProduct nothing_carried = changed([](auto& p) { p.carried.clear(); });
  const HessianProduct elsewhere = changed([](auto& p) { p.carried = {2}; });
  const HessianProduct too_few = changed([](auto& p) { p.constants.pop_back(); });
  const HessianProduct other_size = changed([](auto& p) { p.program = program_of(3); });
  for (const HessianProduct& product : {nothing_carried, elsewhere, too_few, other_size})
    CHECK_THROWS_AS(cube.function(product), InvalidArgument);
  const std::vector<Vector> constants{Vector::Constant(1, 3.0)};
  for (const OuterCurvature curvature : {OuterCurvature::products, OuterCurvature::blocks}) {
    CHECK_THROWS_AS(ProgramFunction(cube.program, constants, {curvature, false, {}}),
                    InvalidArgument);
  }
  const SampleTable beyond = SampleTable::Constant(1, 1, 4);
  CHECK_THROWS_AS(ProgramFunction(cube.program, constants, {OuterCurvature::blocks, false, beyond},
                                  cube.product),
                  InvalidArgument);
}

TEST_CASE("blocks are those of the Hessian that the products are with") {
  const Cube cube;  // one block of all entries, in another order
  const SampleTable table = (SampleTable(4, 1) << 2, 0, 3, 1).finished();
  ProgramFunction function(cube.program, {Vector::Constant(1, 3.0)},
                           {OuterCurvature::blocks, false, table}, cube.product);
  const Vector x = noise(4, 1, 8);
  OuterPoint point;
  function.evaluate(x, point);
  CHECK((point.blocks - Matrix::Constant(16, 1, 6 * x.sum())).norm() < kRoundingOfSums);
}

TEST_CASE("the first output alone is what it is together with the others") {
  ArrayProgram program(1000);
  const Index weights = program.constant(1000);
  const Index squares = program.entrywise("square", {0});
  const Index scaled = program.entrywise("mul", {weights, squares});
  const Index total = program.sum(scaled, 1000);
  const Index shares = program.entrywise("div", {scaled, total});
  program.output(program.entrywise("log", {total}));
  program.output(shares);
  program.output(program.sum(program.entrywise("exp", {shares}), 10));
  ArrayEvaluator evaluator(std::make_shared<const ArrayProgram>(std::move(program)),
                           {noise(1000, 1, 2).cwiseAbs()});
  const Vector point = noise(1000, 1, 1);
  const Vector other = noise(1000, 1, 3);
  evaluator.run(point);
  const double expected = evaluator.output(0)[0];
  const Vector expected_shares = evaluator.output(1);
  const Vector expected_sums = evaluator.output(2);
  evaluator.run(other);
  evaluator.run_first(point);
  CHECK(evaluator.output(0)[0] == expected);
  evaluator.run_first(other);
  evaluator.run(point);
  CHECK(evaluator.output(0)[0] == expected);
  CHECK(evaluator.output(1) == expected_shares);
  CHECK(evaluator.output(2) == expected_sums);
}
