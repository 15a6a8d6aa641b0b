#include <cstdint>
#include <string>
#include <utility>

#include "scope/error.hpp"
#include "scope/operators.hpp"

namespace scope {

namespace {

/// What both directions of compression know of their memory. A line is a row or a column, an index
/// a place along it.
template <class Scalar, class Position>
class SparseView : public DesignMatrix {
 public:
  SparseView(const Scalar* data, const Position* indices, IndexList starts, Index rows, Index cols)
      : data_(data),
        indices_(indices),
        starts_(std::move(starts)),
        rows_(rows),
        cols_(cols) {}

  Index rows() const override { return rows_; }
  Index cols() const override { return cols_; }
  double density() const override {
    const double all = static_cast<double>(rows_) * static_cast<double>(cols_);
    return all > 0.0 ? static_cast<double>(starts_.back()) / all : 1.0;
  }

 protected:
  /// Calls body(index, entry) for the entries of a line, as they are stored.
  template <class Body>
  void for_entries(Index line, const Body& body) const {
    const auto at = static_cast<std::size_t>(line);
    for (Index e = starts_[at]; e < starts_[at + 1]; ++e) {
      body(static_cast<Index>(indices_[e]), static_cast<double>(data_[e]));
    }
  }

 private:
  const Scalar* data_;
  const Position* indices_;
  IndexList starts_;
  Index rows_;
  Index cols_;
};

template <class Scalar, class Position>
class SparseColumns : public SparseView<Scalar, Position> {
  using Base = SparseView<Scalar, Position>;

 public:
  using Base::Base;

  void add_columns(const IndexList& variables, Eigen::Ref<Matrix> gathered) const override {
    for (std::size_t k = 0; k < variables.size(); ++k) {
      auto column = gathered.col(static_cast<Index>(k));
      this->for_entries(variables[k], [&](Index i, double entry) { column[i] += entry; });
    }
  }

  void add_transposed_product(const Eigen::Ref<const Vector>& slope,
                              Eigen::Ref<Vector> gradient) const override {
    for (Index j = 0; j < this->cols(); ++j) {
      double sum = 0.0;
      this->for_entries(j, [&](Index i, double entry) { sum += slope[i] * entry; });
      gradient[j] += sum;
    }
  }

  void add_transposed_products(const Eigen::Ref<const Vector>& slope,
                               const Eigen::Ref<const Vector>& weight, Eigen::Ref<Vector> gradient,
                               Eigen::Ref<Vector> squares) const override {
    for (Index j = 0; j < this->cols(); ++j) {
      double sum = 0.0;
      double square_sum = 0.0;
      this->for_entries(j, [&](Index i, double entry) {
        sum += slope[i] * entry;
        square_sum += weight[i] * (entry * entry);
      });
      gradient[j] += sum;
      squares[j] += square_sum;
    }
  }
};

template <class Scalar, class Position>
class SparseRows : public SparseView<Scalar, Position> {
  using Base = SparseView<Scalar, Position>;

 public:
  using Base::Base;

  /// One pass over all entries: a row does not say where a column is.
  void add_columns(const IndexList& variables, Eigen::Ref<Matrix> gathered) const override {
    IndexList place(static_cast<std::size_t>(this->cols()), -1);
    for (std::size_t k = 0; k < variables.size(); ++k) {
      place[static_cast<std::size_t>(variables[k])] = static_cast<Index>(k);
    }
    for (Index i = 0; i < this->rows(); ++i) {
      this->for_entries(i, [&](Index j, double entry) {
        const Index k = place[static_cast<std::size_t>(j)];
        if (k >= 0) gathered(i, k) += entry;
      });
    }
  }

  void add_transposed_product(const Eigen::Ref<const Vector>& slope,
                              Eigen::Ref<Vector> gradient) const override {
    for (Index i = 0; i < this->rows(); ++i) {
      this->for_entries(i, [&, s = slope[i]](Index j, double entry) { gradient[j] += s * entry; });
    }
  }

  void add_transposed_products(const Eigen::Ref<const Vector>& slope,
                               const Eigen::Ref<const Vector>& weight, Eigen::Ref<Vector> gradient,
                               Eigen::Ref<Vector> squares) const override {
    for (Index i = 0; i < this->rows(); ++i) {
      this->for_entries(i, [&, s = slope[i], w = weight[i]](Index j, double entry) {
        gradient[j] += s * entry;
        squares[j] += w * (entry * entry);
      });
    }
  }
};

/// Throws unless `starts` cuts the entries into `lines` lines, in order.
void check_starts(const IndexList& starts, Index lines) {
  require_size("indptr", lines + 1, static_cast<Index>(starts.size()));
  if (starts.front() != 0) throw InvalidArgument("indptr should start with 0.");
  for (std::size_t k = 0; k + 1 < starts.size(); ++k) {
    if (starts[k] > starts[k + 1]) throw InvalidArgument("indptr should not decrease.");
  }
}

/// Throws unless all indices lie in 0..size and are different within a line.
template <class Position>
void check_indices(const Position* indices, const IndexList& starts, Index size) {
  IndexList last_line(static_cast<std::size_t>(size), -1);  // that had an entry there
  for (std::size_t line = 0; line + 1 < starts.size(); ++line) {
    for (Index e = starts[line]; e < starts[line + 1]; ++e) {
      const auto index = static_cast<Index>(indices[e]);
      if (index < 0 || index >= size) {
        throw InvalidArgument("indices should lie between 0 and " + std::to_string(size - 1) +
                              ", got " + std::to_string(index) + ".");
      }
      Index& last = last_line[static_cast<std::size_t>(index)];
      if (last == static_cast<Index>(line)) {
        throw InvalidArgument("indices should not name an entry twice; sum duplicates first.");
      }
      last = static_cast<Index>(line);
    }
  }
}

}  // namespace

template <class Scalar, class Position>
std::unique_ptr<DesignMatrix> sparse_view(const Scalar* data, const Position* indices,
                                          IndexList starts, Index rows, Index cols, Layout layout) {
  product_of_sizes({rows});  // throws if negative
  product_of_sizes({cols});
  const bool by_rows = layout == Layout::row_major;
  check_starts(starts, by_rows ? rows : cols);
  check_indices(indices, starts, by_rows ? cols : rows);
  if (by_rows) {
    return std::make_unique<SparseRows<Scalar, Position>>(data, indices, std::move(starts), rows,
                                                          cols);
  }
  return std::make_unique<SparseColumns<Scalar, Position>>(data, indices, std::move(starts), rows,
                                                           cols);
}

template std::unique_ptr<DesignMatrix> sparse_view(const double*, const std::int32_t*, IndexList,
                                                   Index, Index, Layout);
template std::unique_ptr<DesignMatrix> sparse_view(const double*, const std::int64_t*, IndexList,
                                                   Index, Index, Layout);
template std::unique_ptr<DesignMatrix> sparse_view(const float*, const std::int32_t*, IndexList,
                                                   Index, Index, Layout);
template std::unique_ptr<DesignMatrix> sparse_view(const float*, const std::int64_t*, IndexList,
                                                   Index, Index, Layout);

}  // namespace scope
