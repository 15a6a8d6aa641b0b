#pragma once

#include <algorithm>

#include "scope/types.hpp"

namespace scope {

/// Calls `body(first, count)` for blocks of at most `most` rows, one after the other.
template <class Body>
void for_row_blocks(Index rows, Index most, const Body& body) {
  for (Index first = 0; first < rows; first += most)
    body(first, std::min(most, rows - first));
}

}  // namespace scope
