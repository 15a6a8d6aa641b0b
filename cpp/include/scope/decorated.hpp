#pragma once

#include "scope/objective.hpp"

namespace scope {

/// An objective made of another, with which it shares all that says how it is best asked.
class DecoratedObjective : public Objective {
 public:
  bool has_curvature() const override { return objective_.has_curvature(); }
  Index others_at_once() const override { return objective_.others_at_once(); }
  Index multiplications_per_product() const override {
    return objective_.multiplications_per_product();
  }
  Bounds bounds() const override { return objective_.bounds(); }
  const Evaluations& evaluations() const override { return objective_.evaluations(); }

 protected:
  /// `objective` must outlive *this.
  explicit DecoratedObjective(Objective& objective) : objective_(objective) {}

  Objective& objective_;
};

}  // namespace scope
