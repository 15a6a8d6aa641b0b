#include "scope/quadratic_form.hpp"

#include <utility>

#include "scope/error.hpp"

namespace scope {

class QuadraticForm::FormRestriction : public Restriction {
 public:
  FormRestriction(QuadraticForm& form, const IndexList& variables)
      : form_(form),
        variables_(variables) {
    model_.constant = form.terms_.constant;
    model_.linear = form.terms_.linear(variables);
    model_.hessian = form.hessian(variables);
  }

  Index dimension() const override { return model_.linear.size(); }

  double value_and_gradient(const Vector& z, Vector& gradient) override {
    ++form_.evaluations_.gradients;
    const Vector curved = model_.hessian * z;
    gradient = model_.linear + curved;
    return model_.constant + (model_.linear + 0.5 * curved).dot(z);
  }

  bool has_hessian() const override { return true; }
  void hessian(const Vector& /*z*/, Matrix& hessian) override {
    ++form_.evaluations_.hessians;
    form_.evaluations_.products += dimension();
    hessian = model_.hessian;
  }

  bool is_quadratic() const override { return true; }
  void quadratic(QuadraticModel& model) override { model = model_; }

 private:
  QuadraticForm& form_;
  IndexList variables_;
  QuadraticModel model_;
};

QuadraticForm::QuadraticForm(const DesignMatrix& matrix, const DesignMatrix& transposed,
                             Terms terms)
    : terms_(std::move(terms)),
      columns_(matrix.rows(), matrix.cols(),
               [&matrix, &transposed](const IndexList& variables, Eigen::Ref<Matrix> gathered) {
                 matrix.add_columns(variables, gathered);
                 transposed.add_columns(variables, gathered);
               }) {
  require_size("linear", matrix.cols(), terms_.linear.size());
  require_size("diagonal", matrix.cols(), terms_.diagonal.size());
  require_size("matrix", matrix.cols(), matrix.rows());
}

Matrix QuadraticForm::hessian(const IndexList& variables) {
  const IndexList& places = columns_.places_of(variables);
  return terms_.scale * columns_.columns()(variables, places);
}

double QuadraticForm::value_and_gradient(const IndexList& variables, const Vector& values,
                                         Vector& gradient) {
  ++evaluations_.gradients;
  Vector curved;
  columns_.product(variables, values, curved);
  curved *= terms_.scale;
  gradient = terms_.linear + curved;
  const Vector mean_slope = terms_.linear + 0.5 * curved;
  return terms_.constant + mean_slope(variables).dot(values);
}

void QuadraticForm::curvature(const IndexList& /*variables*/, const Vector& /*values*/,
                              BlockDiagonal& blocks) {
  ++evaluations_.curvatures;
  blocks.fill(2.0 * terms_.scale * terms_.diagonal,
              [this](const IndexList& members) { return hessian(members); });
}

std::unique_ptr<Restriction> QuadraticForm::restrict_to(const IndexList& variables) {
  return std::make_unique<FormRestriction>(*this, variables);
}

}  // namespace scope
