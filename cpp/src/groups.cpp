#include "scope/groups.hpp"

#include <numeric>
#include <utility>

#include "scope/error.hpp"

namespace scope {

Groups::Groups(IndexList starts) : starts_(std::move(starts)) {
  block_starts_.reserve(starts_.size());
  block_starts_.push_back(0);
  for (Index group = 0; group < count(); ++group) {
    block_starts_.push_back(block_starts_.back() + size(group) * size(group));
  }
}

Groups Groups::singletons(Index dimension) {
  if (dimension < 1) throw InvalidArgument("dimensionality should be positive.");
  IndexList starts(static_cast<std::size_t>(dimension) + 1);
  std::iota(starts.begin(), starts.end(), Index{0});
  return Groups(std::move(starts));
}

Groups Groups::from_labels(const IndexList& labels) {
  if (labels.empty() || labels.front() != 0) throw InvalidArgument("group should start from 0.");
  IndexList starts{0};
  for (std::size_t j = 1; j < labels.size(); ++j) {
    const Index rise = labels[j] - labels[j - 1];
    if (rise < 0 || rise > 1) {
      throw InvalidArgument("group should be non-decreasing without gaps; labels " +
                            std::to_string(labels[j - 1]) + " and " + std::to_string(labels[j]) +
                            " are adjacent.");
    }
    if (rise == 1) starts.push_back(static_cast<Index>(j));
  }
  starts.push_back(static_cast<Index>(labels.size()));
  return Groups(std::move(starts));
}

IndexList Groups::variables_of(const IndexList& active) const {
  IndexList variables;
  for (const Index group : active) {
    for (Index j = start(group); j < start(group + 1); ++j)
      variables.push_back(j);
  }
  return variables;
}

}  // namespace scope
