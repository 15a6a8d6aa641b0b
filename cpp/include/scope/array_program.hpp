#pragma once

#include <string>
#include <vector>

#include "scope/array_kernels.hpp"
#include "scope/types.hpp"

namespace scope {

/// A function of an array and of constants, as a list of operations on registers.
///
/// A register holds an array, flat, and is written once. One with a single entry stands for an
/// array of equal entries of any size. Registers are named by the numbers that the methods return;
/// all throw InvalidArgument where operands do not fit.
class ArrayProgram {
 public:
  enum class Kind {
    input,
    constant,
    entrywise,
    sum,
    maximum,
    prefix_sum,
    take,
    put,
    gather,
    scatter,
    scatter_add
  };

  struct Instruction {
    Kind kind;
    IndexList operands;
    Index size;        ///< entries of the result
    IndexList places;  ///< of take and put
    Kernel kernel;     ///< of an entrywise one
    Index width;       ///< successive entries that a sum, maximum or prefix sum is of
  };

  /// Register 0 is the input.
  explicit ArrayProgram(Index input_size);

  Index constant(Index size);
  /// result[i] = operation(operands[i]..); see kernels() for the names.
  Index entrywise(const std::string& operation, const IndexList& operands);
  /// Sums of `width` successive entries.
  Index sum(Index operand, Index width);
  /// Largest of `width` successive entries; NaN if one of them is.
  Index maximum(Index operand, Index width);
  /// Running sums of `width` successive entries, then of the next ones.
  Index prefix_sum(Index operand, Index width);
  /// result[i] = operand[places[i]].
  Index take(Index operand, IndexList places);
  /// `base`, of `size` entries, with those at `places` replaced by `values`.
  Index put(Index base, Index size, Index values, IndexList places);
  /// result[i] = operand[places[i]] with places in a register; where there is no such entry the
  /// single number in `outside`.
  Index gather(Index operand, Index places, Index outside);
  /// `base`, of `size` entries, with values[i] added to that at places[i], if there is such an
  /// entry.
  Index scatter_add(Index base, Index size, Index values, Index places);
  /// The same with values[i] in place of the entry; the last one stays.
  Index scatter(Index base, Index size, Index values, Index places);
  /// Computes a register for whoever runs the program.
  void output(Index index);

  Index size(Index index) const;
  Index input_size() const { return instructions_.front().size; }
  const std::vector<Instruction>& instructions() const { return instructions_; }
  const IndexList& constants() const { return constants_; }
  const IndexList& outputs() const { return outputs_; }

 private:
  Index append(Kind kind, IndexList operands, Index size, IndexList places = {},
               Kernel kernel = nullptr, Index width = 1);
  Index write(Kind kind, Index base, Index size, Index values, Index places);
  void require_divides(Index width, Index operand) const;

  std::vector<Instruction> instructions_;
  IndexList constants_;
  IndexList outputs_;
};

}  // namespace scope
