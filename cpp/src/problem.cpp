#include "scope/problem.hpp"

#include <algorithm>
#include <utility>

#include "scope/error.hpp"

namespace scope {

Problem::Problem(Groups groups, IndexList preselect)
    : groups_(std::move(groups)),
      preselect_(std::move(preselect)) {
  std::sort(preselect_.begin(), preselect_.end());
  preselect_.erase(std::unique(preselect_.begin(), preselect_.end()), preselect_.end());
  if (preselect_.empty()) return;
  const Index wrong = preselect_.front() < 0 ? preselect_.front() : preselect_.back();
  if (wrong < 0 || wrong >= groups_.count()) {
    throw InvalidArgument("preselect should be between 0 and " + std::to_string(groups_.count()) +
                          ", got " + std::to_string(wrong) + ".");
  }
}

}  // namespace scope
