// Runs one kernel of the engine on fixed data, for counting its instructions:
// `scope_kernels NAME`; without a name it lists the kernels, with `--compiler` what compiled it.

#include <cmath>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <string>

#include "scope/array_evaluator.hpp"
#include "scope/composite.hpp"
#include "scope/operators.hpp"
#include "scope/solvers/path.hpp"

using namespace scope;

/// What is counted: everything that is called from here, and nothing else.
extern "C" __attribute__((noinline)) void scope_counted(const std::function<void()>& run) { run(); }

/// Called through a pointer that may change, so that no clone of another name is called instead.
void (*volatile counted)(const std::function<void()>&) = scope_counted;

namespace {

/// Pseudo-random numbers in (-1, 1), the same on every machine.
Matrix noise(Index rows, Index cols, unsigned seed) {
  Matrix matrix(rows, cols);
  unsigned state = seed * 2654435761U + 12345U;
  for (double& entry : matrix.reshaped()) {
    state = state * 1664525U + 1013904223U;
    entry = static_cast<double>(state >> 8) / 8388608.0 - 1.0;
  }
  return matrix;
}

/// ||eta - y||^2 / 2
class Squares : public OuterFunction {
 public:
  explicit Squares(Vector response) : response_(std::move(response)) {}

  Index dimension() const override { return response_.size(); }
  OuterCurvature curvature() const override { return OuterCurvature::diagonal; }
  bool is_quadratic() const override { return true; }
  void evaluate(const Vector& eta, OuterPoint& point) override {
    point.slope = eta - response_;
    point.weight = Vector::Ones(dimension());
    point.value = 0.5 * point.slope.squaredNorm();
  }

 private:
  Vector response_;
};

/// Mean logistic loss of labels -1, 1.
class Logistic : public OuterFunction {
 public:
  explicit Logistic(Vector labels) : labels_(std::move(labels)) {}

  Index dimension() const override { return labels_.size(); }
  OuterCurvature curvature() const override { return OuterCurvature::diagonal; }
  void evaluate(const Vector& eta, OuterPoint& point) override {
    const auto samples = static_cast<double>(dimension());
    const Vector odds = (-labels_.array() * eta.array()).exp();
    point.slope = -labels_.array() * odds.array() / (1.0 + odds.array()) / samples;
    point.weight = odds.array() / (1.0 + odds.array()).square() / samples;
    point.value = odds.array().log1p().mean();
  }

 private:
  Vector labels_;
};

IndexList every(Index step, Index count) {
  IndexList places;
  for (Index k = 0; k < count; ++k)
    places.push_back(k * step);
  return places;
}

Vector response_of(const Matrix& design, Index level) {
  Vector truth = Vector::Zero(design.cols());
  for (const Index j : every(design.cols() / level, level))
    truth[j] = j % 2 == 0 ? 1.0 : -1.0;
  return design * truth + noise(design.rows(), 1, 7);
}

/// A path of levels on a design, all of it counted.
void solve(const DesignMatrix& design, OuterFunction& outer, const IndexList& levels) {
  CompositeObjective objective(design, outer);
  const Problem problem(Groups::singletons(design.cols()), {});
  DefaultFitter fitter{FitOptions{}};
  Monitor monitor;
  const PathStart start{Vector::Zero(design.cols()), {}};
  counted(
      [&] { solve_path(objective, problem, levels, start, fitter, SplicingOptions{}, monitor); });
}

std::unique_ptr<DesignMatrix> by_rows(const Matrix& transposed) {
  return dense_view(transposed.data(), transposed.cols(), transposed.rows(), transposed.rows(),
                    Layout::row_major);
}

void least_squares() {
  const Matrix design = noise(300, 600, 1);
  Squares outer(response_of(design, 15));
  const Matrix transposed = design.transpose();
  solve(*by_rows(transposed), outer, {15});
}

void logistic() {
  const Matrix design = noise(400, 300, 2);
  Logistic outer(response_of(design, 8).cwiseSign());
  const Matrix transposed = design.transpose();
  solve(*by_rows(transposed), outer, {8});
}

void levels() {
  const Matrix design = noise(200, 100, 3);
  Squares outer(response_of(design, 6));
  const auto view = dense_view(design.data(), 200, 100, 200, Layout::column_major);
  solve(*view, outer, every(1, 12));
}

void change_points() {
  const Matrix walk = noise(300, 1, 4);
  Vector response(300);
  double level = 0.0;
  for (Index i = 0; i < 300; ++i) {
    if (i % 30 == 29) level += 1.0;
    response[i] = level + 0.3 * walk(i, 0);
  }
  Squares outer(response);
  solve(*prefix_sums(1, 300, 1, false), outer, {9});
}

void transposed_products(Layout layout) {
  const Matrix entries = noise(500, 1000, 5);
  const bool rowwise = layout == Layout::row_major;
  const Index rows = rowwise ? 1000 : 500;
  const Index cols = rowwise ? 500 : 1000;
  const auto view = dense_view(entries.data(), rows, cols, 500, layout);
  const Vector slope = noise(rows, 1, 6);
  Vector gradient = Vector::Zero(cols);
  Vector squares = Vector::Zero(cols);
  counted([&] {
    view->add_transposed_product(slope, gradient);
    view->add_transposed_products(slope, slope, gradient, squares);
  });
}

/// Value, slope and curvature of softplus losses, as the engine evaluates a g that was read.
void array_program() {
  const Index samples = 2000;
  ArrayProgram program(samples);
  const Index labels = program.constant(samples);
  const Index margin = program.entrywise("mul", {labels, 0});
  const Index odds = program.entrywise("exp", {program.entrywise("neg", {margin})});
  program.output(program.sum(program.entrywise("log1p", {odds}), samples));
  const Index share = program.entrywise("logistic", {program.entrywise("neg", {margin})});
  program.output(program.entrywise("mul", {program.entrywise("neg", {labels}), share}));
  const Index rest = program.entrywise("logistic", {margin});
  program.output(program.entrywise("mul", {share, rest}));
  ArrayEvaluator evaluator(std::make_shared<const ArrayProgram>(std::move(program)),
                           {noise(samples, 1, 8).cwiseSign()});
  const Vector eta = 3.0 * noise(samples, 1, 9);
  counted([&] { evaluator.run(eta); });
}

void gather() {
  const Matrix entries = noise(500, 1000, 5);
  const auto view = by_rows(entries);
  Matrix gathered = Matrix::Zero(1000, 50);
  counted([&] { view->add_columns(every(10, 50), gathered); });
}

const std::map<std::string, std::function<void()>> kKernels{
    {"least_squares", least_squares},
    {"logistic", logistic},
    {"levels", levels},
    {"change_points", change_points},
    {"products_by_rows", [] { transposed_products(Layout::row_major); }},
    {"products_by_columns", [] { transposed_products(Layout::column_major); }},
    {"gather", gather},
    {"array_program", array_program},
};

}  // namespace

int main(int count, char** arguments) {
  if (count < 2) {
    for (const auto& [name, kernel] : kKernels)
      std::cout << name << '\n';
    return 0;
  }
  const std::string name = arguments[1];
  if (name == "--compiler") {
#ifdef __clang__
    std::cout << "clang " << __clang_major__ << '\n';
#else
    std::cout << "gcc " << __GNUC__ << '\n';
#endif
    return 0;
  }
  kKernels.at(name)();
  return 0;
}
