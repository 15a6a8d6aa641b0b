#pragma once

#include <algorithm>
#include <future>
#include <vector>

#include "scope/types.hpp"

namespace scope {

/// Cuts 0..count into at most `threads` ranges that begin at multiples of `grain` and calls
/// `body(first, last)` for each, at the same time; the calling thread takes the first.
///
/// Returns or throws when all have ended; of several exceptions the one of the first range is
/// thrown. With one thread or one range nothing is started.
template <class Body>
void parallel_for(Index count, Index grain, Index threads, const Body& body) {
  const Index grains = (count + grain - 1) / grain;
  const Index parts = std::max<Index>(1, std::min(threads, grains));
  const auto bound = [&](Index part) { return std::min(count, grains * part / parts * grain); };
  // The destructor of such a future waits: no range outlives this call, whoever throws.
  std::vector<std::future<void>> others;
  for (Index part = 1; part < parts; ++part) {
    others.push_back(
        std::async(std::launch::async, [&, part] { body(bound(part), bound(part + 1)); }));
  }
  body(Index{0}, bound(1));
  for (std::future<void>& other : others)
    other.get();
}

}  // namespace scope
