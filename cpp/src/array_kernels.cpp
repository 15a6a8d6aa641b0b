#include "scope/array_kernels.hpp"

#include <cmath>
#include <type_traits>
#include <variant>

namespace scope {

namespace {

struct Entries {
  const double* entries;
  double operator[](Index i) const { return entries[i]; }
};

struct Single {
  double number;
  double operator[](Index /*i*/) const { return number; }
};

std::variant<Entries, Single> argument(const Operand& operand) {
  if (operand.single) return Single{*operand.entries};
  return Entries{operand.entries};
}

// A lambda without captures is known by its type, so that a plain function may call it.

template <class Function>
KernelEntry unary(Function given) {
  static_assert(std::is_empty_v<Function>, "functions of one type would be taken for each other");
  static const Function function = given;
  return {1, [](const Operand* operands, double* result, Index count) {
            const double* const entries = operands[0].entries;
            for (Index i = 0; i < count; ++i)
              result[i] = function(entries[i]);
          }};
}

template <class Function>
KernelEntry binary(Function given) {
  static_assert(std::is_empty_v<Function>, "functions of one type would be taken for each other");
  static const Function function = given;
  return {2, [](const Operand* operands, double* result, Index count) {
            std::visit(
                [&](auto first, auto second) {
                  for (Index i = 0; i < count; ++i)
                    result[i] = function(first[i], second[i]);
                },
                argument(operands[0]), argument(operands[1]));
          }};
}

template <class Function>
KernelEntry ternary(Function given) {
  static_assert(std::is_empty_v<Function>, "functions of one type would be taken for each other");
  static const Function function = given;
  return {3, [](const Operand* operands, double* result, Index count) {
            std::visit(
                [&](auto first, auto second, auto third) {
                  for (Index i = 0; i < count; ++i)
                    result[i] = function(first[i], second[i], third[i]);
                },
                argument(operands[0]), argument(operands[1]), argument(operands[2]));
          }};
}

double truth(bool value) { return value ? 1.0 : 0.0; }

double maximum(double x, double y) { return x > y || x != x ? x : y; }

double minimum(double x, double y) { return x < y || x != x ? x : y; }

double chosen(double which, double first, double second) { return which == 0.0 ? first : second; }

/// Without overflow of the exponential that is divided by.
double logistic(double x) {
  const double small = std::exp(-std::abs(x));
  return (x < 0.0 ? small : 1.0) / (1.0 + small);
}

using Table = std::map<std::string, KernelEntry>;

Table arithmetic() {
  return {{"abs", unary([](double x) { return std::abs(x); })},
          {"add", binary([](double x, double y) { return x + y; })},
          {"add_any", binary([](double x, double y) { return x + y; })},
          {"div", binary([](double x, double y) { return x / y; })},
          {"mul", binary([](double x, double y) { return x * y; })},
          {"neg", unary([](double x) { return -x; })},
          {"pow", binary([](double x, double y) { return std::pow(x, y); })},
          {"rsqrt", unary([](double x) { return 1.0 / std::sqrt(x); })},
          {"sign", unary([](double x) { return x > 0.0 ? 1.0 : (x < 0.0 ? -1.0 : x); })},
          {"sqrt", unary([](double x) { return std::sqrt(x); })},
          {"square", unary([](double x) { return x * x; })},
          {"sub", binary([](double x, double y) { return x - y; })}};
}

Table comparisons() {
  return {{"and", binary([](double x, double y) { return x * y; })},
          {"clamp", ternary([](double low, double x, double high) {
             return minimum(maximum(x, low), high);
           })},
          {"eq", binary([](double x, double y) { return truth(x == y); })},
          {"ge", binary([](double x, double y) { return truth(x >= y); })},
          {"gt", binary([](double x, double y) { return truth(x > y); })},
          {"is_finite", unary([](double x) { return truth(std::isfinite(x)); })},
          {"le", binary([](double x, double y) { return truth(x <= y); })},
          {"lt", binary([](double x, double y) { return truth(x < y); })},
          {"max", binary([](double x, double y) { return maximum(x, y); })},
          {"min", binary([](double x, double y) { return minimum(x, y); })},
          {"ne", binary([](double x, double y) { return truth(x != y); })},
          {"not", unary([](double x) { return 1.0 - x; })},
          {"or", binary([](double x, double y) { return maximum(x, y); })},
          {"select_n", ternary([](double which, double first, double second) {
             return chosen(which, first, second);
           })}};
}

Table special_functions() {
  return {{"acos", unary([](double x) { return std::acos(x); })},
          {"acosh", unary([](double x) { return std::acosh(x); })},
          {"asin", unary([](double x) { return std::asin(x); })},
          {"asinh", unary([](double x) { return std::asinh(x); })},
          {"atan", unary([](double x) { return std::atan(x); })},
          {"atan2", binary([](double y, double x) { return std::atan2(y, x); })},
          {"atanh", unary([](double x) { return std::atanh(x); })},
          {"cbrt", unary([](double x) { return std::cbrt(x); })},
          {"ceil", unary([](double x) { return std::ceil(x); })},
          {"cos", unary([](double x) { return std::cos(x); })},
          {"cosh", unary([](double x) { return std::cosh(x); })},
          {"erf", unary([](double x) { return std::erf(x); })},
          {"erfc", unary([](double x) { return std::erfc(x); })},
          {"exp", unary([](double x) { return std::exp(x); })},
          {"exp2", unary([](double x) { return std::exp2(x); })},
          {"expm1", unary([](double x) { return std::expm1(x); })},
          {"floor", unary([](double x) { return std::floor(x); })},
          {"log", unary([](double x) { return std::log(x); })},
          {"log1p", unary([](double x) { return std::log1p(x); })},
          {"logistic", unary([](double x) { return logistic(x); })},
          {"sin", unary([](double x) { return std::sin(x); })},
          {"sinh", unary([](double x) { return std::sinh(x); })},
          {"tan", unary([](double x) { return std::tan(x); })},
          {"tanh", unary([](double x) { return std::tanh(x); })}};
}

}  // namespace

const std::map<std::string, KernelEntry>& kernels() {
  static const Table table = [] {
    Table all = arithmetic();
    all.merge(comparisons());
    all.merge(special_functions());
    return all;
  }();
  return table;
}

}  // namespace scope
