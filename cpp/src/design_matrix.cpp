#include "scope/design_matrix.hpp"

#include <algorithm>
#include <utility>

#include "scope/error.hpp"

namespace scope {

BlockMatrix::BlockMatrix(Index rows, Index cols) : rows_(rows), cols_(cols) {
  if (rows < 0 || cols < 0) throw InvalidArgument("sizes of a matrix should not be negative.");
}

void BlockMatrix::place(std::shared_ptr<const DesignMatrix> block, Index first_row, Index first_col,
                        double scale) {
  // Differences, since a sum with any first_row might overflow.
  if (first_row < 0 || first_col < 0 || first_row > rows_ - block->rows() ||
      first_col > cols_ - block->cols()) {
    throw InvalidArgument("a block of a matrix should lie inside it.");
  }
  const Index last_row = first_row + block->rows();
  const Index last_col = first_col + block->cols();
  for (const Placed& other : blocks_) {
    const bool apart = last_row <= other.first_row || last_col <= other.first_col ||
                       first_row >= other.first_row + other.matrix->rows() ||
                       first_col >= other.first_col + other.matrix->cols();
    if (!apart) throw InvalidArgument("blocks of a matrix should not overlap.");
  }
  blocks_.push_back({std::move(block), first_row, first_col, scale});
}

double BlockMatrix::density() const {
  double entries = 0.0;
  for (const Placed& block : blocks_) {
    entries += block.matrix->density() * static_cast<double>(block.matrix->rows()) *
               static_cast<double>(block.matrix->cols());
  }
  const double all = static_cast<double>(rows_) * static_cast<double>(cols_);
  return all > 0.0 ? entries / all : 1.0;
}

bool BlockMatrix::are_disjoint(const IndexList& variables) const {
  return std::all_of(blocks_.begin(), blocks_.end(), [&variables](const Placed& block) {
    IndexList inside;
    for (const Index variable : variables) {
      const Index own = variable - block.first_col;
      if (own >= 0 && own < block.matrix->cols()) inside.push_back(own);
    }
    return block.matrix->are_disjoint(inside);
  });
}

void BlockMatrix::add_columns(const IndexList& variables, Eigen::Ref<Matrix> gathered) const {
  for (const Placed& block : blocks_) {
    const auto begin = std::lower_bound(variables.begin(), variables.end(), block.first_col);
    const auto end =
        std::lower_bound(begin, variables.end(), block.first_col + block.matrix->cols());
    if (begin == end) continue;
    IndexList inside(begin, end);
    for (Index& variable : inside)
      variable -= block.first_col;
    auto part = gathered.block(block.first_row, begin - variables.begin(), block.matrix->rows(),
                               static_cast<Index>(inside.size()));
    if (block.scale == 1.0) {
      block.matrix->add_columns(inside, part);
      continue;
    }
    Matrix columns = Matrix::Zero(part.rows(), part.cols());
    block.matrix->add_columns(inside, columns);
    part += block.scale * columns;
  }
}

void BlockMatrix::add_transposed_product(const Eigen::Ref<const Vector>& slope,
                                         Eigen::Ref<Vector> gradient) const {
  for (const Placed& block : blocks_) {
    const Vector part = block.scale * slope.segment(block.first_row, block.matrix->rows());
    block.matrix->add_transposed_product(part,
                                         gradient.segment(block.first_col, block.matrix->cols()));
  }
}

void BlockMatrix::add_transposed_products(const Eigen::Ref<const Vector>& slope,
                                          const Eigen::Ref<const Vector>& weight,
                                          Eigen::Ref<Vector> gradient,
                                          Eigen::Ref<Vector> squares) const {
  for (const Placed& block : blocks_) {
    const Index rows = block.matrix->rows();
    const Index cols = block.matrix->cols();
    const Vector slopes = block.scale * slope.segment(block.first_row, rows);
    const Vector weights = block.scale * block.scale * weight.segment(block.first_row, rows);
    block.matrix->add_transposed_products(slopes, weights, gradient.segment(block.first_col, cols),
                                          squares.segment(block.first_col, cols));
  }
}

}  // namespace scope
