#include "scope/program_function.hpp"

#include <cmath>
#include <utility>

#include "scope/error.hpp"

namespace scope {

namespace {

/// Outputs before those that the curvature needs: value and slope.
constexpr Index kFirstOrder = 2;

}  // namespace

ProgramFunction::ProgramFunction(std::shared_ptr<const ArrayProgram> program,
                                 std::vector<Vector> constants, Traits traits,
                                 std::optional<HessianProduct> product)
    : evaluator_(std::move(program), std::move(constants)),
      traits_(std::move(traits)) {
  const bool by_products =
      traits_.curvature == OuterCurvature::products || traits_.curvature == OuterCurvature::blocks;
  if (product.has_value() != by_products) {
    throw InvalidArgument("product should be given where the curvature is products or blocks.");
  }
  const SampleTable& table = traits_.samples;
  if (table.size() > 0 && (table.minCoeff() < 0 || table.maxCoeff() >= dimension())) {
    throw InvalidArgument("samples should be places of entries of g's argument.");
  }
  if (product) take_product(*std::move(product));
  require_outputs();
}

void ProgramFunction::require_outputs() const {
  const ArrayProgram& program = evaluator_.program();
  const IndexList& outputs = program.outputs();
  Index expected = kFirstOrder + static_cast<Index>(carried_.size());
  if (traits_.curvature == OuterCurvature::diagonal) expected = 3;
  if (traits_.curvature == OuterCurvature::low_rank) expected = 5;
  require_size("outputs", expected, static_cast<Index>(outputs.size()));
  require_size("value", 1, program.size(outputs[0]));
  const std::size_t last_of_rows = product_ ? 1 : 2;
  for (std::size_t i = 1; i <= last_of_rows; ++i) {
    const Index size = program.size(outputs[i]);
    if (size != 1) require_size("slope and curvature", dimension(), size);
  }
}

void ProgramFunction::take_product(HessianProduct product) {
  const ArrayProgram& program = *product.program;
  require_size("input of the product", dimension(), program.input_size());
  require_size("outputs of the product", 1, static_cast<Index>(program.outputs().size()));
  require_size("constants of the product", static_cast<Index>(program.constants().size()),
               static_cast<Index>(product.constants.size()));
  for (const Index index : product.carried) {
    const auto place = static_cast<std::size_t>(index);
    if (index < 0 || place >= product.constants.size()) {
      throw InvalidArgument("carried should be places of constants.");
    }
    product.constants[place].setZero(program.size(program.constants()[place]));
  }
  carried_ = std::move(product.carried);
  product_ =
      std::make_unique<ArrayEvaluator>(std::move(product.program), std::move(product.constants));
}

bool ProgramFunction::is_complete_at(const Vector& eta) const {
  return complete_ && point_.size() == eta.size() && point_ == eta;
}

void ProgramFunction::run_at(const Vector& eta) {
  if (is_complete_at(eta)) return;
  complete_ = false;
  evaluator_.run(eta);
  if (!product_) return;
  for (std::size_t i = 0; i < carried_.size(); ++i)
    product_->bind(carried_[i], evaluator_.output(kFirstOrder + static_cast<Index>(i)));
  point_ = eta;
  complete_ = true;
}

void ProgramFunction::evaluate(const Vector& eta, OuterPoint& point) {
  run_at(eta);
  point.value = evaluator_.output(0)[0];
  assign(point.slope, evaluator_.output(1), dimension());
  if (traits_.curvature == OuterCurvature::blocks) find_blocks(eta, point.blocks);
  if (product_) return;
  assign(point.weight, evaluator_.output(2), dimension());
  if (traits_.curvature != OuterCurvature::low_rank) return;
  const Vector& core = evaluator_.output(4);
  const auto rank = static_cast<Index>(std::lround(std::sqrt(static_cast<double>(core.size()))));
  Vector factors;
  assign(factors, evaluator_.output(3), dimension() * rank);
  point.factors = Eigen::Map<const Matrix>(factors.data(), rank, dimension()).transpose();
  point.core = Eigen::Map<const Matrix>(core.data(), rank, rank);
}

std::optional<double> ProgramFunction::value(const Vector& eta) {
  if (!is_complete_at(eta)) {
    complete_ = false;
    evaluator_.run_first(eta);
  }
  return evaluator_.output(0)[0];
}

void ProgramFunction::hessian_products(const Vector& eta, const Matrix& directions,
                                       Matrix& products) {
  run_at(eta);
  products.resize(directions.rows(), directions.cols());
  for (Index column = 0; column < directions.cols(); ++column) {
    direction_ = directions.col(column);
    product_->run(direction_);
    assign(along_, product_->output(0), dimension());
    products.col(column) = along_;
  }
}

void ProgramFunction::find_blocks(const Vector& eta, Matrix& blocks) {
  const SampleTable& table = traits_.samples;
  const Index width = table.rows();
  Matrix ones = Matrix::Zero(dimension(), width);
  for (Index entry = 0; entry < width; ++entry)
    ones.col(entry)(table.row(entry)).setOnes();
  Matrix products;
  hessian_products(eta, ones, products);
  blocks.resize(width * width, table.cols());
  for (Index sample = 0; sample < table.cols(); ++sample)
    blocks.col(sample) = products(table.col(sample), Eigen::all).reshaped();
}

}  // namespace scope
