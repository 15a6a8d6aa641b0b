#include "scope/solvers/swap_model.hpp"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>

#include "scope/support.hpp"

namespace scope {

namespace {

/// Positions of `variables` in `within`; both sorted.
IndexList positions(const IndexList& variables, const IndexList& within) {
  IndexList found;
  found.reserve(variables.size());
  std::size_t at = 0;
  for (const Index variable : variables) {
    while (within[at] != variable)
      ++at;
    found.push_back(static_cast<Index>(at));
  }
  return found;
}

/// The quadratic model on the active variables, to be extended by one candidate at a time.
class ActiveModel {
 public:
  ActiveModel(const Groups& groups, const Incumbent& incumbent, const Matrix& hessian)
      : groups_(groups),
        incumbent_(incumbent),
        cholesky_(hessian) {
    if (definite()) {
      inverse_ = cholesky_.solve(Matrix::Identity(hessian.rows(), hessian.cols()));
    }
  }

  bool definite() const { return cholesky_.info() == Eigen::Success; }

  /// Appends the swaps of `entering` for every active group that is not kept.
  void append_swaps(Index entering, const Matrix& cross, const Matrix& own, const Vector& gradient,
                    const IndexList& kept, std::vector<Swap>& swaps) const {
    const Matrix coupling = cholesky_.solve(cross);  // W
    const Eigen::LLT<Matrix> schur(own - cross.transpose() * coupling);
    if (schur.info() != Eigen::Success) return;
    const Vector pull = schur.solve(gradient);
    const double gain = 0.5 * gradient.dot(pull);
    const Vector moved = incumbent_.fit.values + coupling * pull;
    const Matrix spread = schur.solve(coupling.transpose());
    Index offset = 0;
    for (const Index leaving : incumbent_.active) {
      const Index size = groups_.size(leaving);
      if (!std::binary_search(kept.begin(), kept.end(), leaving)) {
        const Matrix slack = inverse_.block(offset, offset, size, size) +
                             coupling.middleRows(offset, size) * spread.middleCols(offset, size);
        const Vector block = moved.segment(offset, size);
        const double change = 0.5 * block.dot(slack.llt().solve(block)) - gain;
        if (std::isfinite(change)) swaps.push_back({leaving, entering, change});
      }
      offset += size;
    }
  }

 private:
  const Groups& groups_;
  const Incumbent& incumbent_;
  Eigen::LLT<Matrix> cholesky_;
  Matrix inverse_;
};

}  // namespace

std::vector<Swap> predict_swaps(Objective& objective, const Groups& groups,
                                const Incumbent& incumbent, const Vector& gradient,
                                const IndexList& kept, const IndexList& candidates) {
  const IndexList all = groups.variables_of(unite(incumbent.active, candidates));
  const auto restriction = objective.restrict_to(all);
  const Vector point = transfer(incumbent.variables, incumbent.fit.values, all);
  Vector ignored;
  restriction->value_and_gradient(point, ignored);
  Matrix hessian;
  restriction->hessian(point, hessian);
  if (!hessian.allFinite()) return {};

  const IndexList active = positions(incumbent.variables, all);
  const ActiveModel model(groups, incumbent, hessian(active, active));
  if (!model.definite()) return {};
  std::vector<Swap> swaps;
  for (const Index entering : candidates) {
    const IndexList own = positions(groups.variables_of({entering}), all);
    model.append_swaps(entering, hessian(active, own), hessian(own, own),
                       gradient.segment(groups.start(entering), groups.size(entering)), kept,
                       swaps);
  }
  std::stable_sort(swaps.begin(), swaps.end(),
                   [](const Swap& a, const Swap& b) { return a.change < b.change; });
  return swaps;
}

}  // namespace scope
