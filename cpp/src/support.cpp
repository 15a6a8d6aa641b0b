#include "scope/support.hpp"

#include <algorithm>
#include <iterator>
#include <numeric>

namespace scope {

namespace {

template <class Before>
IndexList ranked(IndexList candidates, const Before& before) {
  std::sort(candidates.begin(), candidates.end(), before);
  return candidates;
}

auto by_decreasing(const Vector& scores) {
  return [&scores](Index a, Index b) {
    return scores[a] != scores[b] ? scores[a] > scores[b] : a < b;
  };
}

}  // namespace

IndexList ranked_descending(const IndexList& candidates, const Vector& scores) {
  return ranked(candidates, by_decreasing(scores));
}

IndexList ranked_ascending(const IndexList& candidates, const Vector& scores) {
  return ranked(candidates, [&scores](Index a, Index b) {
    return scores[a] != scores[b] ? scores[a] < scores[b] : a < b;
  });
}

IndexList top_of(IndexList candidates, const Vector& scores, Index count) {
  if (count >= static_cast<Index>(candidates.size())) return candidates;
  std::nth_element(candidates.begin(), candidates.begin() + count, candidates.end(),
                   by_decreasing(scores));
  candidates.resize(static_cast<std::size_t>(count));
  std::sort(candidates.begin(), candidates.end());
  return candidates;
}

IndexList top_groups(const Vector& scores, Index size, const IndexList& forced) {
  IndexList chosen = forced;
  std::sort(chosen.begin(), chosen.end());
  const Index missing = size - static_cast<Index>(chosen.size());
  return unite(chosen, top_of(complement(chosen, scores.size()), scores, missing));
}

IndexList complement(const IndexList& members, Index count) {
  IndexList all(static_cast<std::size_t>(count));
  std::iota(all.begin(), all.end(), Index{0});
  return difference(all, members);
}

IndexList difference(const IndexList& from, const IndexList& removed) {
  IndexList kept;
  kept.reserve(from.size());
  std::set_difference(from.begin(), from.end(), removed.begin(), removed.end(),
                      std::back_inserter(kept));
  return kept;
}

IndexList unite(const IndexList& left, const IndexList& right) {
  IndexList all;
  all.reserve(left.size() + right.size());
  std::set_union(left.begin(), left.end(), right.begin(), right.end(), std::back_inserter(all));
  return all;
}

IndexList exchange(const IndexList& active, IndexList leaving, IndexList entering) {
  std::sort(leaving.begin(), leaving.end());
  std::sort(entering.begin(), entering.end());
  return unite(difference(active, leaving), entering);
}

IndexList positions(const IndexList& members, const IndexList& within) {
  IndexList found;
  found.reserve(members.size());
  std::size_t at = 0;
  for (const Index member : members) {
    while (within[at] != member)
      ++at;
    found.push_back(static_cast<Index>(at));
  }
  return found;
}

Vector transfer(const IndexList& from_variables, const Vector& values,
                const IndexList& to_variables) {
  Vector carried = Vector::Zero(static_cast<Index>(to_variables.size()));
  std::size_t i = 0;
  for (std::size_t j = 0; j < to_variables.size(); ++j) {
    while (i < from_variables.size() && from_variables[i] < to_variables[j])
      ++i;
    if (i < from_variables.size() && from_variables[i] == to_variables[j]) {
      carried[static_cast<Index>(j)] = values[static_cast<Index>(i)];
    }
  }
  return carried;
}

}  // namespace scope
