#include "scope/design_matrix.hpp"

#include <algorithm>
#include <utility>

#include "scope/error.hpp"

namespace scope {

namespace {

/// Entries of a block that stay in the first-level cache together with what they are added to.
constexpr Index kColumnBlock = 1024;
constexpr Index kRowBlock = 1024;

/// What both layouts know of their memory.
template <class Scalar>
class DenseView : public DesignMatrix {
 public:
  DenseView(const Scalar* data, Index rows, Index cols, Index stride)
      : data_(data),
        rows_(rows),
        cols_(cols),
        stride_(stride) {}

  Index rows() const override { return rows_; }
  Index cols() const override { return cols_; }

 protected:
  /// `size` entries in a row of memory from `offset` on, in double precision.
  auto entries(Index offset, Index size) const {
    using Entries = Eigen::Array<Scalar, Eigen::Dynamic, 1>;
    return Eigen::Map<const Entries>(data_ + offset, size).template cast<double>();
  }

  const Scalar* data_;
  Index rows_;
  Index cols_;
  Index stride_;
};

template <class Scalar>
class RowMajorView : public DenseView<Scalar> {
  using Base = DenseView<Scalar>;
  using Base::cols_;
  using Base::data_;
  using Base::rows_;
  using Base::stride_;

 public:
  using Base::Base;

  void add_columns(const IndexList& variables, Eigen::Ref<Matrix> gathered) const override {
    for (Index first = 0; first < rows_; first += kRowBlock) {
      const Index last = std::min(first + kRowBlock, rows_);
      for (std::size_t k = 0; k < variables.size(); ++k) {
        auto column = gathered.col(static_cast<Index>(k));
        const Scalar* entry = data_ + first * stride_ + variables[k];
        for (Index i = first; i < last; ++i, entry += stride_) {
          column[i] += static_cast<double>(*entry);
        }
      }
    }
  }

  void add_transposed_product(const Eigen::Ref<const Vector>& slope,
                              Eigen::Ref<Vector> gradient) const override {
    for_row_quads(
        [&](Index i, Index first, Index size) {
          gradient.segment(first, size).array() +=
              slope[i] * row(i, first, size) + slope[i + 1] * row(i + 1, first, size) +
              (slope[i + 2] * row(i + 2, first, size) + slope[i + 3] * row(i + 3, first, size));
        },
        [&](Index i, Index first, Index size) {
          gradient.segment(first, size).array() += slope[i] * row(i, first, size);
        });
  }

  void add_transposed_products(const Eigen::Ref<const Vector>& slope,
                               const Eigen::Ref<const Vector>& weight, Eigen::Ref<Vector> gradient,
                               Eigen::Ref<Vector> squares) const override {
    for_row_quads(
        [&](Index i, Index first, Index size) {
          auto g = gradient.segment(first, size).array();
          auto h = squares.segment(first, size).array();
          g += slope[i] * row(i, first, size) + slope[i + 1] * row(i + 1, first, size) +
               (slope[i + 2] * row(i + 2, first, size) + slope[i + 3] * row(i + 3, first, size));
          h += weight[i] * row(i, first, size).square() +
               weight[i + 1] * row(i + 1, first, size).square() +
               (weight[i + 2] * row(i + 2, first, size).square() +
                weight[i + 3] * row(i + 3, first, size).square());
        },
        [&](Index i, Index first, Index size) {
          gradient.segment(first, size).array() += slope[i] * row(i, first, size);
          squares.segment(first, size).array() += weight[i] * row(i, first, size).square();
        });
  }

 private:
  auto row(Index i, Index first, Index size) const {
    return Base::entries(i * stride_ + first, size);
  }

  /// Walks blocks of columns; within one, four rows at a time, then the rest one by one.
  template <class Quad, class Single>
  void for_row_quads(const Quad& quad, const Single& single) const {
    for (Index first = 0; first < cols_; first += kColumnBlock) {
      const Index size = std::min(kColumnBlock, cols_ - first);
      Index i = 0;
      for (; i + 4 <= rows_; i += 4)
        quad(i, first, size);
      for (; i < rows_; ++i)
        single(i, first, size);
    }
  }
};

template <class Scalar>
class ColumnMajorView : public DenseView<Scalar> {
  using Base = DenseView<Scalar>;
  using Base::cols_;
  using Base::rows_;
  using Base::stride_;

 public:
  using Base::Base;

  void add_columns(const IndexList& variables, Eigen::Ref<Matrix> gathered) const override {
    for (std::size_t k = 0; k < variables.size(); ++k) {
      gathered.col(static_cast<Index>(k)) += part(variables[k], 0, rows_).matrix();
    }
  }

  void add_transposed_product(const Eigen::Ref<const Vector>& slope,
                              Eigen::Ref<Vector> gradient) const override {
    for (Index j = 0; j < cols_; ++j) {
      gradient[j] += (part(j, 0, rows_) * slope.array()).sum();
    }
  }

  void add_transposed_products(const Eigen::Ref<const Vector>& slope,
                               const Eigen::Ref<const Vector>& weight, Eigen::Ref<Vector> gradient,
                               Eigen::Ref<Vector> squares) const override {
    for (Index j = 0; j < cols_; ++j) {
      for (Index first = 0; first < rows_; first += kRowBlock) {
        const Index size = std::min(kRowBlock, rows_ - first);
        const auto entries = part(j, first, size);
        gradient[j] += (entries * slope.segment(first, size).array()).sum();
        squares[j] += (entries.square() * weight.segment(first, size).array()).sum();
      }
    }
  }

 private:
  auto part(Index j, Index first, Index size) const {
    return Base::entries(j * stride_ + first, size);
  }
};

}  // namespace

template <class Scalar>
std::unique_ptr<DesignMatrix> dense_view(const Scalar* data, Index rows, Index cols, Index stride,
                                         Layout layout) {
  if (layout == Layout::row_major) {
    return std::make_unique<RowMajorView<Scalar>>(data, rows, cols, stride);
  }
  return std::make_unique<ColumnMajorView<Scalar>>(data, rows, cols, stride);
}

template std::unique_ptr<DesignMatrix> dense_view(const double*, Index, Index, Index, Layout);
template std::unique_ptr<DesignMatrix> dense_view(const float*, Index, Index, Index, Layout);

void BlockMatrix::place(std::shared_ptr<const DesignMatrix> block, Index first_row, Index first_col,
                        double scale) {
  const Index last_row = first_row + block->rows();
  const Index last_col = first_col + block->cols();
  if (first_row < 0 || first_col < 0 || last_row > rows_ || last_col > cols_) {
    throw InvalidArgument("a block of a matrix should lie inside it.");
  }
  for (const Placed& other : blocks_) {
    const bool apart = last_row <= other.first_row || last_col <= other.first_col ||
                       first_row >= other.first_row + other.matrix->rows() ||
                       first_col >= other.first_col + other.matrix->cols();
    if (!apart) throw InvalidArgument("blocks of a matrix should not overlap.");
  }
  blocks_.push_back({std::move(block), first_row, first_col, scale});
}

void BlockMatrix::add_columns(const IndexList& variables, Eigen::Ref<Matrix> gathered) const {
  for (const Placed& block : blocks_) {
    const auto begin = std::lower_bound(variables.begin(), variables.end(), block.first_col);
    const auto end =
        std::lower_bound(begin, variables.end(), block.first_col + block.matrix->cols());
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
