#include "scope/error.hpp"

namespace scope {

void require_size(const std::string& name, Index expected, Index got) {
  if (expected == got) return;
  throw InvalidArgument(name + " should have " + std::to_string(expected) + " entries, got " +
                        std::to_string(got) + ".");
}

}  // namespace scope
