// The part of Splicing that looks for single exchanges when splicing has ended.

#include <algorithm>
#include <cmath>
#include <utility>

#include "scope/solvers/search.hpp"
#include "scope/solvers/swap_model.hpp"
#include "scope/support.hpp"

namespace scope {

namespace {

/// Candidates that the polish takes from each of its two rankings at least.
constexpr Index kPolishCandidates = 8;
/// What the polish of a search that cost next to nothing may cost.
constexpr Index kLeastEffort = 32;
/// Where there are no more exchanges than this, all are tried, whatever is promised of them;
constexpr std::size_t kFewSwaps = 128;
/// if there are no more than this, whatever it costs;
constexpr std::size_t kVeryFewSwaps = 16;
/// elsewhere those that promise nothing get this share of the effort.
constexpr double kUnpromisingShare = 0.2;
/// Where the model is f itself, predictions of so many multiplications are made in any case,
constexpr double kCheapMultiplications = 1 << 21;
/// and what they promise is tried whatever it costs: it is kept.
constexpr double kWhateverItCosts = 1e100;
/// Most active variables for which the polish factorises the Hessian.
constexpr Index kPolishLimit = 512;

}  // namespace

/// Sacrifices in the identity's metric instead of the Hessian's.
Vector Splicing::plain_scores(const Search& search) const {
  const Groups& groups = problem_.groups();
  Vector entries = search.sacrifices.gradient;
  entries(search.incumbent.variables) = search.incumbent.fit.values;
  Vector scores(groups.count());
  for (Index group = 0; group < groups.count(); ++group) {
    const auto block = entries.segment(groups.start(group), groups.size(group));
    const double score = block.squaredNorm() / static_cast<double>(block.size());
    scores[group] = std::isfinite(score) ? score : 0.0;
  }
  return scores;
}

/// The `count` most promising groups by each of two rankings: scaled by curvature and not.
IndexList Splicing::polish_candidates(const Search& search, Index count) const {
  const Groups& groups = problem_.groups();
  IndexList inactive = complement(search.incumbent.active, groups.count());
  if (count >= static_cast<Index>(inactive.size())) return inactive;
  return unite(top_of(inactive, search.sacrifices.scores, count),
               top_of(inactive, plain_scores(search), count));
}

bool Splicing::has_model(const Incumbent& incumbent) const {
  return !incumbent.variables.empty() && incumbent.fit.status != Status::unbounded &&
         static_cast<Index>(incumbent.variables.size()) <= kPolishLimit &&
         objective_.restrict_to(incumbent.variables)->has_hessian();
}

/// Whether the polish has cost less than a share of what it may. Progress is never rationed.
bool Splicing::has_effort_left(const Search& search, double share) const {
  if (monitor_.stops()) return false;
  return options_.polish == SwapPolish::exhaustive || effort_left(search, share) > 0.0;
}

double Splicing::effort_left(const Search& search, double share) const {
  const Index now = objective_.evaluations().work();
  const Index polish = search.polish_work + now - search.polish_begin;
  const Index splicing = std::max(now - search.begin - polish, kLeastEffort);
  return share * options_.polish_effort * static_cast<double>(splicing) -
         static_cast<double>(polish);
}

/// How many candidates the polish may look at: for half of its effort, and where the model is f
/// itself, for as much as nobody would notice.
Index Splicing::affordable_candidates(const Search& search, bool exact) const {
  const auto active = static_cast<double>(search.incumbent.variables.size());
  const auto product = static_cast<double>(objective_.multiplications_per_product());
  const double cheap = exact ? kCheapMultiplications / (product * (active + 1.0)) : 0.0;
  const double count = std::max(cheap, 0.5 * effort_left(search, 1.0));
  return std::max(kPolishCandidates, static_cast<Index>(count));
}

/// Looks for an exchange that improves the incumbent and that splicing does not try.
bool Splicing::polish_once(Search& search) {
  search.swap_optimal = SwapOptimality::unchecked;
  const std::size_t size = search.incumbent.active.size();
  const bool no_swaps =
      size == problem_.preselect().size() || static_cast<Index>(size) == problem_.groups().count();
  if (no_swaps) search.swap_optimal = SwapOptimality::exhaustive;
  if (no_swaps || options_.polish == SwapPolish::off) return false;
  search.polish_begin = objective_.evaluations().work();
  const bool improved = find_better_exchange(search);
  if (!improved) search.polish_work += objective_.evaluations().work() - search.polish_begin;
  return improved;
}

/// First what the quadratic model of f promises something of; last, where it is not f itself, some
/// single exchanges that it promises nothing of.
bool Splicing::find_better_exchange(Search& search) {
  std::vector<Swap> unpromising;
  if (has_model(search.incumbent) && try_promising_swaps(search, unpromising)) return true;
  if (options_.polish == SwapPolish::exhaustive) {
    return search.swap_optimal != SwapOptimality::exhaustive && try_all_swaps(search);
  }
  const std::size_t count = unpromising.size();
  return try_swaps(search, unpromising,
                   count <= kVeryFewSwaps ? kWhateverItCosts
                   : count <= kFewSwaps   ? 1.0
                                          : kUnpromisingShare);
}

/// Tries the single exchanges that the quadratic model promises something of. The others are left
/// to `unpromising`, best first, unless the model is f itself.
bool Splicing::try_promising_swaps(Search& search, std::vector<Swap>& unpromising) {
  const Incumbent& incumbent = search.incumbent;
  const Index inactive = problem_.groups().count() - static_cast<Index>(incumbent.active.size());
  const bool all = options_.polish == SwapPolish::exhaustive;
  const auto restriction = objective_.restrict_to(incumbent.variables);
  const bool exact = restriction->is_quadratic() && !restriction->bounds().exist();
  const IndexList candidates =
      polish_candidates(search, all ? inactive : affordable_candidates(search, exact));
  SwapPrediction prediction =
      predict_swaps(objective_, problem_.groups(), incumbent, search.sacrifices.gradient,
                    problem_.preselect(), candidates, monitor_);
  const double least = to_beat(incumbent.fit) - incumbent.fit.value;
  const auto nothing =
      std::partition_point(prediction.swaps.begin(), prediction.swaps.end(),
                           [least](const Swap& swap) { return swap.change < least; });
  unpromising.assign(nothing, prediction.swaps.end());
  prediction.swaps.erase(nothing, prediction.swaps.end());
  if (try_swaps(search, prediction.swaps, exact ? kWhateverItCosts : 1.0)) return true;
  if (!prediction.known || search.out_of_effort) return false;

  search.swap_optimal = SwapOptimality::screened;
  if (exact) {
    unpromising.clear();
    const bool complete = static_cast<Index>(candidates.size()) == inactive;
    if (complete && prediction.regular) search.swap_optimal = SwapOptimality::exhaustive;
  }
  return false;
}

/// Tries exchanges in their order until one improves the incumbent or the effort ends.
bool Splicing::try_swaps(Search& search, const std::vector<Swap>& swaps, double share) {
  search.out_of_effort = false;
  for (const Swap& swap : swaps) {
    search.out_of_effort = !has_effort_left(search, share);
    if (search.out_of_effort) return false;
    if (try_swap(search, swap)) return true;
  }
  return false;
}

bool Splicing::try_swap(Search& search, const Swap& swap) {
  const Incumbent& incumbent = search.incumbent;
  Incumbent trial = try_support(search, exchange(incumbent.active, {swap.leaving}, {swap.entering}),
                                incumbent.fit);
  ++search.fits;
  if (!improves(trial.fit, incumbent.fit)) return false;
  accept(search, std::move(trial));
  return true;
}

/// Tries every single exchange, whatever the model says of it.
bool Splicing::try_all_swaps(Search& search) {
  const IndexList inactive = complement(search.incumbent.active, problem_.groups().count());
  for (const Index leaving : difference(search.incumbent.active, problem_.preselect())) {
    for (const Index entering : inactive) {
      if (monitor_.stops()) return false;
      if (try_swap(search, {leaving, entering, 0.0})) return true;
    }
  }
  search.swap_optimal = SwapOptimality::exhaustive;
  return false;
}

}  // namespace scope
