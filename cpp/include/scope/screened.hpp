#pragma once

#include "scope/decorated.hpp"

namespace scope {

/// An objective with the variables of all groups but some fixed at zero: a function of the others,
/// numbered anew.
class ScreenedObjective : public DecoratedObjective {
 public:
  /// `kept`: the groups that remain, sorted. `objective` must outlive *this.
  /// Throws InvalidArgument when dimensions disagree.
  ScreenedObjective(Objective& objective, Groups groups, IndexList kept);

  Index dimension() const override { return static_cast<Index>(variables_.size()); }
  double value_and_gradient(const IndexList& variables, const Vector& values,
                            Vector& gradient) override;
  void curvature(const IndexList& variables, const Vector& values, BlockDiagonal& blocks) override;
  std::unique_ptr<Restriction> restrict_to(const IndexList& variables) override;
  void cross_hessian(const IndexList& variables, const Vector& values, const IndexList& others,
                     const IndexList& sizes, Matrix& cross, Matrix& own) override;

 private:
  IndexList original(const IndexList& variables) const;

  Groups groups_;        ///< of all variables
  IndexList kept_;       ///< groups
  IndexList variables_;  ///< their variables
};

}  // namespace scope
