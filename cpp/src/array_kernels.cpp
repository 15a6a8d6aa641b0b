#include "scope/array_kernels.hpp"

#include <cmath>
#include <type_traits>

#include "scope/elementary_functions.hpp"
#include "scope/processors.hpp"

namespace scope {

namespace {

struct Entries {
  const double* entries;
  SCOPE_INLINE double operator[](Index i) const { return entries[i]; }
};

struct Single {
  double number;
  SCOPE_INLINE double operator[](Index /*i*/) const { return number; }
};

/// Applies a function of `Arity` numbers; a loop for each choice of what is known to be single.
template <int Arity, class Function, class... Known>
SCOPE_INLINE void apply(const Function& function, const Operand* operands, double* result,
                        Index count, Known... known) {
  if constexpr (sizeof...(Known) == Arity) {
    for (Index i = 0; i < count; ++i)
      result[i] = function(known[i]...);
  } else {
    const Operand& next = operands[sizeof...(Known)];
    if (next.single) {
      apply<Arity>(function, operands, result, count, known..., Single{*next.entries});
    } else {
      apply<Arity>(function, operands, result, count, known..., Entries{next.entries});
    }
  }
}

// A lambda without captures is known by its type, so that a plain function may call it.

template <int Arity, class Function>
Kernel plain(Function given) {
  static const Function function = given;
  return [](const Operand* operands, double* result, Index count) {
    apply<Arity>(function, operands, result, count);
  };
}

template <int Arity, class Function>
Kernel with_avx2(Function given) {
  static const Function function = given;
  return [](const Operand* operands, double* result, Index count)
             SCOPE_AVX2 { apply<Arity>(function, operands, result, count); };
}

template <int Arity, class Function>
Kernel with_avx512(Function given) {
  static const Function function = given;
  return [](const Operand* operands, double* result, Index count)
             SCOPE_AVX512 { apply<Arity>(function, operands, result, count); };
}

/// Newer processors get `ours`, others what the C library knows better.
template <int Arity, class Ours, class Library>
KernelEntry entry(Ours ours, Library library) {
  static_assert(std::is_empty_v<Ours> && std::is_empty_v<Library>,
                "functions of one type would be taken for each other");
  return {Arity,
          versions_here(with_avx512<Arity>(ours), with_avx2<Arity>(ours), plain<Arity>(library))};
}

template <class Function>
KernelEntry unary(Function function) {
  return entry<1>(function, function);
}

template <class Function>
KernelEntry binary(Function function) {
  return entry<2>(function, function);
}

template <class Function>
KernelEntry ternary(Function function) {
  return entry<3>(function, function);
}

/// Functions of the C library are calls: no loop over them gains by newer instructions.
template <class Library>
KernelEntry special(Library library) {
  return {1, {plain<1>(library)}};
}

template <class Ours, class Library>
KernelEntry special(Ours ours, Library library) {
  return entry<1>(ours, library);
}

SCOPE_INLINE double truth(bool value) { return value ? 1.0 : 0.0; }

SCOPE_INLINE double maximum(double x, double y) { return x > y || x != x ? x : y; }

SCOPE_INLINE double minimum(double x, double y) { return x < y || x != x ? x : y; }

SCOPE_INLINE double chosen(double which, double first, double second) {
  return which == 0.0 ? first : second;
}

using Table = std::map<std::string, KernelEntry>;

Table arithmetic() {
  return {{"abs", unary([](double x) { return std::abs(x); })},
          {"add", binary([](double x, double y) { return x + y; })},
          {"add_any", binary([](double x, double y) { return x + y; })},
          {"div", binary([](double x, double y) { return x / y; })},
          {"mul", binary([](double x, double y) { return x * y; })},
          {"neg", unary([](double x) { return -x; })},
          {"pow", {2, {plain<2>([](double x, double y) { return std::pow(x, y); })}}},
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
  return {{"acos", special([](double x) { return std::acos(x); })},
          {"acosh", special([](double x) { return std::acosh(x); })},
          {"asin", special([](double x) { return std::asin(x); })},
          {"asinh", special([](double x) { return std::asinh(x); })},
          {"atan", special([](double x) { return std::atan(x); })},
          {"atanh", special([](double x) { return std::atanh(x); })},
          {"cbrt", special([](double x) { return std::cbrt(x); })},
          {"atan2", {2, {plain<2>([](double y, double x) { return std::atan2(y, x); })}}},
          {"ceil", special([](double x) { return std::ceil(x); })},
          {"cos", special([](double x) { return std::cos(x); })},
          {"cosh", special([](double x) { return std::cosh(x); })},
          {"erf", special([](double x) { return std::erf(x); })},
          {"erfc", special([](double x) { return std::erfc(x); })},
          {"exp", special([](double x) { return elementary::exp(x); },
                          [](double x) { return std::exp(x); })},
          {"exp2", special([](double x) { return std::exp2(x); })},
          {"expm1", special([](double x) { return elementary::expm1(x); },
                            [](double x) { return std::expm1(x); })},
          {"floor", special([](double x) { return std::floor(x); })},
          {"log", special([](double x) { return elementary::log(x); },
                          [](double x) { return std::log(x); })},
          {"log1p", special([](double x) { return elementary::log1p(x); },
                            [](double x) { return std::log1p(x); })},
          {"logistic", unary([](double x) { return elementary::logistic(x); })},
          {"sin", special([](double x) { return std::sin(x); })},
          {"sinh", special([](double x) { return std::sinh(x); })},
          {"tan", special([](double x) { return std::tan(x); })},
          {"tanh", special([](double x) { return elementary::tanh(x); },
                           [](double x) { return std::tanh(x); })}};
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
