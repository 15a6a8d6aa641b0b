#include <algorithm>
#include <set>
#include <utility>

#include "scope/operators.hpp"

namespace scope {

namespace {

using Strided = Eigen::Map<Vector, 0, Eigen::InnerStride<>>;
using ConstStrided = Eigen::Map<const Vector, 0, Eigen::InnerStride<>>;

class Kronecker : public DesignMatrix {
 public:
  Kronecker(Index left, std::shared_ptr<const DesignMatrix> block, Index right)
      : rows_(product_of_sizes({left, block->rows(), right})),
        cols_(product_of_sizes({left, block->cols(), right})),
        pieces_(cols_ == 0 ? 0 : product_of_sizes({left, right})),
        right_(right),
        block_(std::move(block)) {}

  Index rows() const override { return rows_; }
  Index cols() const override { return cols_; }
  bool are_disjoint(const IndexList& variables) const override {
    std::set<std::pair<Index, Index>> pieces;
    for (const Index variable : variables) {
      pieces.insert({variable / (block_->cols() * right_), variable % right_});
    }
    return pieces.size() == variables.size();
  }
  double density() const override {
    return pieces_ > 0 ? block_->density() / static_cast<double>(pieces_) : 1.0;
  }

  void add_columns(const IndexList& variables, Eigen::Ref<Matrix> gathered) const override;

  void add_transposed_product(const Eigen::Ref<const Vector>& slope,
                              Eigen::Ref<Vector> gradient) const override {
    Vector slopes(block_->rows());
    Vector sums(block_->cols());
    for (Index piece = 0; piece < pieces_; ++piece) {
      slopes = rows_of(piece, slope);
      sums.setZero();
      block_->add_transposed_product(slopes, sums);
      cols_of(piece, gradient) += sums;
    }
  }

  void add_transposed_products(const Eigen::Ref<const Vector>& slope,
                               const Eigen::Ref<const Vector>& weight, Eigen::Ref<Vector> gradient,
                               Eigen::Ref<Vector> squares) const override {
    Vector slopes(block_->rows());
    Vector weights(block_->rows());
    Vector sums(block_->cols());
    Vector square_sums(block_->cols());
    for (Index piece = 0; piece < pieces_; ++piece) {
      slopes = rows_of(piece, slope);
      weights = rows_of(piece, weight);
      sums.setZero();
      square_sums.setZero();
      block_->add_transposed_products(slopes, weights, sums, square_sums);
      cols_of(piece, gradient) += sums;
      cols_of(piece, squares) += square_sums;
    }
  }

 private:
  /// Where the rows or columns of piece l * right + r begin; they are `right` apart.
  Index first_of(Index piece, Index size) const {
    return piece / right_ * size * right_ + piece % right_;
  }

  ConstStrided rows_of(Index piece, const Eigen::Ref<const Vector>& whole) const {
    const Index size = block_->rows();
    return {whole.data() + first_of(piece, size), size, Eigen::InnerStride<>(right_)};
  }

  Strided cols_of(Index piece, Eigen::Ref<Vector>& whole) const {
    const Index size = block_->cols();
    return {whole.data() + first_of(piece, size), size, Eigen::InnerStride<>(right_)};
  }

  Index rows_;
  Index cols_;
  Index pieces_;
  Index right_;
  std::shared_ptr<const DesignMatrix> block_;
};

void Kronecker::add_columns(const IndexList& variables, Eigen::Ref<Matrix> gathered) const {
  struct Wanted {
    Index piece;
    Index column;  // of the block
    Index target;  // column of `gathered`
  };
  std::vector<Wanted> wanted;
  for (std::size_t k = 0; k < variables.size(); ++k) {
    const Index row = variables[k] / right_;
    wanted.push_back({row / block_->cols() * right_ + variables[k] % right_, row % block_->cols(),
                      static_cast<Index>(k)});
  }
  std::sort(wanted.begin(), wanted.end(), [](const Wanted& a, const Wanted& b) {
    return std::pair(a.piece, a.column) < std::pair(b.piece, b.column);
  });
  for (auto begin = wanted.begin(), end = begin; begin != wanted.end(); begin = end) {
    IndexList columns;
    for (; end != wanted.end() && end->piece == begin->piece; ++end)
      columns.push_back(end->column);
    Matrix found = Matrix::Zero(block_->rows(), static_cast<Index>(columns.size()));
    block_->add_columns(columns, found);
    for (Index k = 0; k < found.cols(); ++k) {
      double* first = gathered.col(begin[k].target).data() + first_of(begin->piece, block_->rows());
      Strided(first, block_->rows(), Eigen::InnerStride<>(right_)) += found.col(k);
    }
  }
}

}  // namespace

std::unique_ptr<DesignMatrix> kronecker(Index left, std::shared_ptr<const DesignMatrix> block,
                                        Index right) {
  return std::make_unique<Kronecker>(left, std::move(block), right);
}

}  // namespace scope
