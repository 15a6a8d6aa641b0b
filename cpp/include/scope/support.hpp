#pragma once

#include <vector>

#include "scope/types.hpp"

namespace scope {

/// Pure algebra on sets of groups. A support is a sorted list without duplicates.
/// Ties are broken by index everywhere: the smaller index ranks first.

/// Members of `candidates` ordered by decreasing `scores`. O(m log m).
IndexList ranked_descending(const IndexList& candidates, const Vector& scores);

/// Members of `candidates` ordered by increasing `scores`. O(m log m).
IndexList ranked_ascending(const IndexList& candidates, const Vector& scores);

/// The `count` members of largest score, or all; sorted by index. O(m + count log count).
/// Precondition: `candidates` is sorted.
IndexList top_of(IndexList candidates, const Vector& scores, Index count);

/// The `size` groups of largest score, all of `forced` included; sorted by index.
/// Precondition: forced.size() <= size <= scores.size().
IndexList top_groups(const Vector& scores, Index size, const IndexList& forced);

/// 0..count-1 without `members`. Precondition: `members` is sorted.
IndexList complement(const IndexList& members, Index count);

/// Sorted `from` without sorted `removed`.
IndexList difference(const IndexList& from, const IndexList& removed);

/// Sorted union.
IndexList unite(const IndexList& left, const IndexList& right);

/// Replaces `leaving` by `entering` in `active`; all sorted on return.
IndexList exchange(const IndexList& active, IndexList leaving, IndexList entering);

/// Places of `members` in `within`. Precondition: both are sorted, and all members are there.
IndexList positions(const IndexList& members, const IndexList& within);

/// Values on `from_variables` carried over to `to_variables`; new variables start at zero.
/// Precondition: both lists are sorted.
Vector transfer(const IndexList& from_variables, const Vector& values,
                const IndexList& to_variables);

}  // namespace scope
