#include "scope/array_evaluator.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <utility>

#include "scope/error.hpp"

namespace scope {

namespace {

using Kind = ArrayProgram::Kind;

/// Entries of a block: some tens of registers of it stay in the cache.
constexpr Index kEntriesAtOnce = 512;
constexpr Index kNone = -1;
constexpr Index kInput = 0;  // the first instruction

std::size_t at(Index index) { return static_cast<std::size_t>(index); }

/// A place of an array of `size` entries that a register says; kNone if there is none.
Index place_within(Index size, double place) {
  return place >= 0.0 && place < static_cast<double>(size) ? static_cast<Index>(place) : kNone;
}

}  // namespace

void assign(Vector& target, const Eigen::Ref<const Vector>& source, Index size) {
  if (source.size() == 1) {
    target.setConstant(size, source[0]);
  } else {
    target = source;
  }
}

ArrayEvaluator::ArrayEvaluator(std::shared_ptr<const ArrayProgram> program,
                               std::vector<Vector> constants)
    : program_(std::move(program)) {
  const IndexList& places = program_->constants();
  require_size("constants", static_cast<Index>(places.size()),
               static_cast<Index>(constants.size()));
  schedule();
  if (!program_->outputs().empty()) first_stages_ = stages_of(program_->outputs().front());
  place_registers();
  for (std::size_t i = 0; i < places.size(); ++i) {
    require_size("a constant", program_->size(places[i]), constants[i].size());
    registers_[at(places[i])] = std::move(constants[i]);
  }
}

void ArrayEvaluator::schedule() {
  const std::vector<Instruction>& all = program_->instructions();
  IndexList stage_of(all.size(), kNone);
  std::map<std::pair<Index, Index>, Index> blocked;  // by level and size
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Instruction& instruction = all[i];
    if (instruction.kind == Kind::input || instruction.kind == Kind::constant) continue;
    Stage wanted = stage_for(static_cast<Index>(i));
    for (const Index operand : instruction.operands) {
      if (stage_of[at(operand)] == kNone) continue;
      const Stage& earlier = stages_[at(stage_of[at(operand)])];
      const bool streams = wanted.blocked && earlier.blocked && earlier.size == wanted.size &&
                           all[at(operand)].kind == Kind::entrywise;
      wanted.level = std::max(wanted.level, earlier.level + (streams ? 0 : 1));
    }
    const auto next = static_cast<Index>(stages_.size());
    stage_of[i] = wanted.blocked
                      ? blocked.try_emplace({wanted.level, wanted.size}, next).first->second
                      : next;
    if (stage_of[i] == next) stages_.push_back(std::move(wanted));
    stages_[at(stage_of[i])].steps.push_back(static_cast<Index>(i));
  }
  std::stable_sort(stages_.begin(), stages_.end(),
                   [](const Stage& a, const Stage& b) { return a.level < b.level; });
}

ArrayEvaluator::Stage ArrayEvaluator::stage_for(Index index) const {
  const Instruction& instruction = program_->instructions()[at(index)];
  Stage stage;
  stage.size = instruction.size;
  stage.blocked = instruction.kind == Kind::entrywise;
  if (instruction.kind == Kind::sum && instruction.size == 1) {
    stage.blocked = true;
    stage.size = program_->size(instruction.operands[0]);
  }
  return stage;
}

std::vector<ArrayEvaluator::Stage> ArrayEvaluator::stages_of(Index output) const {
  std::vector<bool> needed(program_->instructions().size());
  needed[at(output)] = true;
  for (Index i = output; i >= 0; --i)
    if (needed[at(i)])
      for (const Index operand : program_->instructions()[at(i)].operands)
        needed[at(operand)] = true;
  std::vector<Stage> found;
  for (Stage stage : stages_) {
    IndexList& steps = stage.steps;
    const auto idle = [&](Index step) { return !needed[at(step)]; };
    steps.erase(std::remove_if(steps.begin(), steps.end(), idle), steps.end());
    if (!steps.empty()) found.push_back(std::move(stage));
  }
  return found;
}

void ArrayEvaluator::place_registers() {
  const std::vector<bool> kept = outliving();
  registers_.resize(kept.size());
  for (std::size_t i = 0; i < kept.size(); ++i) {
    const Instruction& instruction = program_->instructions()[i];
    const bool computed = instruction.kind != Kind::constant && instruction.kind != Kind::input;
    if (kept[i] && computed) registers_[i].resize(instruction.size);
  }
  const IndexList& outputs = program_->outputs();
  if (std::count(outputs.begin(), outputs.end(), kInput) > 0)
    registers_[kInput].resize(program_->input_size());
  share_scratch(kept);
}

std::vector<bool> ArrayEvaluator::outliving() const {
  const std::vector<Instruction>& all = program_->instructions();
  std::vector<bool> kept(all.size());
  for (std::size_t i = 0; i < all.size(); ++i)
    kept[i] = all[i].kind != Kind::entrywise;
  for (const Index output : program_->outputs())
    kept[at(output)] = true;
  for (const Stage& stage : stages_) {
    for (const Index step : stage.steps) {
      for (const Index operand : all[at(step)].operands) {
        const bool here = std::binary_search(stage.steps.begin(), stage.steps.end(), operand);
        if (!here) kept[at(operand)] = true;
      }
    }
  }
  return kept;
}

void ArrayEvaluator::share_scratch(const std::vector<bool>& kept) {
  const std::vector<Instruction>& all = program_->instructions();
  IndexList last_use(all.size(), kNone);
  for (const Stage& stage : stages_)
    for (const Index step : stage.steps)
      for (const Index operand : all[at(step)].operands)
        last_use[at(operand)] = step;
  slot_of_.assign(all.size(), kNone);
  Index slots = 0;
  for (const Stage& stage : stages_) {
    IndexList free(at(slots));
    std::iota(free.begin(), free.end(), Index{0});
    for (const Index step : stage.steps) {
      // Before those of the operands are free: no operation works in place.
      if (!kept[at(step)]) {
        if (free.empty()) free.push_back(slots++);
        slot_of_[at(step)] = free.back();
        free.pop_back();
      }
      for (const Index operand : all[at(step)].operands) {
        if (slot_of_[at(operand)] == kNone || last_use[at(operand)] != step) continue;
        free.push_back(slot_of_[at(operand)]);
        last_use[at(operand)] = kNone;  // it may be an operand twice
      }
    }
  }
  scratch_.resize(kEntriesAtOnce, slots);
}

void ArrayEvaluator::run(const std::vector<Stage>& stages, const Vector& input) {
  require_size("input", program_->input_size(), input.size());
  input_ = input.data();
  if (registers_[kInput].size() > 0) registers_[kInput] = input;
  for (const Stage& stage : stages) {
    if (stage.blocked) {
      run_blocked(stage);
    } else {
      run_whole(stage.steps.front());
    }
  }
}

void ArrayEvaluator::bind(Index index, const Vector& constant) {
  const Index place = program_->constants()[at(index)];
  const Index size = program_->size(place);
  if (constant.size() != 1) require_size("a constant", size, constant.size());
  assign(registers_[at(place)], constant, size);
}

const Vector& ArrayEvaluator::output(Index index) const {
  return registers_[at(program_->outputs()[at(index)])];
}

void ArrayEvaluator::run_blocked(const Stage& stage) {
  for (const Index step : stage.steps)
    if (program_->instructions()[at(step)].kind == Kind::sum) registers_[at(step)][0] = 0.0;
  for (Index first = 0; first < stage.size; first += kEntriesAtOnce)
    run_block(stage, first, std::min(kEntriesAtOnce, stage.size - first));
}

void ArrayEvaluator::run_block(const Stage& stage, Index first, Index count) {
  std::array<Operand, kMostOperands> operands{};
  for (const Index step : stage.steps) {
    const Instruction& instruction = program_->instructions()[at(step)];
    const std::size_t arity = std::min(instruction.operands.size(), operands.size());
    for (std::size_t i = 0; i < arity; ++i)
      operands[i] = operand(instruction.operands[i], stage.size, first);
    if (instruction.kind == Kind::sum) {
      registers_[at(step)][0] += Eigen::Map<const Vector>(operands[0].entries, count).sum();
      continue;
    }
    const Index slot = slot_of_[at(step)];
    double* const result =
        slot == kNone ? registers_[at(step)].data() + first : scratch_.col(slot).data();
    instruction.kernel(operands.data(), result, count);
  }
}

Eigen::Map<const Vector> ArrayEvaluator::entries(Index index) const {
  if (index == kInput) return {input_, program_->input_size()};
  return {registers_[at(index)].data(), registers_[at(index)].size()};
}

Operand ArrayEvaluator::operand(Index index, Index size, Index first) const {
  if (slot_of_[at(index)] != kNone) return {scratch_.col(slot_of_[at(index)]).data(), false};
  const auto found = entries(index);
  const bool single = found.size() == 1 && size > 1;
  return {found.data() + (single ? 0 : first), single};
}

void ArrayEvaluator::run_whole(Index index) {
  const Instruction& instruction = program_->instructions()[at(index)];
  const Index width = instruction.width;
  Vector& result = registers_[at(index)];
  const auto first = entries(instruction.operands[0]);
  const Eigen::Map<const Matrix> columns(first.data(), width, first.size() / width);
  switch (instruction.kind) {
  case Kind::sum: result = columns.colwise().sum(); break;
  case Kind::maximum:
    for (Index column = 0; column < columns.cols(); ++column)
      result[column] = columns.col(column).maxCoeff<Eigen::PropagateNaN>();
    break;
  case Kind::prefix_sum:
    for (Index column = 0; column < columns.cols(); ++column)
      std::partial_sum(columns.col(column).begin(), columns.col(column).end(),
                       result.data() + column * width);
    break;
  case Kind::take: result = first(instruction.places); break;
  case Kind::gather: gather(instruction, result); break;
  case Kind::scatter:
  case Kind::scatter_add: write(instruction, result); break;
  default: put(instruction, result);
  }
}

void ArrayEvaluator::gather(const Instruction& instruction, Vector& result) const {
  const auto operand = entries(instruction.operands[0]);
  const auto places = entries(instruction.operands[1]);
  const double outside = entries(instruction.operands[2])[0];
  for (Index i = 0; i < places.size(); ++i) {
    const Index place = place_within(operand.size(), places[i]);
    result[i] = place == kNone ? outside : operand[place];
  }
}

void ArrayEvaluator::write(const Instruction& instruction, Vector& result) const {
  assign(result, entries(instruction.operands[0]), instruction.size);
  const auto values = entries(instruction.operands[1]);
  const auto places = entries(instruction.operands[2]);
  for (Index i = 0; i < places.size(); ++i) {
    const Index place = place_within(result.size(), places[i]);
    if (place == kNone) continue;
    const double value = values[values.size() == 1 ? 0 : i];
    result[place] = instruction.kind == Kind::scatter ? value : result[place] + value;
  }
}

void ArrayEvaluator::put(const Instruction& instruction, Vector& result) {
  assign(result, entries(instruction.operands[0]), instruction.size);
  const auto values = entries(instruction.operands[1]);
  if (values.size() == 1) {
    result(instruction.places).setConstant(values[0]);
  } else {
    result(instruction.places) = values;
  }
}

}  // namespace scope
