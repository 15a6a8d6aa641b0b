#include "scope/composite.hpp"

#include <algorithm>

#include "scope/error.hpp"
#include "scope/inner_products.hpp"

namespace scope {

namespace {

/// Most entries that are gathered beside the columns of a support: 16 MB, for which malloc need not
/// ask the system for new pages again and again.
constexpr Index kGatheredEntries = Index{1} << 21;
/// Below this density the zeros of columns are looked for.
constexpr double kSparse = 0.4;

/// By how much a product may fall when others are subtracted from it: so many digits are lost.
constexpr double kCancelled = 100.0;

}  // namespace

class CompositeObjective::CompositeRestriction : public Restriction {
 public:
  CompositeRestriction(CompositeObjective& objective, const IndexList& variables)
      : objective_(objective),
        variables_(variables) {}

  Index dimension() const override { return static_cast<Index>(variables_.size()); }

  double value_and_gradient(const Vector& z, Vector& gradient) override {
    objective_.evaluate_at(variables_, z);
    const Vector& slope = objective_.state_.outer.slope;
    if (const RowPatterns* patterns = objective_.patterns_of(variables_)) {
      gradient = patterns->transposed_product(slope);
    } else {
      objective_.columns_.transposed_product(variables_, slope, gradient);
    }
    return objective_.state_.outer.value;
  }

  bool has_hessian() const override { return true; }

  void hessian(const Vector& z, Matrix& hessian) override {
    ++objective_.evaluations_.hessians;
    if (is_quadratic()) {
      hessian = fixed_gram();
      return;
    }
    objective_.evaluate_at(variables_, z);
    if (const RowPatterns* patterns = objective_.patterns_of(variables_)) {
      hessian = patterns->gram(objective_.state_.outer.weight);
      return;
    }
    const IndexList& places = objective_.columns_.places_of(variables_);
    const CompositeObjective::State& at = objective_.state_;
    objective_.evaluations_.products += (dimension() + 1) / 2;
    hessian = OuterHessian(objective_.outer_, at.eta, at.outer)
                  .gram(objective_.columns_.columns(), places);
  }

  bool is_quadratic() const override { return objective_.outer_.is_quadratic(); }

  void quadratic(QuadraticModel& model) override {
    const Origin& origin = objective_.origin();
    model.constant = origin.value;
    model.linear = origin.gradient(variables_);
    model.hessian = fixed_gram();
  }

  Bounds bounds() const override { return objective_.bounds_; }

 private:
  Matrix fixed_gram() {
    const Origin& origin = objective_.origin();
    if (const RowPatterns* patterns = objective_.patterns_of(variables_)) {
      return patterns->gram(origin.outer.weight);
    }
    const OuterHessian metric(objective_.outer_, origin.eta, origin.outer);
    const auto products = [&](const IndexList& left, const IndexList& right) {
      const Matrix& columns = objective_.columns_.columns();
      objective_.evaluations_.products += static_cast<Index>(right.size());
      return metric.cross(columns, left, columns, right);
    };
    return objective_.gram_.gram(objective_.columns_, variables_, products);
  }

  CompositeObjective& objective_;
  IndexList variables_;
};

CompositeObjective::CompositeObjective(const DesignMatrix& design, OuterFunction& outer,
                                       const Bounds& bounds)
    : design_(design),
      outer_(outer),
      bounds_(bounds),
      columns_(design.rows(), design.cols(),
               [&design](const IndexList& variables, Eigen::Ref<Matrix> gathered) {
                 design.add_columns(variables, gathered);
               }),
      sparse_(design.density() < kSparse && outer.curvature() == OuterCurvature::diagonal) {
  require_size("eta", design.rows(), outer.dimension());
}

void CompositeObjective::evaluate(const Vector& eta, OuterPoint& point) {
  ++evaluations_.gradients;
  outer_.evaluate(eta, point);
  require_size("slope", eta.size(), point.slope.size());
  const bool weighted = outer_.curvature() == OuterCurvature::diagonal ||
                        outer_.curvature() == OuterCurvature::low_rank;
  if (weighted) require_size("weight", eta.size(), point.weight.size());
}

bool CompositeObjective::is_at(const IndexList& variables, const Vector& values) const {
  return known_ && state_.variables == variables && state_.values == values;
}

void CompositeObjective::evaluate_at(const IndexList& variables, const Vector& values) {
  if (is_at(variables, values)) return;
  known_ = false;  // nothing is known while the user's code runs: it may throw
  state_.variables = variables;
  state_.values = values;
  if (patterns_ && patterned_ == variables && patterns_->are_few()) {
    state_.eta = patterns_->product(values);
  } else {  // a single value is not worth looking for patterns
    columns_.product(variables, values, state_.eta);
  }
  state_.transposed = false;
  evaluate(state_.eta, state_.outer);
  known_ = true;
}

double CompositeObjective::value(const IndexList& variables, const Vector& values) {
  if (!is_at(variables, values)) {
    const std::optional<double> alone = outer_.value(trial_product(variables, values));
    if (alone) {
      ++evaluations_.gradients;
      return *alone;
    }
  }
  evaluate_at(variables, values);
  return state_.outer.value;
}

const Vector& CompositeObjective::trial_product(const IndexList& variables, const Vector& values) {
  if (trial_.variables == variables) {
    IndexList changed;
    Vector change(values.size());
    for (Index i = 0; i < values.size(); ++i) {
      if (values[i] == trial_.values[i]) continue;
      change[static_cast<Index>(changed.size())] = values[i] - trial_.values[i];
      changed.push_back(variables[static_cast<std::size_t>(i)]);
    }
    const auto count = static_cast<Index>(changed.size());
    if (2 * count < values.size()) {
      columns_.product(changed, change.head(count), trial_.moved);
      trial_.moved += trial_.eta;
      const double largest = trial_.moved.lpNorm<Eigen::Infinity>();
      if (trial_.eta.lpNorm<Eigen::Infinity>() <= kCancelled * largest) return trial_.moved;
    }
  }
  trial_.variables.clear();  // nothing is known should gathering throw
  columns_.product(variables, values, trial_.eta);
  trial_.variables = variables;
  trial_.values = values;
  return trial_.eta;
}

const CompositeObjective::Origin& CompositeObjective::origin() {
  if (origin_.known) return origin_;
  evaluate_at({}, Vector());
  transpose();
  origin_.value = state_.outer.value;
  origin_.gradient = state_.gradient;
  if (outer_.curvature() == OuterCurvature::products) origin_.eta = state_.eta;
  origin_.outer = state_.outer;
  origin_.outer.slope.resize(0);
  origin_.known = true;
  return origin_;
}

const RowPatterns* CompositeObjective::patterns_of(const IndexList& variables) {
  if (!sparse_) return nullptr;
  if (!patterns_ || patterned_ != variables) {
    const IndexList& places = columns_.places_of(variables);
    numbers_.update(columns_.columns(), places, columns_.versions());
    patterns_ = std::make_unique<RowPatterns>(columns_.columns(), places, numbers_);
    patterned_ = variables;
  }
  return patterns_->are_few() ? patterns_.get() : nullptr;
}

void CompositeObjective::transpose() {
  if (state_.transposed) return;
  state_.gradient.setZero(dimension());
  if (curvature_fixed_) {
    design_.add_transposed_product(state_.outer.slope, state_.gradient);
  } else {
    const Vector diagonal = OuterHessian(outer_, state_.eta, state_.outer).diagonal();
    squares_.setZero(dimension());
    design_.add_transposed_products(state_.outer.slope, diagonal, state_.gradient, squares_);
    curvature_fixed_ = outer_.is_quadratic();
  }
  state_.transposed = true;
}

double CompositeObjective::value_and_gradient(const IndexList& variables, const Vector& values,
                                              Vector& gradient) {
  evaluate_at(variables, values);
  transpose();
  gradient = state_.gradient;
  return state_.outer.value;
}

Matrix CompositeObjective::gathered(const IndexList& variables) const {
  Matrix columns = Matrix::Zero(design_.rows(), static_cast<Index>(variables.size()));
  design_.add_columns(variables, columns);
  return columns;
}

void CompositeObjective::curvature(const IndexList& variables, const Vector& values,
                                   BlockDiagonal& blocks) {
  evaluate_at(variables, values);
  transpose();
  ++evaluations_.curvatures;
  Vector diagonal;
  blocks.fill(squares_, [&](const IndexList& members) -> Matrix {
    if (design_.are_disjoint(members)) return squares_(members).asDiagonal();
    if (diagonal.size() == 0) {
      diagonal = OuterHessian(outer_, state_.eta, state_.outer).diagonal();
    }
    return weighted_gram(columns_of(gathered(members)), diagonal);
  });
}

void CompositeObjective::cross_hessian(const IndexList& variables, const Vector& values,
                                       const IndexList& others, const IndexList& sizes,
                                       Matrix& cross, Matrix& own) {
  evaluate_at(variables, values);
  const Matrix columns = gathered(others);
  const ColumnList active = columns_at(columns_.columns(), columns_.places_of(variables));
  OuterHessian(outer_, state_.eta, state_.outer).cross(active, columns, sizes, cross, own);
  evaluations_.products += columns.cols();
}

Index CompositeObjective::multiplications_per_product() const {
  return outer_.curvature() == OuterCurvature::products ? Objective::multiplications_per_product()
                                                        : std::max<Index>(1, design_.rows());
}

Index CompositeObjective::others_at_once() const {
  return std::clamp<Index>(kGatheredEntries / std::max<Index>(design_.rows(), 1), 1, 64);
}

std::unique_ptr<Restriction> CompositeObjective::restrict_to(const IndexList& variables) {
  return std::make_unique<CompositeRestriction>(*this, variables);
}

}  // namespace scope
