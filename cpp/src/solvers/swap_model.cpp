#include "scope/solvers/swap_model.hpp"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <tuple>

#include "scope/support.hpp"

namespace scope {

namespace {

/// Exchanges kept, best first, when fewer than that promise something.
constexpr std::size_t kMostUnpromising = 500;
/// Pivots below this share of their diagonal entry are rounding: the variable depends on others.
constexpr double kSmallestPivot = 1e-10;

/// The matrix with a little more on its diagonal, in units of each variable.
Matrix shifted(Matrix hessian) {
  const double largest = hessian.diagonal().maxCoeff();
  for (double& curvature : hessian.diagonal()) {
    curvature += kSmallestPivot * (curvature > 0.0 ? curvature : largest);
  }
  return hessian;
}

bool is_regular(const Eigen::LLT<Matrix>& cholesky, const Matrix& hessian) {
  if (cholesky.info() != Eigen::Success) return false;
  const auto pivots = cholesky.matrixLLT().diagonal().array().square();
  return (pivots > kSmallestPivot * hessian.diagonal().array()).all();
}

/// The quadratic model on the active variables, to be extended by one candidate at a time.
class ActiveModel {
 public:
  ActiveModel(const Groups& groups, const Incumbent& incumbent, const IndexList& kept,
              const Matrix& hessian)
      : groups_(groups),
        incumbent_(incumbent),
        cholesky_(hessian),
        regular_(is_regular(cholesky_, hessian)) {
    // Copies of a column, more variables than samples: what can be dropped must cost nothing.
    if (!regular_) cholesky_.compute(shifted(hessian));
    if (!definite()) return;
    inverse_ = cholesky_.solve(Matrix::Identity(hessian.rows(), hessian.cols()));
    Index offset = 0;
    for (const Index group : incumbent.active) {
      if (!std::binary_search(kept.begin(), kept.end(), group)) leaving_.push_back({group, offset});
      offset += groups.size(group);
    }
  }

  bool definite() const { return cholesky_.info() == Eigen::Success; }
  bool regular() const { return regular_; }
  Matrix couplings(const Matrix& cross) const { return cholesky_.solve(cross); }

  /// Appends what `entering` promises; `coupling` is W, `schur` S.
  void append_swaps(Index entering, const Matrix& coupling, const Matrix& schur,
                    const Vector& gradient, std::vector<Swap>& swaps) const {
    const Eigen::LLT<Matrix> cholesky(schur);
    if (cholesky.info() != Eigen::Success) return;
    const Vector pull = cholesky.solve(gradient);
    const double gain = 0.5 * gradient.dot(pull);
    const Vector moved = incumbent_.fit.values + coupling * pull;
    for (const auto& [group, offset] : leaving_) {
      const double change = loss(group, offset, coupling, cholesky, moved) - gain;
      if (std::isfinite(change)) swaps.push_back({group, entering, change});
    }
  }

 private:
  struct Leaving {
    Index group;
    Index offset;
  };

  /// What it costs to force a group to zero from where the newcomer moved it.
  double loss(Index group, Index offset, const Matrix& coupling, const Eigen::LLT<Matrix>& newcomer,
              const Vector& moved) const {
    const Index size = groups_.size(group);
    if (size == 1 && coupling.cols() == 1) {
      const double share = coupling(offset, 0) / newcomer.matrixLLT()(0, 0);
      const double slack = inverse_(offset, offset) + share * share;
      return 0.5 * moved[offset] * moved[offset] / slack;
    }
    const Matrix rows = coupling.middleRows(offset, size);
    const Matrix slack =
        inverse_.block(offset, offset, size, size) + rows * newcomer.solve(rows.transpose());
    const Vector block = moved.segment(offset, size);
    return 0.5 * block.dot(slack.llt().solve(block));
  }

  const Groups& groups_;
  const Incumbent& incumbent_;
  Eigen::LLT<Matrix> cholesky_;
  bool regular_;
  Matrix inverse_;
  std::vector<Leaving> leaving_;
};

bool better(const Swap& a, const Swap& b) {
  return std::tie(a.change, a.leaving, a.entering) < std::tie(b.change, b.leaving, b.entering);
}

/// Drops what promises nothing beyond the number that anybody would try.
void keep_best(std::vector<Swap>& swaps) {
  if (swaps.size() <= 2 * kMostUnpromising) return;
  const auto improving = static_cast<std::size_t>(std::count_if(
      swaps.begin(), swaps.end(), [](const Swap& swap) { return swap.change < 0.0; }));
  const std::size_t kept = std::max(improving, kMostUnpromising);
  if (kept >= swaps.size()) return;
  std::nth_element(swaps.begin(), swaps.begin() + static_cast<std::ptrdiff_t>(kept), swaps.end(),
                   better);
  swaps.resize(kept);
}

/// Candidates from `first` on that have at most `most` variables, or the first of them.
IndexList next_chunk(const Groups& groups, const IndexList& candidates, std::size_t first,
                     Index most) {
  IndexList chunk;
  Index variables = 0;
  for (std::size_t k = first; k < candidates.size(); ++k) {
    variables += groups.size(candidates[k]);
    if (!chunk.empty() && variables > most) break;
    chunk.push_back(candidates[k]);
  }
  return chunk;
}

IndexList sizes_of(const Groups& groups, const IndexList& chunk) {
  IndexList sizes;
  for (const Index group : chunk)
    sizes.push_back(groups.size(group));
  return sizes;
}

}  // namespace

SwapPrediction predict_swaps(Objective& objective, const Groups& groups, const Incumbent& incumbent,
                             const Vector& gradient, const IndexList& kept,
                             const IndexList& candidates, Monitor& monitor) {
  const IndexList& active = incumbent.variables;
  Matrix hessian;
  const auto restriction = objective.restrict_to(active);
  Vector ignored;
  restriction->value_and_gradient(incumbent.fit.values, ignored);
  restriction->hessian(incumbent.fit.values, hessian);
  if (!hessian.allFinite()) return {};
  const ActiveModel model(groups, incumbent, kept, hessian);
  if (!model.definite()) return {};

  SwapPrediction prediction{true, model.regular(), {}};
  Matrix cross;
  Matrix own;
  for (std::size_t first = 0; first < candidates.size();) {
    monitor.poll();
    if (monitor.stops()) break;
    const IndexList chunk = next_chunk(groups, candidates, first, objective.others_at_once());
    first += chunk.size();
    objective.cross_hessian(active, incumbent.fit.values, groups.variables_of(chunk),
                            sizes_of(groups, chunk), cross, own);
    const Matrix coupling = model.couplings(cross);
    Index offset = 0;
    for (const Index entering : chunk) {
      const Index size = groups.size(entering);
      const Matrix schur =
          own.block(offset, offset, size, size) -
          cross.middleCols(offset, size).transpose().lazyProduct(coupling.middleCols(offset, size));
      model.append_swaps(entering, coupling.middleCols(offset, size), schur,
                         gradient.segment(groups.start(entering), size), prediction.swaps);
      offset += size;
    }
    keep_best(prediction.swaps);
  }
  std::sort(prediction.swaps.begin(), prediction.swaps.end(), better);
  return prediction;
}

}  // namespace scope
