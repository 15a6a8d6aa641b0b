#include "scope/solvers/splicing.hpp"

#include <algorithm>
#include <cmath>

#include "scope/error.hpp"
#include "scope/numeric/stopping_rule.hpp"
#include "scope/solvers/swap_model.hpp"
#include "scope/support.hpp"

namespace scope {

namespace {

/// Candidates that the polish takes from each of its two rankings.
constexpr std::size_t kPolishCandidates = 8;
/// Most active variables for which the polish factorises the Hessian.
constexpr Index kPolishLimit = 512;

}  // namespace

/// What one solve carries from step to step.
struct Splicing::Search {
  Incumbent incumbent;
  Sacrifices sacrifices;
  Index max_exchange = 0;
  Index rounds = 0;
  Index fits = 0;
  Index polish_fits = 0;  // in vain
  Index exchanges = 0;
  std::vector<IndexList> abandoned;  ///< supports that were given up at this incumbent
};

void SplicingOptions::validate() const {
  if (max_iterations < 0) throw InvalidArgument("max_iter should be non-negative.");
  if (max_exchange < 1) throw InvalidArgument("max_exchange_num should be positive.");
  if (important_search < 0) throw InvalidArgument("important_search should be non-negative.");
  if (!(polish_effort >= 0.0)) throw InvalidArgument("polish_effort should be non-negative.");
  if (!(threshold >= 0.0)) throw InvalidArgument("threshold should be non-negative.");
}

Splicing::Splicing(Objective& objective, const Problem& problem, SupportFitter& fitter,
                   const SplicingOptions& options, const GainReference& reference, Monitor& monitor)
    : objective_(objective),
      problem_(problem),
      fitter_(fitter),
      options_(options),
      reference_(reference),
      monitor_(monitor) {
  options_.validate();
}

Incumbent Splicing::fit(const IndexList& active, const IndexList& from, const Vector& values,
                        double to_beat) {
  monitor_.poll();
  Incumbent incumbent{active, problem_.groups().variables_of(active), {}};
  incumbent.fit = fitter_.fit(objective_, incumbent.variables,
                              transfer(from, values, incumbent.variables), {reference_, to_beat});
  if (incumbent.fit.status == Status::non_finite) {
    incumbent.fit.value = std::numeric_limits<double>::infinity();
  }
  return incumbent;
}

Sacrifices Splicing::sacrifices_of(const Incumbent& incumbent) {
  return compute_sacrifices(objective_, problem_.groups(), incumbent.active, incumbent.fit.values,
                            options_.use_curvature);
}

double Splicing::to_beat(double incumbent_value) const {
  const double gained = reference_.gained(incumbent_value, incumbent_value);
  return incumbent_value -
         std::max(options_.threshold * gained, numeric::rounding_floor(incumbent_value));
}

bool Splicing::improves(double value, double incumbent_value) const {
  return value < to_beat(incumbent_value);
}

Incumbent Splicing::try_support(Search& search, const IndexList& active, double value) {
  const Incumbent& incumbent = search.incumbent;
  Incumbent trial = fit(active, incumbent.variables, incumbent.fit.values, to_beat(value));
  if (trial.fit.status == Status::abandoned) search.abandoned.push_back(active);
  return trial;
}

Index Splicing::next_exchange(Index count) const {
  return options_.sequence == ExchangeSequence::halve ? count / 2 : count - 1;
}

IndexList Splicing::candidate_pool(const Search& search) const {
  const IndexList inactive = complement(search.incumbent.active, problem_.groups().count());
  const auto size = static_cast<std::size_t>(options_.important_search);
  IndexList pool = ranked_descending(inactive, search.sacrifices.scores);
  if (size != 0 && size < pool.size()) pool.resize(size);
  std::sort(pool.begin(), pool.end());
  return pool;
}

bool Splicing::exchange_once(Search& search, const IndexList& pool, Index above) {
  const Incumbent& incumbent = search.incumbent;
  const IndexList leaving = ranked_ascending(difference(incumbent.active, problem_.preselect()),
                                             search.sacrifices.scores);
  const IndexList entering =
      ranked_descending(difference(pool, incumbent.active), search.sacrifices.scores);
  const auto available = static_cast<Index>(std::min(leaving.size(), entering.size()));
  Incumbent best;
  Index best_count = 0;
  for (Index count = std::min(search.max_exchange, available); count > above;
       count = next_exchange(count)) {
    const IndexList active = exchange(incumbent.active, {leaving.begin(), leaving.begin() + count},
                                      {entering.begin(), entering.begin() + count});
    const double best_value = best_count == 0 ? incumbent.fit.value : best.fit.value;
    Incumbent trial = try_support(search, active, best_value);
    ++search.fits;
    if (!improves(trial.fit.value, best_value)) continue;
    best = std::move(trial);
    best_count = count;
    if (options_.greedy) break;
  }
  if (best_count == 0) return false;
  if (options_.dynamic_max_exchange) search.max_exchange = best_count;
  accept(search, std::move(best));
  return true;
}

/// Where the cap on exchanges was lowered, those above it are still untried at the incumbent.
/// Deviation: skscope stops here; then a restart from the answer may improve it.
bool Splicing::exchange_more(Search& search, const IndexList& pool) {
  const Index cap = search.max_exchange;
  search.max_exchange = options_.max_exchange;
  return cap < options_.max_exchange && exchange_once(search, pool, cap);
}

void Splicing::accept(Search& search, Incumbent better) {
  search.incumbent = std::move(better);
  search.sacrifices = sacrifices_of(search.incumbent);
  search.abandoned.clear();
  ++search.exchanges;
}

/// Completes the fits that were given up at the incumbent, so that giving up changes no answer.
bool Splicing::retry_abandoned(Search& search) {
  std::vector<IndexList> abandoned = std::move(search.abandoned);
  search.abandoned.clear();
  std::sort(abandoned.begin(), abandoned.end());
  abandoned.erase(std::unique(abandoned.begin(), abandoned.end()), abandoned.end());
  for (const IndexList& active : abandoned) {
    const Incumbent& incumbent = search.incumbent;
    Incumbent trial = fit(active, incumbent.variables, incumbent.fit.values);
    if (!improves(trial.fit.value, incumbent.fit.value)) continue;
    accept(search, std::move(trial));
    return true;
  }
  return false;
}

/// Rounds of building a pool of candidates and exchanging within it. False: out of rounds.
bool Splicing::exchange_until_stuck(Search& search) {
  for (; search.rounds < options_.max_iterations; ++search.rounds) {
    const IndexList before = search.incumbent.active;
    const IndexList pool = unite(candidate_pool(search), before);
    search.max_exchange = options_.max_exchange;
    while (exchange_once(search, pool, 0) || exchange_more(search, pool))
      continue;
    const bool pool_is_everything = static_cast<Index>(pool.size()) == problem_.groups().count();
    if (pool_is_everything || search.incumbent.active == before) return true;
  }
  return false;
}

/// The most promising groups by both rankings: scaled by curvature and not.
IndexList Splicing::polish_candidates(const Search& search) const {
  const Groups& groups = problem_.groups();
  Vector plain(groups.count());
  for (Index group = 0; group < groups.count(); ++group) {
    const auto gradient =
        search.sacrifices.gradient.segment(groups.start(group), groups.size(group));
    plain[group] = gradient.squaredNorm() / static_cast<double>(groups.size(group));
  }
  const IndexList inactive = complement(search.incumbent.active, groups.count());
  const std::size_t each = std::min(inactive.size(), kPolishCandidates);
  IndexList scaled = ranked_descending(inactive, search.sacrifices.scores);
  IndexList unscaled = ranked_descending(inactive, plain);
  scaled.resize(each);
  unscaled.resize(each);
  std::sort(scaled.begin(), scaled.end());
  std::sort(unscaled.begin(), unscaled.end());
  return unite(scaled, unscaled);
}

bool Splicing::has_model(const Incumbent& incumbent) const {
  return !incumbent.variables.empty() && incumbent.fit.status != Status::unbounded &&
         static_cast<Index>(incumbent.variables.size()) <= kPolishLimit &&
         objective_.restrict_to(incumbent.variables)->has_hessian();
}

/// Tries the single swaps that the quadratic model promises most of.
bool Splicing::polish_once(Search& search) {
  if (!has_model(search.incumbent)) return false;
  const auto budget = static_cast<Index>(options_.polish_effort * static_cast<double>(search.fits));
  const std::vector<Swap> swaps =
      predict_swaps(objective_, problem_.groups(), search.incumbent, search.sacrifices.gradient,
                    problem_.preselect(), polish_candidates(search));
  for (const Swap& swap : swaps) {
    if (swap.change >= 0.0 || search.polish_fits >= budget) return false;
    const Incumbent& incumbent = search.incumbent;
    Incumbent trial = try_support(
        search, exchange(incumbent.active, {swap.leaving}, {swap.entering}), incumbent.fit.value);
    if (!improves(trial.fit.value, incumbent.fit.value)) {
      ++search.polish_fits;  // progress is never rationed
      continue;
    }
    accept(search, std::move(trial));
    return true;
  }
  return false;
}

SplicingResult Splicing::solve(Incumbent start) {
  Search search;
  search.incumbent = std::move(start);
  search.sacrifices = sacrifices_of(search.incumbent);
  bool stuck = exchange_until_stuck(search);
  while (stuck && (polish_once(search) || retry_abandoned(search)))
    stuck = exchange_until_stuck(search);
  Incumbent& answer = search.incumbent;
  answer.fit = fitter_.refine(objective_, answer.variables, answer.fit, {reference_});
  const Status status = stuck ? search.incumbent.fit.status : Status::iteration_limit;
  return {std::move(search.incumbent), std::move(search.sacrifices), status,
          search.fits + search.polish_fits, search.exchanges};
}

}  // namespace scope
