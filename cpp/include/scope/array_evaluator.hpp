#pragma once

#include <memory>
#include <vector>

#include "scope/array_program.hpp"

namespace scope {

/// Copies an array; one entry stands for `size` equal ones.
void assign(Vector& target, const Eigen::Ref<const Vector>& source, Index size);

/// A program with its constants and the memory that it works in; used by one thread at a time.
///
/// Operations on arrays of one size run block by block, so that what they hand to each other stays
/// in the cache; nothing is allocated after the construction.
class ArrayEvaluator {
 public:
  /// Throws InvalidArgument if the constants have not the sizes of the program's.
  ArrayEvaluator(std::shared_ptr<const ArrayProgram> program, std::vector<Vector> constants);

  const ArrayProgram& program() const { return *program_; }

  /// Replaces constant `index`; one entry stands for equal ones.
  void bind(Index index, const Vector& constant);

  /// `input` may be no output of this: it is read where it is.
  void run(const Vector& input) { run(stages_, input); }

  /// Computes the first output only.
  void run_first(const Vector& input) { run(first_stages_, input); }

  /// Output `index` of the last run.
  const Vector& output(Index index) const;

 private:
  using Instruction = ArrayProgram::Instruction;

  /// Instructions of one size that run together, or one that needs whole arrays.
  struct Stage {
    Index level = 0;  ///< all that it needs comes from lower ones
    Index size = 0;
    bool blocked = true;
    IndexList steps;
  };

  void schedule();
  Stage stage_for(Index index) const;
  std::vector<Stage> stages_of(Index output) const;
  void place_registers();
  std::vector<bool> outliving() const;
  void share_scratch(const std::vector<bool>& kept);
  void run(const std::vector<Stage>& stages, const Vector& input);
  void run_blocked(const Stage& stage);
  void run_block(const Stage& stage, Index first, Index count);
  void run_whole(Index index);
  void put(const Instruction& instruction, Vector& result);
  void gather(const Instruction& instruction, Vector& result) const;
  void write(const Instruction& instruction, Vector& result) const;
  Eigen::Map<const Vector> entries(Index index) const;
  Operand operand(Index index, Index size, Index first) const;

  std::shared_ptr<const ArrayProgram> program_;
  std::vector<Stage> stages_;
  std::vector<Stage> first_stages_;  ///< what of them the first output needs
  const double* input_ = nullptr;    ///< of the present run: not copied unless it is an output
  std::vector<Vector> registers_;    ///< those that outlive a block of their stage
  IndexList slot_of_;                ///< of the others; -1 for those
  Matrix scratch_;                   ///< a column a slot
};

}  // namespace scope
