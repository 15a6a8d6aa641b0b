#include "scope/solvers/splicing.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "scope/error.hpp"
#include "scope/numeric/stopping_rule.hpp"
#include "scope/solvers/search.hpp"
#include "scope/support.hpp"

namespace scope {

namespace {

/// Of what was gained, what counts as an improvement where f has no finite minimiser.
constexpr double kUnboundedShare = 1e-10;
/// And what newcomers should promise of it for another exchange to be tried there.
constexpr double kExhaustedShare = 1e-8;
/// Of what was gained, what a sum of squares that vanishes still has of rounding: its terms are
/// squares of a few units in the last place.
constexpr double kRoundingOfSquares = 1e-29;
/// A trial is given up for good when it promises less than what it lacks by this factor.
constexpr double kBeyondDoubt = 20.0;
/// f is flat where its curvature is less than this share of that at zero, on the average.
constexpr double kFlat = 0.1;

}  // namespace

const char* to_string(SwapOptimality optimality) {
  switch (optimality) {
  case SwapOptimality::unchecked: return "unchecked";
  case SwapOptimality::screened: return "screened";
  case SwapOptimality::exhaustive: return "exhaustive";
  }
  return "unknown";
}

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

Incumbent Splicing::fit(const IndexList& active, const IndexList& from, const Vector& values) {
  return fit_for({reference_}, active, from, values);
}

Incumbent Splicing::fit_for(const FitGoal& goal, const IndexList& active, const IndexList& from,
                            const Vector& values) {
  monitor_.poll();
  FitGoal watched = goal;
  watched.monitor = &monitor_;
  Incumbent incumbent{active, problem_.groups().variables_of(active), {}};
  incumbent.fit = fitter_.fit(objective_, incumbent.variables,
                              transfer(from, values, incumbent.variables), watched);
  if (incumbent.fit.status == Status::non_finite) {
    incumbent.fit.value = std::numeric_limits<double>::infinity();
  }
  return incumbent;
}

void Splicing::rank(Search& search) {
  const Incumbent& incumbent = search.incumbent;
  search.sacrifices = compute_sacrifices(objective_, problem_.groups(), incumbent.active,
                                         incumbent.fit.values, options_.use_curvature);
  if (!search.by_null_curvature) return;
  const Vector& here = search.sacrifices.curvature;
  Vector steeper = null_curvature_.cwiseQuotient(here);
  for (double& ratio : steeper)
    ratio = ratio > 1.0 && std::isfinite(ratio) ? ratio : 1.0;
  Vector& scores = search.sacrifices.scores;
  const Vector cautious = scores.cwiseQuotient(steeper);
  scores = scores.cwiseProduct(steeper);
  for (const Index group : complement(incumbent.active, problem_.groups().count())) {
    scores[group] = cautious[group];
  }
}

bool Splicing::is_flat(const Search& search) const {
  const Vector& here = search.sacrifices.curvature;
  if (null_curvature_.size() == 0 || here.size() != null_curvature_.size()) return false;
  return here.cwiseQuotient(null_curvature_).mean() < kFlat;
}

double Splicing::to_beat(const Fit& incumbent) const {
  // Where a fit follows f to infinity, what it leaves of f says how far it went, no more.
  const bool unbounded = incumbent.status == Status::unbounded;
  const double share = std::max(options_.threshold, unbounded ? kUnboundedShare : 0.0);
  const double gained = reference_.gained(incumbent.value, incumbent.value);
  const double rounding =
      std::max(numeric::rounding_floor(incumbent.value), kRoundingOfSquares * gained);
  return incumbent.value - std::max(share * gained, rounding);
}

bool Splicing::improves(const Fit& trial, const Fit& incumbent) const {
  return trial.value < to_beat(incumbent);
}

Incumbent Splicing::try_support(Search& search, const IndexList& active, const Fit& best) {
  const Incumbent& incumbent = search.incumbent;
  const FitGoal goal{reference_, to_beat(best)};
  Incumbent trial = fit_for(goal, active, incumbent.variables, incumbent.fit.values);
  if (trial.fit.status == Status::abandoned) search.abandoned.push_back(trial);
  return trial;
}

Index Splicing::next_exchange(Index count) const {
  return options_.sequence == ExchangeSequence::halve ? count / 2 : count - 1;
}

IndexList Splicing::candidate_pool(const Search& search) const {
  IndexList inactive = complement(search.incumbent.active, problem_.groups().count());
  const Index size = options_.important_search;
  if (size == 0) return inactive;
  return top_of(std::move(inactive), search.sacrifices.scores, size);
}

bool Splicing::exchange_once(Search& search, const IndexList& pool, Index above) {
  const Incumbent& incumbent = search.incumbent;
  const Vector& scores = search.sacrifices.scores;
  const IndexList leaving =
      ranked_ascending(difference(incumbent.active, problem_.preselect()), scores);
  const IndexList entering = ranked_descending(
      top_of(difference(pool, incumbent.active), scores, search.max_exchange), scores);
  const auto available = static_cast<Index>(std::min(leaving.size(), entering.size()));
  Incumbent best;
  Index best_count = 0;
  for (Index count = std::min(search.max_exchange, available); count > above && !monitor_.stops();
       count = next_exchange(count)) {
    const IndexList active = exchange(incumbent.active, {leaving.begin(), leaving.begin() + count},
                                      {entering.begin(), entering.begin() + count});
    const Fit& to_improve = best_count == 0 ? incumbent.fit : best.fit;
    Incumbent trial = try_support(search, active, to_improve);
    ++search.fits;
    if (!improves(trial.fit, to_improve)) continue;
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
  search.abandoned.clear();
  ++search.exchanges;
  report(search);
  if (!monitor_.stops()) rank(search);
}

void Splicing::report(const Search& search) {
  const Incumbent& at = search.incumbent;
  monitor_.accepted({static_cast<Index>(at.active.size()), problem_.groups().dimension(), at.active,
                     at.variables, at.fit.values, at.fit.value, search.fits, search.exchanges,
                     objective_.evaluations().gradients});
}

/// Goes on with the fits that were given up at the incumbent, until they are hopeless beyond
/// doubt, so that giving up changes no answer.
bool Splicing::retry_abandoned(Search& search) {
  const std::vector<Incumbent> abandoned = std::move(search.abandoned);
  search.abandoned.clear();
  const FitGoal goal{reference_, to_beat(search.incumbent.fit), kBeyondDoubt};
  for (const Incumbent& given_up : abandoned) {
    if (monitor_.stops()) return false;
    Incumbent trial = fit_for(goal, given_up.active, given_up.variables, given_up.fit.values);
    if (!improves(trial.fit, search.incumbent.fit)) continue;
    accept(search, std::move(trial));
    return true;
  }
  return false;
}

/// Whether f falls towards infinity on the support and no newcomer promises anything any more: its
/// infimum is reached, as far as numbers can tell.
bool Splicing::is_exhausted(const Search& search) const {
  const Incumbent& incumbent = search.incumbent;
  if (incumbent.fit.status != Status::unbounded) return false;
  const Groups& groups = problem_.groups();
  double promised = 0.0;
  for (const Index group : complement(incumbent.active, groups.count())) {
    const double block = search.sacrifices.scores[group] * static_cast<double>(groups.size(group));
    promised = std::max(promised, 0.5 * block);
  }
  promised *= static_cast<double>(options_.max_exchange);
  const double gained = reference_.gained(incumbent.fit.value, incumbent.fit.value);
  return promised <= kExhaustedShare * gained;
}

/// Rounds of building a pool of candidates and exchanging within it. False: out of rounds, or
/// stopped.
bool Splicing::exchange_until_stuck(Search& search) {
  for (; search.rounds < options_.max_iterations; ++search.rounds) {
    const IndexList before = search.incumbent.active;
    const IndexList pool = unite(candidate_pool(search), before);
    search.max_exchange = options_.max_exchange;
    while (!is_exhausted(search) &&
           (exchange_once(search, pool, 0) || exchange_more(search, pool))) {
    }
    if (monitor_.stops()) return false;
    const bool pool_is_everything = static_cast<Index>(pool.size()) == problem_.groups().count();
    if (pool_is_everything || search.incumbent.active == before) return true;
  }
  return false;
}

void Splicing::search_from(Search& search, Incumbent start) {
  search.begin = objective_.evaluations().work();
  search.incumbent = std::move(start);
  report(search);
  if (monitor_.stops()) return;
  rank(search);
  search.stuck = exchange_until_stuck(search);
  while (search.stuck && (polish_once(search) || retry_abandoned(search)))
    search.stuck = exchange_until_stuck(search);
}

/// Deviation: where f has become flat, there is a second search from the same start. Near
/// saturation of a logistic model, curvatures are those of the few samples that are still open:
/// they rank at random, while those at zero rank by the correlations with the residuals.
void Splicing::search_otherwise(Search& search, const Incumbent& start) {
  if (monitor_.stops() || is_exhausted(search) || !is_flat(search)) return;
  Search other;
  other.by_null_curvature = true;
  search_from(other, start);
  other.fits += search.fits;
  other.exchanges += search.exchanges;
  if (improves(other.incumbent.fit, search.incumbent.fit)) {
    search = std::move(other);
  } else {
    search.fits = other.fits;
    search.exchanges = other.exchanges;
  }
}

SplicingResult Splicing::solve(const Incumbent& start) {
  Search search;
  search_from(search, start);
  search_otherwise(search, start);
  const Stop stop = monitor_.stop();
  const bool stuck = search.stuck && stop == Stop::none;
  Incumbent& answer = search.incumbent;
  FitGoal watched{reference_};
  watched.monitor = &monitor_;
  answer.fit = fitter_.refine(objective_, answer.variables, answer.fit, watched);
  SplicingResult result;
  result.status = stop != Stop::none ? status_of(stop)
                  : stuck            ? answer.fit.status
                                     : Status::iteration_limit;
  result.swap_optimal = stuck ? search.swap_optimal : SwapOptimality::unchecked;
  result.iterations = search.fits;
  result.exchanges = search.exchanges;
  result.incumbent = std::move(search.incumbent);
  result.sacrifices = std::move(search.sacrifices);
  return result;
}

}  // namespace scope
