#pragma once

#include <algorithm>

#include "scope/types.hpp"

namespace scope {

/// Rows whose entries in some tens of columns stay in the second-level cache.
constexpr Index kRowBlock = 1024;

/// Calls `body(first, count)` for blocks of rows, one after the other.
template <class Body>
void for_row_blocks(Index rows, const Body& body) {
  for (Index first = 0; first < rows; first += kRowBlock)
    body(first, std::min(kRowBlock, rows - first));
}

}  // namespace scope
