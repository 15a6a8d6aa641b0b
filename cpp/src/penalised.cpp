#include "scope/penalised.hpp"

#include <utility>

#include "scope/error.hpp"

namespace scope {

QuadraticPenalty::QuadraticPenalty(double constant, Vector slope, Vector curvature)
    : constant_(constant),
      slope_(std::move(slope)),
      curvature_(std::move(curvature)) {
  require_size("curvature", slope_.size(), curvature_.size());
}

double QuadraticPenalty::evaluate(const IndexList& variables, const Vector& values, Vector& slope,
                                  Vector& curvature) {
  curvature = curvature_(variables);
  const Vector curved = curvature.cwiseProduct(values);
  const Vector at_zero = slope_(variables);
  slope = at_zero + curved;
  return constant_ + (at_zero + 0.5 * curved).dot(values);
}

class PenalisedObjective::PenalisedRestriction : public Restriction {
 public:
  PenalisedRestriction(std::unique_ptr<Restriction> restriction, SeparableFunction& penalty,
                       const IndexList& variables)
      : restriction_(std::move(restriction)),
        penalty_(penalty),
        variables_(variables) {}

  Index dimension() const override { return restriction_->dimension(); }

  double value_and_gradient(const Vector& z, Vector& gradient) override {
    Vector slope;
    const double value = penalty_.evaluate(variables_, z, slope, curvature_);
    at_ = z;
    const double total = restriction_->value_and_gradient(z, gradient) + value;
    gradient += slope;
    return total;
  }

  bool has_hessian() const override { return restriction_->has_hessian(); }

  void hessian(const Vector& z, Matrix& hessian) override {
    if (at_.size() != z.size() || at_ != z) {
      Vector slope;
      penalty_.evaluate(variables_, z, slope, curvature_);
      at_ = z;
    }
    restriction_->hessian(z, hessian);
    hessian.diagonal() += curvature_;
  }

  bool is_quadratic() const override {
    return restriction_->is_quadratic() && penalty_.is_quadratic();
  }

  void quadratic(QuadraticModel& model) override {
    restriction_->quadratic(model);
    Vector slope;
    Vector curvature;
    model.constant += penalty_.evaluate(variables_, Vector::Zero(dimension()), slope, curvature);
    model.linear += slope;
    model.hessian.diagonal() += curvature;
  }

  Bounds bounds() const override { return restriction_->bounds(); }

 private:
  std::unique_ptr<Restriction> restriction_;
  SeparableFunction& penalty_;
  IndexList variables_;
  Vector at_;
  Vector curvature_;
};

PenalisedObjective::PenalisedObjective(Objective& objective, SeparableFunction& penalty)
    : DecoratedObjective(objective),
      penalty_(penalty) {
  require_size("penalty", objective.dimension(), penalty.dimension());
}

double PenalisedObjective::value_and_gradient(const IndexList& variables, const Vector& values,
                                              Vector& gradient) {
  Vector slope;
  Vector curvature;
  const double value = penalty_.evaluate(variables, values, slope, curvature) +
                       objective_.value_and_gradient(variables, values, gradient);
  const Vector on_support = gradient(variables) + slope;
  gradient += penalty_.slope_at_zero();
  gradient(variables) = on_support;
  return value;
}

void PenalisedObjective::curvature(const IndexList& variables, const Vector& values,
                                   BlockDiagonal& blocks) {
  objective_.curvature(variables, values, blocks);
  Vector slope;
  Vector on_support;
  penalty_.evaluate(variables, values, slope, on_support);
  Vector diagonal = penalty_.curvature_at_zero();
  diagonal(variables) = on_support;
  const Groups& groups = blocks.groups();
  for (Index group = 0; group < groups.count(); ++group) {
    const Index size = groups.size(group);
    for (Index k = 0; k < size; ++k) {
      blocks.values()[groups.block_start(group) + k * (size + 1)] +=
          diagonal[groups.start(group) + k];
    }
  }
}

void PenalisedObjective::cross_hessian(const IndexList& variables, const Vector& values,
                                       const IndexList& others, const IndexList& sizes,
                                       Matrix& cross, Matrix& own) {
  objective_.cross_hessian(variables, values, others, sizes, cross, own);
  own.diagonal() += penalty_.curvature_at_zero()(others);
}

std::unique_ptr<Restriction> PenalisedObjective::restrict_to(const IndexList& variables) {
  return std::make_unique<PenalisedRestriction>(objective_.restrict_to(variables), penalty_,
                                                variables);
}

}  // namespace scope
