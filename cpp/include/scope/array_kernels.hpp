#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "scope/types.hpp"

namespace scope {

/// An argument of an entrywise operation: an array, or one number for all entries.
struct Operand {
  const double* entries;
  bool single;
};

constexpr std::size_t kMostOperands = 3;

/// result[i] = operation(operands[0][i], operands[1][i], ..) for i < count.
using Kernel = void (*)(const Operand* operands, double* result, Index count);

struct KernelEntry {
  int arity;
  std::vector<Kernel> versions;  ///< that this processor runs, the fastest first
};

/// The entrywise operations by their names in JAX. Truths are 1 and 0; NaN is treated as there.
const std::map<std::string, KernelEntry>& kernels();

}  // namespace scope
