#include "scope/black_box.hpp"

#include <limits>

#include "scope/error.hpp"

namespace scope {

namespace {

Vector embed(const IndexList& variables, const Vector& values, Index dimension) {
  Vector point = Vector::Zero(dimension);
  for (std::size_t i = 0; i < variables.size(); ++i) {
    point[variables[i]] = values[static_cast<Index>(i)];
  }
  return point;
}

}  // namespace

class BlackBoxObjective::BlackBoxRestriction : public Restriction {
 public:
  BlackBoxRestriction(BlackBoxObjective& objective, const IndexList& variables)
      : objective_(objective),
        variables_(variables) {}

  Index dimension() const override { return static_cast<Index>(variables_.size()); }

  double value_and_gradient(const Vector& z, Vector& gradient) override {
    objective_.evaluate_at(variables_, z);
    gradient.resize(dimension());
    for (Index i = 0; i < dimension(); ++i) {
      gradient[i] = objective_.gradient_[variables_[static_cast<std::size_t>(i)]];
    }
    return objective_.value_;
  }

  bool has_hessian() const override { return objective_.function_.has_hessian(); }

  void hessian(const Vector& z, Matrix& hessian) override {
    ++objective_.evaluations_.hessians;
    objective_.evaluations_.products += dimension();
    objective_.function_.hessian(embed(variables_, z, objective_.dimension()), variables_, hessian);
    if (hessian.rows() != dimension() || hessian.cols() != dimension()) {
      require_size("hessian", dimension() * dimension(), hessian.size());
    }
  }

 private:
  BlackBoxObjective& objective_;
  IndexList variables_;
};

void BlackBoxObjective::evaluate_at(const IndexList& variables, const Vector& values) {
  Vector point = embed(variables, values, dimension());
  if (point_.size() == point.size() && point_ == point) return;
  point_.resize(0);  // nothing is known while the user's code runs: it may throw
  ++evaluations_.gradients;
  value_ = function_.value_and_gradient(point, gradient_);
  require_size("gradient", dimension(), gradient_.size());
  point_ = std::move(point);
}

double BlackBoxObjective::value_and_gradient(const IndexList& variables, const Vector& values,
                                             Vector& gradient) {
  evaluate_at(variables, values);
  gradient = gradient_;
  return value_;
}

void BlackBoxObjective::curvature(const IndexList& variables, const Vector& values,
                                  BlockDiagonal& blocks) {
  ++evaluations_.curvatures;
  const Index expected = blocks.values().size();
  function_.curvature(embed(variables, values, dimension()), blocks.values());
  require_size("curvature", expected, blocks.values().size());
}

std::unique_ptr<Restriction> BlackBoxObjective::restrict_to(const IndexList& variables) {
  return std::make_unique<BlackBoxRestriction>(*this, variables);
}

}  // namespace scope
