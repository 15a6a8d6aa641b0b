#include "scope/operators.hpp"

#include <limits>

#include "scope/error.hpp"

namespace scope {

namespace {

class Identity : public DesignMatrix {
 public:
  explicit Identity(Index size) : size_(size) {}

  Index rows() const override { return size_; }
  Index cols() const override { return size_; }
  double density() const override { return 1.0 / static_cast<double>(size_); }
  bool are_disjoint(const IndexList& /*variables*/) const override { return true; }

  void add_columns(const IndexList& variables, Eigen::Ref<Matrix> gathered) const override {
    for (std::size_t k = 0; k < variables.size(); ++k) {
      gathered(variables[k], static_cast<Index>(k)) += 1.0;
    }
  }

  void add_transposed_product(const Eigen::Ref<const Vector>& slope,
                              Eigen::Ref<Vector> gradient) const override {
    gradient += slope;
  }

  void add_transposed_products(const Eigen::Ref<const Vector>& slope,
                               const Eigen::Ref<const Vector>& weight, Eigen::Ref<Vector> gradient,
                               Eigen::Ref<Vector> squares) const override {
    gradient += slope;
    squares += weight;
  }

 private:
  Index size_;
};

class PrefixSums : public DesignMatrix {
 public:
  PrefixSums(Index outer, Index length, Index inner, bool reverse)
      : size_(product_of_sizes({outer, length, inner})),
        outer_(size_ == 0 ? 0 : outer),
        length_(length),
        inner_(size_ == 0 ? 0 : inner),
        reverse_(reverse) {}

  Index rows() const override { return size_; }
  Index cols() const override { return size_; }

  void add_columns(const IndexList& variables, Eigen::Ref<Matrix> gathered) const override {
    for (std::size_t k = 0; k < variables.size(); ++k) {
      const Index place = variables[k] / inner_ % length_;
      const Index count = reverse_ ? place + 1 : length_ - place;
      const Index step = reverse_ ? -inner_ : inner_;
      auto column = gathered.col(static_cast<Index>(k));
      for (Index t = 0, row = variables[k]; t < count; ++t, row += step) {
        column[row] += 1.0;
      }
    }
  }

  void add_transposed_product(const Eigen::Ref<const Vector>& slope,
                              Eigen::Ref<Vector> gradient) const override {
    add_sums(slope, gradient);
  }

  /// The entries are their own squares.
  void add_transposed_products(const Eigen::Ref<const Vector>& slope,
                               const Eigen::Ref<const Vector>& weight, Eigen::Ref<Vector> gradient,
                               Eigen::Ref<Vector> squares) const override {
    add_sums(slope, gradient);
    add_sums(weight, squares);
  }

 private:
  /// A column has ones from its place onward, so its sum starts at the far end of the axis.
  void add_sums(const Eigen::Ref<const Vector>& terms, Eigen::Ref<Vector> sums) const {
    Vector running(inner_);
    for (Index o = 0; o < outer_; ++o) {
      running.setZero();
      for (Index t = 0; t < length_; ++t) {
        const Index row = (o * length_ + (reverse_ ? t : length_ - 1 - t)) * inner_;
        for (Index r = 0; r < inner_; ++r) {
          running[r] += terms[row + r];
          sums[row + r] += running[r];
        }
      }
    }
  }

  Index size_;
  Index outer_;
  Index length_;
  Index inner_;
  bool reverse_;
};

}  // namespace

Index product_of_sizes(std::initializer_list<Index> sizes) {
  Index product = 1;
  for (const Index size : sizes) {
    if (size < 0) throw InvalidArgument("sizes of a matrix should not be negative.");
    if (size != 0 && product > std::numeric_limits<Index>::max() / size) {
      throw InvalidArgument("the matrix is too large.");
    }
    product *= size;
  }
  return product;
}

std::unique_ptr<DesignMatrix> identity(Index size) {
  return std::make_unique<Identity>(product_of_sizes({size}));
}

std::unique_ptr<DesignMatrix> prefix_sums(Index outer, Index length, Index inner, bool reverse) {
  return std::make_unique<PrefixSums>(outer, length, inner, reverse);
}

}  // namespace scope
