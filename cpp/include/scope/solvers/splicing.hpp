#pragma once

#include <utility>
#include <vector>

#include "scope/fit.hpp"
#include "scope/monitor.hpp"
#include "scope/problem.hpp"
#include "scope/solvers/sacrifice.hpp"

namespace scope {

/// Order in which numbers of groups to exchange are tried.
enum class ExchangeSequence {
  halve,  ///< k, k/2, k/4, ..., 1
  taper   ///< k, k-1, k-2, ..., 1
};

/// How far a support is known to be better than those that differ by one exchange.
enum class SwapOptimality {
  unchecked,  ///< not at all, or the effort allowed ended first
  screened,   ///< no exchange that the quadratic model promises something of improves it
  exhaustive  ///< no exchange improves it
};

const char* to_string(SwapOptimality optimality);

/// What is done after the last exchange of splicing.
enum class SwapPolish {
  off,
  screened,   ///< try single exchanges that the quadratic model promises something of
  exhaustive  ///< then all others as well
};

struct SplicingOptions {
  Index max_iterations = 20;         ///< rounds of building a candidate pool
  Index max_exchange = 5;            ///< most groups exchanged at once
  bool dynamic_max_exchange = true;  ///< lower that to the last number that was accepted
  bool greedy = true;                ///< first improving exchange instead of the best
  ExchangeSequence sequence = ExchangeSequence::halve;
  Index important_search = 128;  ///< candidates beside the support; 0: all groups
  double threshold = 0.0;        ///< least improvement, as a share of f(0) - f
  bool use_curvature = true;     ///< scale sacrifices by the Hessian where it is known
  SwapPolish polish = SwapPolish::screened;
  /// Most that a screened polish may cost in vain, as a multiple of what splicing did
  /// (Evaluations::work).
  double polish_effort = 1.0;

  /// Throws InvalidArgument naming the field.
  void validate() const;
};

struct Swap;

/// A support with the minimiser on it.
struct Incumbent {
  IndexList active;     ///< groups, sorted
  IndexList variables;  ///< their variables, sorted
  Fit fit;
};

struct SplicingResult {
  Incumbent incumbent;
  Sacrifices sacrifices;  ///< at the incumbent
  Status status = Status::converged;
  SwapOptimality swap_optimal = SwapOptimality::unchecked;
  Index iterations = 0;  ///< supports tried
  Index exchanges = 0;   ///< supports accepted
};

/// Splicing at one sparsity level (Zhu et al. 2020, algorithms 1-2; api: exchange the k least
/// useful active groups for the k most promising others while f decreases).
class Splicing {
 public:
  /// All arguments but the options are kept by reference and must outlive *this.
  Splicing(Objective& objective, const Problem& problem, SupportFitter& fitter,
           const SplicingOptions& options, const GainReference& reference, Monitor& monitor);

  /// Minimiser on `active`, started from `values` on `from` and zero elsewhere.
  Incumbent fit(const IndexList& active, const IndexList& from, const Vector& values);

  /// Improves `start` until no exchange does, or the monitor stops it. The incumbent is never
  /// worse than `start`.
  SplicingResult solve(const Incumbent& start);

  /// Sacrifices::curvature at zero, where that is known; solve() may search by it as well.
  void set_null_curvature(Vector curvature) { null_curvature_ = std::move(curvature); }

 private:
  struct Search;

  void search_from(Search& search, Incumbent start);
  void search_otherwise(Search& search, const Incumbent& start);
  /// Whether f is so much flatter at the incumbent than at zero that its Hessian ranks badly.
  bool is_flat(const Search& search) const;
  void rank(Search& search);
  IndexList candidate_pool(const Search& search) const;
  /// Tries exchanges of more than `above` groups, from the largest number allowed downward.
  bool exchange_once(Search& search, const IndexList& pool, Index above);
  bool exchange_more(Search& search, const IndexList& pool);
  bool is_exhausted(const Search& search) const;
  bool exchange_until_stuck(Search& search);
  Vector plain_scores(const Search& search) const;
  IndexList polish_candidates(const Search& search, Index count) const;
  double effort_left(const Search& search, double share) const;
  bool has_effort_left(const Search& search, double share) const;
  Index affordable_candidates(const Search& search, bool exact) const;
  bool polish_once(Search& search);
  bool find_better_exchange(Search& search);
  bool try_promising_swaps(Search& search, std::vector<Swap>& unpromising);
  bool try_swaps(Search& search, const std::vector<Swap>& swaps, double share);
  bool try_all_swaps(Search& search);
  bool try_swap(Search& search, const Swap& swap);
  bool retry_abandoned(Search& search);
  /// Fits `active` in order to beat `best`; takes note of it if that was given up.
  Incumbent try_support(Search& search, const IndexList& active, const Fit& best);
  Incumbent fit_for(const FitGoal& goal, const IndexList& active, const IndexList& from,
                    const Vector& values);
  void accept(Search& search, Incumbent better);
  void report(const Search& search);
  bool improves(const Fit& trial, const Fit& incumbent) const;
  /// What a value must come below to improve on `incumbent`.
  double to_beat(const Fit& incumbent) const;
  Index next_exchange(Index count) const;
  bool has_model(const Incumbent& incumbent) const;

  Objective& objective_;
  const Problem& problem_;
  SupportFitter& fitter_;
  SplicingOptions options_;
  GainReference reference_;
  Vector null_curvature_;
  Monitor& monitor_;
};

}  // namespace scope
