#include "scope/composite.hpp"

#include <algorithm>
#include <cmath>

#include "scope/error.hpp"

namespace scope {

class CompositeObjective::CompositeRestriction : public Restriction {
 public:
  CompositeRestriction(CompositeObjective& objective, const IndexList& variables)
      : objective_(objective),
        variables_(variables) {}

  Index dimension() const override { return static_cast<Index>(variables_.size()); }

  double value_and_gradient(const Vector& z, Vector& gradient) override {
    objective_.evaluate_at(variables_, z);
    gradient.noalias() = objective_.gathered(variables_).transpose() * objective_.state_.slope;
    return objective_.state_.value;
  }

  bool has_hessian() const override { return objective_.has_curvature(); }

  void hessian(const Vector& z, Matrix& hessian) override {
    objective_.evaluate_at(variables_, z);
    ++objective_.evaluations_.hessians;
    const Matrix& columns = objective_.gathered(variables_);
    Matrix weighted;
    if (objective_.outer_.has_diagonal_hessian()) {
      weighted.noalias() = objective_.state_.weight.asDiagonal() * columns;
    } else {
      objective_.outer_.hessian_products(objective_.state_.eta, columns, weighted);
    }
    hessian.resize(dimension(), dimension());
    hessian.triangularView<Eigen::Lower>() = columns.transpose() * weighted;
    hessian.triangularView<Eigen::StrictlyUpper>() = hessian.transpose();
  }

 private:
  CompositeObjective& objective_;
  IndexList variables_;
};

CompositeObjective::CompositeObjective(const DesignMatrix& design, OuterFunction& outer)
    : design_(design),
      outer_(outer) {
  require_size("eta", design.rows(), outer.dimension());
}

const Matrix& CompositeObjective::gathered(const IndexList& variables) {
  if (gathered_variables_ == variables && gathered_.rows() == design_.rows()) return gathered_;
  Matrix columns = Matrix::Zero(design_.rows(), static_cast<Index>(variables.size()));
  // Columns that the last support had already are moved, only newcomers are gathered.
  IndexList fresh;
  IndexList fresh_positions;
  std::size_t old = 0;
  for (std::size_t k = 0; k < variables.size(); ++k) {
    while (old < gathered_variables_.size() && gathered_variables_[old] < variables[k])
      ++old;
    if (old < gathered_variables_.size() && gathered_variables_[old] == variables[k]) {
      columns.col(static_cast<Index>(k)) = gathered_.col(static_cast<Index>(old));
    } else {
      fresh.push_back(variables[k]);
      fresh_positions.push_back(static_cast<Index>(k));
    }
  }
  if (!fresh.empty()) {
    Matrix newcomers = Matrix::Zero(design_.rows(), static_cast<Index>(fresh.size()));
    design_.add_columns(fresh, newcomers);
    for (std::size_t k = 0; k < fresh.size(); ++k) {
      columns.col(fresh_positions[k]) = newcomers.col(static_cast<Index>(k));
    }
  }
  gathered_ = std::move(columns);
  gathered_variables_ = variables;
  return gathered_;
}

void CompositeObjective::evaluate_at(const IndexList& variables, const Vector& values) {
  if (known_ && state_.variables == variables && state_.values == values) return;
  known_ = false;  // nothing is known while the user's code runs: it may throw
  state_.variables = variables;
  state_.values = values;
  state_.eta.noalias() = gathered(variables) * values;
  state_.transposed = false;
  ++evaluations_.gradients;
  state_.value = outer_.evaluate(state_.eta, state_.slope, state_.weight);
  require_size("slope", design_.rows(), state_.slope.size());
  if (outer_.has_diagonal_hessian()) require_size("weight", design_.rows(), state_.weight.size());
  known_ = true;
}

Vector CompositeObjective::mean_curvature() {
  const Index rows = design_.rows();
  Matrix probe(rows, 1);
  unsigned state = 1;
  for (Index i = 0; i < rows; ++i) {
    state = state * 1664525U + 1013904223U;  // any fixed signs without a pattern
    probe(i, 0) = (state >> 31) == 0U ? 1.0 : -1.0;
  }
  Matrix product;
  outer_.hessian_products(state_.eta, probe, product);
  const double mean = std::abs(probe.col(0).dot(product.col(0))) / static_cast<double>(rows);
  return Vector::Constant(rows, std::isfinite(mean) && mean > 0.0 ? mean : 1.0);
}

void CompositeObjective::transpose() {
  if (state_.transposed) return;
  state_.gradient.setZero(dimension());
  if (has_curvature()) {
    if (!outer_.has_diagonal_hessian()) state_.weight = mean_curvature();
    state_.squares.setZero(dimension());
    design_.add_transposed_products(state_.slope, state_.weight, state_.gradient, state_.squares);
  } else {
    design_.add_transposed_product(state_.slope, state_.gradient);
  }
  state_.transposed = true;
}

double CompositeObjective::value_and_gradient(const IndexList& variables, const Vector& values,
                                              Vector& gradient) {
  evaluate_at(variables, values);
  transpose();
  gradient = state_.gradient;
  return state_.value;
}

void CompositeObjective::curvature(const IndexList& variables, const Vector& values,
                                   BlockDiagonal& blocks) {
  evaluate_at(variables, values);
  transpose();
  ++evaluations_.curvatures;
  const Groups& groups = blocks.groups();
  for (Index group = 0; group < groups.count(); ++group) {
    const Index size = groups.size(group);
    auto storage = blocks.values().segment(groups.block_start(group), size * size);
    if (size == 1) {
      storage[0] = state_.squares[groups.start(group)];
      continue;
    }
    const IndexList members = groups.variables_of({group});
    Matrix columns = Matrix::Zero(design_.rows(), size);
    design_.add_columns(members, columns);
    const Matrix weighted = state_.weight.asDiagonal() * columns;
    Eigen::Map<Matrix>(storage.data(), size, size).noalias() = columns.transpose() * weighted;
  }
}

std::unique_ptr<Restriction> CompositeObjective::restrict_to(const IndexList& variables) {
  return std::make_unique<CompositeRestriction>(*this, variables);
}

}  // namespace scope
