#include <algorithm>
#include <type_traits>

#include "scope/design_matrix.hpp"
#include "scope/error.hpp"
#include "scope/parallel.hpp"
#include "scope/row_blocks.hpp"

namespace scope {

namespace {

/// Slopes, or sums of columns, that stay in the second-level cache while entries stream by.
constexpr Index kBlock = 8192;
/// Threads take multiples of so many columns: what is computed together does not depend on them.
constexpr Index kGrain = 8;
/// Entries from which on threads are worth starting.
constexpr Index kManyEntries = 1000000;

/// What one pass over a matrix reads and adds to; the squares only if they are asked for.
struct Pass {
  const double* slope;
  const double* weight;
  double* gradient;
  double* squares;
};

template <int Size>
using Lanes = Eigen::Array<double, Size, 1>;

/// `Size` neighbours in memory, in double precision.
template <int Size, class Scalar>
Lanes<Size> load(const Scalar* entries) {
  if constexpr (std::is_same_v<Scalar, double>) {
    return Eigen::Map<const Lanes<Size>>(entries);
  } else {
    Lanes<Size> lanes;
    for (int k = 0; k < Size; ++k)  // compilers vectorise it, Eigen's cast they do not
      lanes[k] = static_cast<double>(entries[k]);
    return lanes;
  }
}

/// What both layouts know of their memory.
template <class Scalar>
class DenseView : public DesignMatrix {
 public:
  DenseView(const Scalar* data, Index rows, Index cols, Index stride, Index threads)
      : data_(data),
        rows_(rows),
        cols_(cols),
        stride_(stride),
        threads_(rows != 0 && cols >= kManyEntries / rows ? threads : 1) {}

  Index rows() const override { return rows_; }
  Index cols() const override { return cols_; }

 protected:
  const Scalar* data_;
  Index rows_;
  Index cols_;
  Index stride_;
  Index threads_;
};

/// Defines the products of a view by its `add<Squares>(pass, first_col, last_col)`.
template <class View, class Scalar>
class Products : public DenseView<Scalar> {
 public:
  using DenseView<Scalar>::DenseView;

  void add_transposed_product(const Eigen::Ref<const Vector>& slope,
                              Eigen::Ref<Vector> gradient) const override {
    run<false>({slope.data(), nullptr, gradient.data(), nullptr});
  }

  void add_transposed_products(const Eigen::Ref<const Vector>& slope,
                               const Eigen::Ref<const Vector>& weight, Eigen::Ref<Vector> gradient,
                               Eigen::Ref<Vector> squares) const override {
    run<true>({slope.data(), weight.data(), gradient.data(), squares.data()});
  }

 private:
  template <bool Squares>
  void run(const Pass& pass) const {
    const auto& view = static_cast<const View&>(*this);
    parallel_for(this->cols_, kGrain, this->threads_,
                 [&](Index first, Index last) { view.template add<Squares>(pass, first, last); });
  }
};

template <class Scalar>
class RowMajorView : public Products<RowMajorView<Scalar>, Scalar> {
  using Base = Products<RowMajorView<Scalar>, Scalar>;
  using Base::data_;
  using Base::rows_;
  using Base::stride_;
  static constexpr int kRows = 8;  // that many share one load and store of the sums

 public:
  using Base::Base;

  void add_columns(const IndexList& variables, Eigen::Ref<Matrix> gathered) const override {
    constexpr Index kRowBlock = 1024;  // of a column of `gathered`, in the first-level cache
    for_row_blocks(rows_, kRowBlock, [&](Index first, Index count) {
      for (std::size_t k = 0; k < variables.size(); ++k) {
        auto column = gathered.col(static_cast<Index>(k)).segment(first, count);
        const Scalar* entry = data_ + first * stride_ + variables[k];
        for (Index i = 0; i < count; ++i, entry += stride_) {
          column[i] += static_cast<double>(*entry);
        }
      }
    });
  }

  /// Adds row after row to the sums of columns first..last.
  template <bool Squares>
  void add(const Pass& pass, Index first, Index last) const {
    for (; first < last; first += kBlock) {
      const Index end = std::min(first + kBlock, last);
      Index i = 0;
      for (; i + kRows <= rows_; i += kRows)
        add_rows<kRows, Squares>(pass, i, first, end);
      for (; i < rows_; ++i)
        add_rows<1, Squares>(pass, i, first, end);
    }
  }

 private:
  template <int Rows, bool Squares>
  void add_rows(const Pass& pass, Index i, Index first, Index last) const {
    // Copies of what is behind references: for all the compiler knows, the sums overwrite that.
    const Scalar* entries = data_ + i * stride_;
    const Index stride = stride_;
    const Lanes<Rows> slope = Eigen::Map<const Lanes<Rows>>(pass.slope + i);
    Lanes<Rows> weight;
    if constexpr (Squares) weight = Eigen::Map<const Lanes<Rows>>(pass.weight + i);
    double* gradient = pass.gradient;
    double* squares = pass.squares;
    const auto add_tile = [&](auto lanes, Index j) {
      constexpr int kLanes = decltype(lanes)::value;
      Lanes<kLanes> sums = Eigen::Map<const Lanes<kLanes>>(gradient + j);
      Lanes<kLanes> square_sums;
      if constexpr (Squares) square_sums = Eigen::Map<const Lanes<kLanes>>(squares + j);
      for (int k = 0; k < Rows; ++k) {
        const Lanes<kLanes> row = load<kLanes>(entries + k * stride + j);
        sums += slope[k] * row;
        if constexpr (Squares) square_sums += weight[k] * (row * row);
      }
      Eigen::Map<Lanes<kLanes>>(gradient + j) = sums;
      if constexpr (Squares) Eigen::Map<Lanes<kLanes>>(squares + j) = square_sums;
    };
    Index j = first;
    for (; j + kGrain <= last; j += kGrain)
      add_tile(std::integral_constant<int, static_cast<int>(kGrain)>(), j);
    for (; j < last; ++j)
      add_tile(std::integral_constant<int, 1>(), j);
  }
};

template <class Scalar>
class ColumnMajorView : public Products<ColumnMajorView<Scalar>, Scalar> {
  using Base = Products<ColumnMajorView<Scalar>, Scalar>;
  using Base::data_;
  using Base::rows_;
  using Base::stride_;
  static constexpr int kCols = 4;  // that many share one load of slope and weight
  static constexpr int kLanes = 16 / static_cast<int>(sizeof(Scalar));

 public:
  using Base::Base;

  void add_columns(const IndexList& variables, Eigen::Ref<Matrix> gathered) const override {
    using Column = Eigen::Matrix<Scalar, Eigen::Dynamic, 1>;
    for (std::size_t k = 0; k < variables.size(); ++k) {
      gathered.col(static_cast<Index>(k)) +=
          Eigen::Map<const Column>(data_ + variables[k] * stride_, rows_).template cast<double>();
    }
  }

  /// Adds, for each of the columns first..last, one block of rows after the other.
  template <bool Squares>
  void add(const Pass& pass, Index first, Index last) const {
    for (Index begin = 0; begin < rows_; begin += kBlock) {
      const Index end = std::min(begin + kBlock, rows_);
      Index j = first;
      for (; j + kCols <= last; j += kCols)
        add_sums<kCols, Squares>(pass, j, begin, end);
      for (; j < last; ++j)
        add_sums<1, Squares>(pass, j, begin, end);
    }
  }

 private:
  template <int Cols, bool Squares>
  void add_sums(const Pass& pass, Index j, Index begin, Index end) const {
    Lanes<kLanes> gradient[Cols];
    Lanes<kLanes> squares[Cols];
    for (int c = 0; c < Cols; ++c) {
      gradient[c].setZero();
      squares[c].setZero();
    }
    Index i = begin;
    for (; i + kLanes <= end; i += kLanes) {
      const Lanes<kLanes> slope = Eigen::Map<const Lanes<kLanes>>(pass.slope + i);
      Lanes<kLanes> weight;
      if constexpr (Squares) weight = Eigen::Map<const Lanes<kLanes>>(pass.weight + i);
      for (int c = 0; c < Cols; ++c) {
        const Lanes<kLanes> entries = load<kLanes>(data_ + (j + c) * stride_ + i);
        gradient[c] += slope * entries;
        if constexpr (Squares) squares[c] += weight * (entries * entries);
      }
    }
    for (int c = 0; c < Cols; ++c) {
      pass.gradient[j + c] += gradient[c].sum();
      if constexpr (Squares) pass.squares[j + c] += squares[c].sum();
      add_rest<Squares>(pass, j + c, i, end);
    }
  }

  /// The last rows, fewer than there are lanes.
  template <bool Squares>
  void add_rest(const Pass& pass, Index j, Index i, Index end) const {
    for (; i < end; ++i) {
      const auto entry = static_cast<double>(data_[j * stride_ + i]);
      pass.gradient[j] += pass.slope[i] * entry;
      if constexpr (Squares) pass.squares[j] += pass.weight[i] * (entry * entry);
    }
  }
};

}  // namespace

template <class Scalar>
std::unique_ptr<DesignMatrix> dense_view(const Scalar* data, Index rows, Index cols, Index stride,
                                         Layout layout, Index threads) {
  if (rows < 0 || cols < 0) throw InvalidArgument("sizes of a matrix should not be negative.");
  if (threads < 1) throw InvalidArgument("threads should be at least 1.");
  if (layout == Layout::row_major) {
    return std::make_unique<RowMajorView<Scalar>>(data, rows, cols, stride, threads);
  }
  return std::make_unique<ColumnMajorView<Scalar>>(data, rows, cols, stride, threads);
}

template std::unique_ptr<DesignMatrix> dense_view(const double*, Index, Index, Index, Layout,
                                                  Index);
template std::unique_ptr<DesignMatrix> dense_view(const float*, Index, Index, Index, Layout, Index);

}  // namespace scope
