#include "scope/array_kernels.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "fakes.hpp"

using namespace scope;
using namespace scope::fakes;

namespace {

constexpr double kTiny = std::numeric_limits<double>::denorm_min();

bool identical(double x, double y) {
  return (std::isnan(x) && std::isnan(y)) || (x == y && std::signbit(x) == std::signbit(y));
}

/// Distance in units in the last place of what is expected.
double units_between(double found, long double expected) {
  const auto rounded = static_cast<double>(expected);
  if (!std::isfinite(rounded) || rounded == 0.0) return identical(found, rounded) ? 0.0 : kInfinity;
  const double unit = std::abs(rounded) - std::nextafter(std::abs(rounded), 0.0);
  return static_cast<double>(std::abs(found - expected)) / unit;
}

Vector applied(Kernel kernel, const std::vector<Vector>& arguments, Index count) {
  std::vector<Operand> operands;
  operands.reserve(arguments.size());
  for (const Vector& argument : arguments)
    operands.push_back({argument.data(), argument.size() == 1 && count > 1});
  Vector result(count);
  kernel(operands.data(), result.data(), count);
  return result;
}

/// Numbers of all sizes, and those at the ends of the functions' ranges.
Vector arguments() {
  const double edges[] = {0.0,   -0.0,   1.0,     -1.0,     kInfinity, -kInfinity, kNaN,
                          kTiny, -kTiny, 1e308,   -1e308,   709.7827,  709.7828,   -708.5,
                          -745., -745.2, 1e-300,  -1e-300,  0.34657,   0.34658,    1e-17,
                          0.5,   2.0,    0.70710, 0.707107, 1e17,      -0.999999,  -37.5};
  constexpr Index kEdges = sizeof(edges) / sizeof(double);
  const Matrix random = noise(2000, 6, 11);
  Vector all(kEdges + random.size());
  all << Eigen::Map<const Vector>(edges, kEdges), random.col(0), 30.0 * random.col(1),
      740.0 * random.col(2), (700.0 * random.col(3)).array().exp().matrix(), 1e-8 * random.col(4),
      (-40.0 * random.col(5).cwiseAbs()).array().exp().matrix();
  return all;
}

struct Special {
  const char* name;
  long double (*expected)(long double);
  double units;
};

constexpr Special kSpecial[] = {
    {"exp", [](long double x) { return std::exp(x); }, 1.0},
    {"expm1", [](long double x) { return std::expm1(x); }, 2.0},
    {"log", [](long double x) { return std::log(x); }, 1.0},
    {"log1p", [](long double x) { return std::log1p(x); }, 1.0},
    {"logistic", [](long double x) { return 1.0L / (1.0L + std::exp(-x)); }, 2.5},
    {"tanh", [](long double x) { return std::tanh(x); }, 2.5},
};

}  // namespace

TEST_CASE("exponentials and logarithms lose two units in the last place at most") {
  const Vector x = arguments();
  for (const Special& special : kSpecial) {
    for (const Kernel kernel : kernels().at(special.name).versions) {
      const Vector found = applied(kernel, {x}, x.size());
      for (Index i = 0; i < x.size(); ++i) {
        CAPTURE(special.name);
        CAPTURE(x[i]);
        CHECK(units_between(found[i], special.expected(x[i])) <= special.units);
      }
    }
  }
}

TEST_CASE("all versions of the other kernels return the same, whatever operand is a single one") {
  const Vector x = arguments().head(500);
  const std::vector<Vector> arrays{x, x.reverse(), 0.5 * x};
  for (const auto& named : kernels()) {
    const std::string& name = named.first;  // a lambda does not capture a structured binding
    const KernelEntry& entry = named.second;
    const bool is_special = std::any_of(std::begin(kSpecial), std::end(kSpecial),
                                        [&](const Special& one) { return one.name == name; });
    if (is_special) continue;
    const auto arity = static_cast<std::size_t>(entry.arity);
    for (unsigned singles = 0; singles < (1U << arity); ++singles) {
      std::vector<Vector> some(arrays.begin(), arrays.begin() + entry.arity);
      std::vector<Vector> spread = some;
      for (std::size_t i = 0; i < arity; ++i) {
        if ((singles >> i & 1U) == 0) continue;
        some[i] = Vector::Constant(1, 0.75);
        spread[i] = Vector::Constant(x.size(), 0.75);
      }
      if (arity == 1 && singles == 1) continue;  // such an array has one entry
      const Vector expected = applied(entry.versions.back(), spread, x.size());
      for (const Kernel kernel : entry.versions) {
        const Vector found = applied(kernel, some, x.size());
        CAPTURE(name);
        CHECK(std::equal(found.begin(), found.end(), expected.begin(), identical));
      }
    }
  }
}
