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
      const Index size = groups.size(group);
      if (!std::binary_search(kept.begin(), kept.end(), group)) {
        leaving_.push_back({group, offset});
        only_single_ = only_single_ && size == 1;
      }
      offset += size;
    }
  }

  bool definite() const { return cholesky_.info() == Eigen::Success; }
  bool regular() const { return regular_; }

  /// Appends what candidates promise; `cross` is H_Aj of all, `own` has H_jj on its diagonal.
  void append_swaps(const IndexList& candidates, const Matrix& cross, const Matrix& own,
                    const Vector& gradient, std::vector<Swap>& swaps) const {
    const Matrix couplings = cholesky_.solve(cross);
    Index first = 0;
    for (const Index entering : candidates) {
      const Index size = groups_.size(entering);
      const auto coupling = couplings.middleCols(first, size);
      if (only_single_ && size == 1) {
        const double schur = own(first, first) - cross.col(first).dot(coupling.col(0));
        append_single(entering, coupling.col(0), schur, gradient[groups_.start(entering)], swaps);
      } else {
        const Matrix schur = own.block(first, first, size, size) -
                             cross.middleCols(first, size).transpose().lazyProduct(coupling);
        append_group(entering, coupling, schur, gradient.segment(groups_.start(entering), size),
                     swaps);
      }
      first += size;
    }
  }

 private:
  struct Leaving {
    Index group;
    Index offset;
  };

  /// `coupling` is W, `schur` S. Between single variables no matrix is needed.
  void append_single(Index entering, const Eigen::Ref<const Vector>& coupling, double schur,
                     double gradient, std::vector<Swap>& swaps) const {
    if (!(schur > 0.0)) return;
    const double pull = gradient / schur;
    const double gain = 0.5 * gradient * pull;
    for (const auto& [group, i] : leaving_) {
      const double moved = incumbent_.fit.values[i] + coupling[i] * pull;
      const double slack = inverse_(i, i) + coupling[i] * coupling[i] / schur;
      const double change = 0.5 * moved * moved / slack - gain;
      if (std::isfinite(change)) swaps.push_back({group, entering, change});
    }
  }

  void append_group(Index entering, const Matrix& coupling, const Matrix& schur,
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

  /// What it costs to force a group to zero from where the newcomer moved it.
  double loss(Index group, Index offset, const Matrix& coupling, const Eigen::LLT<Matrix>& newcomer,
              const Vector& moved) const {
    const Index size = groups_.size(group);
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
  bool only_single_ = true;  ///< all of them are single variables
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
    model.append_swaps(chunk, cross, own, gradient, prediction.swaps);
    keep_best(prediction.swaps);
  }
  std::sort(prediction.swaps.begin(), prediction.swaps.end(), better);
  return prediction;
}

}  // namespace scope
