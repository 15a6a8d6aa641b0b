#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <new>
#include <string>

#include "fakes.hpp"
#include "scope/composite.hpp"
#include "scope/numeric/newton.hpp"

namespace {

std::atomic<int> allocations{0};  // of all threads

}  // namespace

// The linker leads every call here (see CMakeLists.txt).
extern "C" {
// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming)
void* __real_malloc(std::size_t size);
void* __real_calloc(std::size_t count, std::size_t size);
void* __real_realloc(void* memory, std::size_t size);

void* __wrap_malloc(std::size_t size) {
  ++allocations;
  return __real_malloc(size);
}
void* __wrap_calloc(std::size_t count, std::size_t size) {
  ++allocations;
  return __real_calloc(count, size);
}
void* __wrap_realloc(void* memory, std::size_t size) {
  ++allocations;
  return __real_realloc(memory, size);
}
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)
}

// Not inlined: compilers would take malloc and delete for a mismatch.
[[gnu::noinline]] void* operator new(std::size_t size) {
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t& /*tag*/) noexcept {
  return std::malloc(size);
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t /*size*/) noexcept {
  std::free(memory);
}

using namespace scope;
using namespace scope::fakes;

namespace {

/// g = sum of cosh(eta_i - 1), without an allocation of its own; infinite at some calls.
class Cosh : public OuterFunction {
 public:
  explicit Cosh(Index rows) : rows_(rows) {}

  Index dimension() const override { return rows_; }
  OuterCurvature curvature() const override { return OuterCurvature::diagonal; }
  void evaluate(const Vector& eta, OuterPoint& point) override {
    if (calls < static_cast<int>(seen.size())) seen[static_cast<std::size_t>(calls)] = allocations;
    ++calls;
    point.slope = (eta.array() - 1.0).sinh();
    point.weight = (eta.array() - 1.0).cosh();
    point.value = point.weight.sum();
    if (calls > first_failure && calls <= last_failure) point.value = kInfinity;
  }

  int calls = 0;
  int first_failure = 0;
  int last_failure = 0;
  std::array<int, 64> seen = {};  ///< allocations before each call

 private:
  Index rows_;
};

}  // namespace

TEST_CASE("allocations are counted") {
  const int before = allocations;
  const Vector by_eigen = Vector::Zero(100);
  CHECK(allocations == before + 1);
  void* by_new = ::operator new(100);  // which, unlike an expression, no compiler may leave out
  CHECK(allocations == before + 2);
  ::operator delete(by_new);
  CHECK(by_eigen.size() == 100);
}

TEST_CASE("on a fixed support, evaluations allocate nothing after the first") {
  const Matrix design = noise(300, 20, 1);
  const auto view = dense_view(design.data(), 300, 20, 300, Layout::column_major, 1);
  Cosh outer(300);
  CompositeObjective objective(*view, outer);
  const auto restriction = objective.restrict_to({2, 5, 11});
  Vector z = Vector::Zero(3);
  Vector gradient;
  restriction->value_and_gradient(z, gradient);
  z[1] = 0.1;
  restriction->value_and_gradient(z, gradient);
  const int before = allocations;
  for (int trial = 0; trial < 10; ++trial) {
    z[0] += 0.1;
    restriction->value_and_gradient(z, gradient);
  }
  CHECK(allocations == before);
  CHECK(outer.calls == 12);
}

TEST_CASE("a line search allocates nothing after its first trial") {
  for (const Bounds bounds : {Bounds{}, Bounds{0.0, 10.0}}) {
    const Matrix design = noise(300, 20, 2);
    const auto view = dense_view(design.data(), 300, 20, 300, Layout::column_major, 1);
    Cosh outer(300);
    outer.first_failure = 1;
    outer.last_failure = 12;
    CompositeObjective objective(*view, outer, bounds);
    const auto restriction = objective.restrict_to({2, 5, 11});
    const Fit fit = numeric::newton(*restriction, Vector::Constant(3, 0.1), {}, FitOptions{});
    CHECK(fit.status == Status::converged);
    REQUIRE(outer.calls > 13);
    for (std::size_t trial = 2; trial < 12; ++trial)
      CHECK(outer.seen[trial + 1] == outer.seen[trial]);
  }
}

TEST_CASE("passes over a dense matrix allocate nothing") {
  const Matrix design = noise(200, 30, 3);
  const Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> by_rows = design;
  const Vector slope = noise(200, 1, 4);
  const Vector weight = slope.cwiseAbs();
  Vector gradient = Vector::Zero(30);
  Vector squares = Vector::Zero(30);
  Matrix gathered = Matrix::Zero(200, 3);
  const IndexList some{1, 4, 29};
  for (const Layout layout : {Layout::row_major, Layout::column_major}) {
    const bool rows = layout == Layout::row_major;
    const auto view =
        dense_view(rows ? by_rows.data() : design.data(), 200, 30, rows ? 30 : 200, layout, 1);
    const int before = allocations;
    view->add_transposed_product(slope, gradient);
    view->add_transposed_products(slope, weight, gradient, squares);
    view->add_columns(some, gathered);
    CHECK(allocations == before);
  }
  CHECK((gradient - 4.0 * design.transpose() * slope).norm() < 1e-10);
}
