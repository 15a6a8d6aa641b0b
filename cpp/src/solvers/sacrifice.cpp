#include "scope/solvers/sacrifice.hpp"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <utility>

namespace scope {

namespace {

/// Share of the largest curvature that stands in for one that is zero. Units of variables may
/// spread curvatures over many orders of magnitude.
constexpr double kSmallestShare = 1e-30;

double finite_or_zero(double score) { return std::isfinite(score) ? score : 0.0; }

/// x' H x, or g' H^{-1} g, of one group.
class BlockScore {
 public:
  /// `largest`: the largest finite curvature of all; it stands in for one that is not finite.
  BlockScore(const Eigen::Map<const Matrix>& block, double largest)
      : block_(block),
        largest_(largest) {
    if (block.rows() == 1) return;
    cholesky_.compute(block);
    definite_ = cholesky_.info() == Eigen::Success;
  }

  double backward(const Eigen::Ref<const Vector>& x) const {
    if (definite_) return x.dot(block_ * x);
    double sum = 0.0;
    for (Index i = 0; i < x.size(); ++i)
      sum += x[i] * x[i] * curvature(i);
    return sum;
  }

  double forward(const Eigen::Ref<const Vector>& g) const {
    if (definite_) return g.dot(cholesky_.solve(g));
    double sum = 0.0;
    for (Index i = 0; i < g.size(); ++i)
      sum += g[i] * g[i] / curvature(i);
    return sum;
  }

 private:
  double curvature(Index i) const {
    const double own = block_(i, i);
    return std::isfinite(own) ? std::max(std::abs(own), kSmallestShare * largest_) : largest_;
  }

  const Eigen::Map<const Matrix>& block_;
  double largest_;
  Eigen::LLT<Matrix> cholesky_;
  bool definite_ = false;  ///< single variables take the diagonal: the same number
};

/// Variables that could only leave the support through a bound promise nothing.
void drop_held_slopes(Vector& gradient, const Bounds& bounds) {
  for (double& slope : gradient) {
    if (bounds.holds(0.0, slope)) slope = 0.0;
  }
}

double largest_curvature(const Groups& groups, const BlockDiagonal& blocks) {
  double largest = 0.0;
  for (Index group = 0; group < groups.count(); ++group) {
    for (const double curvature : blocks.block(group).diagonal()) {
      if (std::isfinite(curvature)) largest = std::max(largest, std::abs(curvature));
    }
  }
  return largest;
}

}  // namespace

Sacrifices compute_sacrifices(Objective& objective, const Groups& groups, const IndexList& active,
                              const Vector& values, bool use_curvature) {
  const IndexList variables = groups.variables_of(active);
  Vector gradient;
  objective.value_and_gradient(variables, values, gradient);
  const Bounds bounds = objective.bounds();
  if (bounds.exist()) drop_held_slopes(gradient, bounds);
  const bool scaled = use_curvature && objective.has_curvature();
  BlockDiagonal blocks(groups);
  double largest = 0.0;
  if (scaled) {
    objective.curvature(variables, values, blocks);
    largest = largest_curvature(groups, blocks);
  }
  Vector scores = Vector::Zero(groups.count());
  Vector traces = Vector::Zero(scaled ? groups.count() : 0);
  std::size_t next_active = 0;
  Index offset = 0;
  for (Index group = 0; group < groups.count(); ++group) {
    const Index size = groups.size(group);
    const bool is_active = next_active < active.size() && active[next_active] == group;
    const Eigen::Ref<const Vector> entries =
        is_active ? values.segment(offset, size)
                  : std::as_const(gradient).segment(groups.start(group), size);
    if (is_active) {
      ++next_active;
      offset += size;
    }
    if (scaled) traces[group] = blocks.block(group).trace();
    double score = entries.squaredNorm();
    if (largest > 0.0) {
      const auto block = blocks.block(group);
      const BlockScore block_score(block, largest);
      score = is_active ? block_score.backward(entries) : block_score.forward(entries);
    }
    scores[group] = finite_or_zero(score / static_cast<double>(size));
  }
  return {std::move(scores), std::move(gradient), std::move(traces)};
}

}  // namespace scope
