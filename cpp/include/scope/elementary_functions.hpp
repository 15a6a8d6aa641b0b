#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

#include "scope/processors.hpp"

// Exponentials and logarithms without a branch or a table, so that a loop over them becomes vector
// instructions. Arguments are reduced by multiples of log 2, kept in two parts (Cody & Waite 1980,
// Software Manual for the Elementary Functions, ch. 6), then series are summed. exp, log and log1p
// lose at most 1 unit in the last place, expm1 2, what is built on them 2.5; ends of the range,
// infinities, NaN and the sign of zero are those of the C library.

namespace scope::elementary {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
/// log 2; the first part has so few digits that its multiples are exact.
constexpr double kLog2High = 0x1.62e42feep-1;
constexpr double kLog2Low = 0x1.a39ef35793c76p-33;
constexpr double kLog2Inverse = 0x1.71547652b82fep+0;
/// Added to a number it leaves the nearest integer in the last bits.
constexpr double kRounding = 0x1.8p52;

SCOPE_INLINE std::uint64_t bits_of(double x) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, &x, sizeof(bits));
  return bits;
}

SCOPE_INLINE double number_of(std::uint64_t bits) {
  double x = 0.0;
  std::memcpy(&x, &bits, sizeof(x));
  return x;
}

/// 2^k for an integer k between -1022 and 1023.
SCOPE_INLINE double power_of_two(double k) {
  return number_of((bits_of(k + kRounding) << 52) + bits_of(1.0));
}

/// exp(x) = (1 + rest) first second, with powers of two that are finite where exp(x) is not.
struct ReducedExponential {
  double rest;
  double first;
  double second;
  double second_inverse;
};

SCOPE_INLINE ReducedExponential reduced_exponential(double given) {
  double x = given < -746.0 ? -746.0 : given;
  x = x > 710.0 ? 710.0 : x;
  const double k = (x * kLog2Inverse + kRounding) - kRounding;
  const double r = (x - k * kLog2High) - k * kLog2Low;
  double series = 1.0 / 6227020800.0;
  series = series * r + 1.0 / 479001600.0;
  series = series * r + 1.0 / 39916800.0;
  series = series * r + 1.0 / 3628800.0;
  series = series * r + 1.0 / 362880.0;
  series = series * r + 1.0 / 40320.0;
  series = series * r + 1.0 / 5040.0;
  series = series * r + 1.0 / 720.0;
  series = series * r + 1.0 / 120.0;
  series = series * r + 1.0 / 24.0;
  series = series * r + 1.0 / 6.0;
  series = series * r + 0.5;
  const double half = (0.5 * k + kRounding) - kRounding;
  return {r + r * r * series, power_of_two(half), power_of_two(k - half), power_of_two(half - k)};
}

SCOPE_INLINE double exp(double x) {
  const ReducedExponential reduced = reduced_exponential(x);
  return (1.0 + reduced.rest) * reduced.first * reduced.second;
}

SCOPE_INLINE double expm1(double x) {
  const ReducedExponential reduced = reduced_exponential(x);
  const double scaled = reduced.rest * reduced.first + (reduced.first - reduced.second_inverse);
  return x == 0.0 ? x : scaled * reduced.second;
}

/// log(x) + correction, of a correction that is small beside it.
///
/// x = 2^k (1 + f) with 1 + f between the roots of 1/2 and 2; log(1 + f) = 2 artanh(s) with
/// s = f / (2 + f), of which 2 s = f - f^2/2 + s f^2/2 is summed in this order.
SCOPE_INLINE double corrected_log(double x, double correction) {
  constexpr std::uint64_t kRootOfHalf = 0x3fe6a09e667f3bcd;
  constexpr std::uint64_t kFraction = 0xfffffffffffff;
  const bool subnormal = x < 0x1p-1022;
  const double scaled = subnormal ? x * 0x1p54 : x;
  const double bias = subnormal ? 0x1p52 + 1077.0 : 0x1p52 + 1023.0;
  const std::uint64_t bits = bits_of(scaled) + (bits_of(1.0) - kRootOfHalf);
  const double k = number_of((bits >> 52) | bits_of(0x1p52)) - bias;
  const double f = number_of((bits & kFraction) + kRootOfHalf) - 1.0;
  const double s = f / (2.0 + f);
  const double z = s * s;
  double series = 2.0 / 21.0;
  series = series * z + 2.0 / 19.0;
  series = series * z + 2.0 / 17.0;
  series = series * z + 2.0 / 15.0;
  series = series * z + 2.0 / 13.0;
  series = series * z + 2.0 / 11.0;
  series = series * z + 2.0 / 9.0;
  series = series * z + 2.0 / 7.0;
  series = series * z + 2.0 / 5.0;
  series = series * z + 2.0 / 3.0;
  series = series * z;
  const double half_square = 0.5 * f * f;
  const double low = s * (half_square + series) + (k * kLog2Low + correction);
  const double sum = k * kLog2High - ((half_square - low) - f);
  const double finite = x < kInfinity ? sum : x;
  const double outside = x == 0.0 ? -kInfinity : std::numeric_limits<double>::quiet_NaN();
  return x > 0.0 ? finite : outside;
}

SCOPE_INLINE double log(double x) { return corrected_log(x, 0.0); }

SCOPE_INLINE double log1p(double x) {
  const double sum = 1.0 + x;
  const double lost = x < 1.0 ? x - (sum - 1.0) : 1.0 - (sum - x);
  return x == 0.0 ? x : corrected_log(sum, lost / sum);
}

/// 1 / (1 + exp(-x)) without overflow of the exponential.
SCOPE_INLINE double logistic(double x) {
  const double small = exp(-std::abs(x));
  return (x < 0.0 ? small : 1.0) / (1.0 + small);
}

SCOPE_INLINE double tanh(double x) {
  const double below = expm1(-2.0 * std::abs(x));
  const double positive = -below / (2.0 + below);
  return x == 0.0 ? x : (x < 0.0 ? -positive : positive);
}

}  // namespace scope::elementary
