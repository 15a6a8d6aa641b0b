#pragma once

#include "scope/types.hpp"

namespace scope {

/// A partition of the variables 0..p-1 into consecutive groups 0..q-1. Immutable.
class Groups {
 public:
  /// Every variable is a group of its own.
  static Groups singletons(Index dimension);

  /// `labels[j]` is the group of variable j: non-decreasing from 0 without gaps.
  /// Throws InvalidArgument otherwise.
  static Groups from_labels(const IndexList& labels);

  Index count() const { return static_cast<Index>(starts_.size()) - 1; }
  Index dimension() const { return starts_.back(); }
  Index start(Index group) const { return starts_[static_cast<std::size_t>(group)]; }
  Index size(Index group) const { return start(group + 1) - start(group); }

  /// Where the block of `group` begins in a BlockDiagonal's storage.
  Index block_start(Index group) const { return block_starts_[static_cast<std::size_t>(group)]; }
  Index block_storage() const { return block_starts_.back(); }

  /// The variables of `active` groups, in the order of the groups given.
  IndexList variables_of(const IndexList& active) const;

 private:
  explicit Groups(IndexList starts);

  IndexList starts_;
  IndexList block_starts_;
};

/// The diagonal blocks, one a group, of a symmetric p x p matrix; p numbers for singletons.
class BlockDiagonal {
 public:
  /// `groups` must outlive *this.
  explicit BlockDiagonal(Groups&& groups) = delete;
  explicit BlockDiagonal(const Groups& groups)
      : groups_(&groups),
        values_(Vector::Zero(groups.block_storage())) {}

  Eigen::Map<const Matrix> block(Index group) const {
    const Index size = groups_->size(group);
    return {values_.data() + groups_->block_start(group), size, size};
  }

  const Groups& groups() const { return *groups_; }

  /// Sets all blocks: those of single variables from `diagonal` (length p), a block of several
  /// to `block_of(variables)`.
  template <class BlockOf>
  void fill(const Vector& diagonal, BlockOf block_of) {
    for (Index group = 0; group < groups_->count(); ++group) {
      const Index size = groups_->size(group);
      double* block = values_.data() + groups_->block_start(group);
      if (size == 1) {
        *block = diagonal[groups_->start(group)];
      } else {
        Eigen::Map<Matrix>(block, size, size) = block_of(groups_->variables_of({group}));
      }
    }
  }

  /// Blocks one after another, each column-major (symmetric, so row-major as well).
  Vector& values() { return values_; }
  const Vector& values() const { return values_; }

 private:
  const Groups* groups_;
  Vector values_;
};

}  // namespace scope
