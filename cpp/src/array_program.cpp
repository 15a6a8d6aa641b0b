#include "scope/array_program.hpp"

#include <algorithm>
#include <utility>

#include "scope/error.hpp"

namespace scope {

namespace {

void require(bool fits, const char* message) {
  if (!fits) throw InvalidArgument(message);
}

bool lie_below(const IndexList& places, Index size) {
  return std::all_of(places.begin(), places.end(),
                     [size](Index place) { return place >= 0 && place < size; });
}

}  // namespace

ArrayProgram::ArrayProgram(Index input_size) {
  require(input_size > 0, "input_size should be positive.");
  append(Kind::input, {}, input_size);
}

Index ArrayProgram::constant(Index size) {
  require(size > 0, "a constant should have entries.");
  constants_.push_back(append(Kind::constant, {}, size));
  return constants_.back();
}

Index ArrayProgram::entrywise(const std::string& operation, const IndexList& operands) {
  const auto found = kernels().find(operation);
  require(found != kernels().end(), "operation should be one of kernels().");
  require(static_cast<Index>(operands.size()) == found->second.arity,
          "operands should be as many as the operation takes.");
  Index entries = 1;
  for (const Index operand : operands)
    entries = std::max(entries, size(operand));
  for (const Index operand : operands)
    require(size(operand) == 1 || size(operand) == entries, "operands should have one size.");
  return append(Kind::entrywise, operands, entries, {}, found->second.versions.front());
}

Index ArrayProgram::sum(Index operand, Index width) {
  require_divides(width, operand);
  return append(Kind::sum, {operand}, size(operand) / width, {}, nullptr, width);
}

Index ArrayProgram::maximum(Index operand, Index width) {
  require_divides(width, operand);
  return append(Kind::maximum, {operand}, size(operand) / width, {}, nullptr, width);
}

Index ArrayProgram::prefix_sum(Index operand, Index width) {
  require_divides(width, operand);
  return append(Kind::prefix_sum, {operand}, size(operand), {}, nullptr, width);
}

Index ArrayProgram::take(Index operand, IndexList places) {
  require(!places.empty() && lie_below(places, size(operand)),
          "places should be such of the operand.");
  const auto count = static_cast<Index>(places.size());
  return append(Kind::take, {operand}, count, std::move(places));
}

Index ArrayProgram::put(Index base, Index size, Index values, IndexList places) {
  const auto count = static_cast<Index>(places.size());
  require(this->size(base) == 1 || this->size(base) == size, "base should have the size given.");
  require(this->size(values) == 1 || this->size(values) == count,
          "values should be as many as places.");
  require(size > 0 && lie_below(places, size), "places should be such of the result.");
  return append(Kind::put, {base, values}, size, std::move(places));
}

Index ArrayProgram::gather(Index operand, Index places, Index outside) {
  size(operand);
  require(size(outside) == 1, "outside should be a single number.");
  return append(Kind::gather, {operand, places, outside}, size(places));
}

Index ArrayProgram::scatter_add(Index base, Index size, Index values, Index places) {
  return write(Kind::scatter_add, base, size, values, places);
}

Index ArrayProgram::scatter(Index base, Index size, Index values, Index places) {
  return write(Kind::scatter, base, size, values, places);
}

Index ArrayProgram::write(Kind kind, Index base, Index size, Index values, Index places) {
  require(this->size(base) == 1 || this->size(base) == size, "base should have the size given.");
  require(this->size(values) == 1 || this->size(values) == this->size(places),
          "values should be as many as places.");
  require(size > 0, "size should be positive.");
  return append(kind, {base, values, places}, size);
}

void ArrayProgram::output(Index index) {
  size(index);
  outputs_.push_back(index);
}

Index ArrayProgram::size(Index index) const {
  require(index >= 0 && index < static_cast<Index>(instructions_.size()),
          "an operand should be an earlier result.");
  return instructions_[static_cast<std::size_t>(index)].size;
}

void ArrayProgram::require_divides(Index width, Index operand) const {
  require(width > 0 && size(operand) % width == 0, "width should divide the size of the operand.");
}

Index ArrayProgram::append(Kind kind, IndexList operands, Index size, IndexList places,
                           Kernel kernel, Index width) {
  instructions_.push_back({kind, std::move(operands), size, std::move(places), kernel, width});
  return static_cast<Index>(instructions_.size()) - 1;
}

}  // namespace scope
