#pragma once

#include "scope/groups.hpp"

namespace scope {

/// What is selected: groups of variables, some of which are in every support. Immutable.
class Problem {
 public:
  /// `preselect`: groups forced into the support. Throws InvalidArgument when out of range.
  Problem(Groups groups, IndexList preselect);

  const Groups& groups() const { return groups_; }
  const IndexList& preselect() const { return preselect_; }  ///< sorted, unique

 private:
  Groups groups_;
  IndexList preselect_;
};

}  // namespace scope
