#include <algorithm>
#include <string>
#include <utility>

#include "scope/error.hpp"
#include "scope/operators.hpp"

namespace scope {

namespace {

/// Sums whose squares are needed are formed together as long as they have not more entries.
constexpr Index kEntriesAtOnce = 1 << 20;

class TakenColumns : public DesignMatrix {
 public:
  TakenColumns(std::shared_ptr<const DesignMatrix> inner, const IndexList& columns, Index span);

  Index rows() const override { return inner_->rows(); }
  Index cols() const override { return span_; }
  double density() const override { return inner_->density(); }
  void add_columns(const IndexList& variables, Eigen::Ref<Matrix> gathered) const override;
  void add_transposed_product(const Eigen::Ref<const Vector>& slope,
                              Eigen::Ref<Vector> gradient) const override;
  void add_transposed_products(const Eigen::Ref<const Vector>& slope,
                               const Eigen::Ref<const Vector>& weight, Eigen::Ref<Vector> gradient,
                               Eigen::Ref<Vector> squares) const override;

 private:
  /// Column `source` of the inner matrix is added to column `position`.
  struct Taken {
    Index position;
    Index source;
  };

  void add_taken(std::vector<Taken> wanted, Eigen::Ref<Matrix> gathered) const;
  void add_squares_of_sums(const Eigen::Ref<const Vector>& weight,
                           Eigen::Ref<Vector> squares) const;

  std::shared_ptr<const DesignMatrix> inner_;
  Index span_;
  std::vector<Taken> taken_;   // all, ascending in (position, source)
  std::vector<Taken> alone_;   // those with a position of their own
  std::vector<Taken> summed_;  // the others
};

TakenColumns::TakenColumns(std::shared_ptr<const DesignMatrix> inner, const IndexList& columns,
                           Index span)
    : inner_(std::move(inner)),
      span_(span) {
  require_size("columns", inner_->cols(), static_cast<Index>(columns.size()));
  for (std::size_t k = 0; k < columns.size(); ++k) {
    if (columns[k] < 0 || columns[k] >= span) {
      throw InvalidArgument("columns should lie between 0 and " + std::to_string(span - 1) +
                            ", got " + std::to_string(columns[k]) + ".");
    }
    taken_.push_back({columns[k], static_cast<Index>(k)});
  }
  std::stable_sort(taken_.begin(), taken_.end(),
                   [](const Taken& a, const Taken& b) { return a.position < b.position; });
  for (std::size_t k = 0; k < taken_.size(); ++k) {
    const Index position = taken_[k].position;
    const bool alone = (k == 0 || taken_[k - 1].position != position) &&
                       (k + 1 == taken_.size() || taken_[k + 1].position != position);
    (alone ? alone_ : summed_).push_back(taken_[k]);
  }
}

/// Positions are columns of `gathered` here.
void TakenColumns::add_taken(std::vector<Taken> wanted, Eigen::Ref<Matrix> gathered) const {
  std::sort(wanted.begin(), wanted.end(),
            [](const Taken& a, const Taken& b) { return a.source < b.source; });
  IndexList sources;
  for (const Taken& one : wanted)
    sources.push_back(one.source);
  Matrix found = Matrix::Zero(rows(), static_cast<Index>(sources.size()));
  inner_->add_columns(sources, found);
  for (std::size_t k = 0; k < wanted.size(); ++k) {
    gathered.col(wanted[k].position) += found.col(static_cast<Index>(k));
  }
}

void TakenColumns::add_columns(const IndexList& variables, Eigen::Ref<Matrix> gathered) const {
  std::vector<Taken> wanted;
  for (std::size_t k = 0; k < variables.size(); ++k) {
    auto one =
        std::lower_bound(taken_.begin(), taken_.end(), variables[k],
                         [](const Taken& a, Index position) { return a.position < position; });
    for (; one != taken_.end() && one->position == variables[k]; ++one)
      wanted.push_back({static_cast<Index>(k), one->source});
  }
  if (!wanted.empty()) add_taken(std::move(wanted), gathered);
}

void TakenColumns::add_transposed_product(const Eigen::Ref<const Vector>& slope,
                                          Eigen::Ref<Vector> gradient) const {
  Vector sums = Vector::Zero(inner_->cols());
  inner_->add_transposed_product(slope, sums);
  for (const Taken& one : taken_)
    gradient[one.position] += sums[one.source];
}

void TakenColumns::add_transposed_products(const Eigen::Ref<const Vector>& slope,
                                           const Eigen::Ref<const Vector>& weight,
                                           Eigen::Ref<Vector> gradient,
                                           Eigen::Ref<Vector> squares) const {
  Vector sums = Vector::Zero(inner_->cols());
  Vector square_sums = Vector::Zero(inner_->cols());
  inner_->add_transposed_products(slope, weight, sums, square_sums);
  for (const Taken& one : taken_)
    gradient[one.position] += sums[one.source];
  for (const Taken& one : alone_)
    squares[one.position] += square_sums[one.source];
  add_squares_of_sums(weight, squares);
}

/// The square of a sum has cross terms, which the squares of `inner` do not tell.
void TakenColumns::add_squares_of_sums(const Eigen::Ref<const Vector>& weight,
                                       Eigen::Ref<Vector> squares) const {
  for (auto next = summed_.begin(); next != summed_.end();) {
    std::vector<Taken> wanted;
    IndexList positions;
    while (next != summed_.end() &&
           (positions.empty() || static_cast<Index>(wanted.size()) * rows() <= kEntriesAtOnce)) {
      positions.push_back(next->position);
      const auto target = static_cast<Index>(positions.size()) - 1;
      for (; next != summed_.end() && next->position == positions.back(); ++next)
        wanted.push_back({target, next->source});
    }
    Matrix columns = Matrix::Zero(rows(), static_cast<Index>(positions.size()));
    add_taken(std::move(wanted), columns);
    for (std::size_t k = 0; k < positions.size(); ++k) {
      squares[positions[k]] += columns.col(static_cast<Index>(k)).cwiseAbs2().dot(weight);
    }
  }
}

}  // namespace

std::unique_ptr<DesignMatrix> taken_columns(std::shared_ptr<const DesignMatrix> inner,
                                            const IndexList& columns, Index span) {
  product_of_sizes({span});  // throws if negative
  return std::make_unique<TakenColumns>(std::move(inner), columns, span);
}

}  // namespace scope
