#pragma once

#include <vector>

#include "scope/solvers/splicing.hpp"

namespace scope {

/// An exchange of one active group for another, with what it is expected to change.
struct Swap {
  Index leaving;
  Index entering;
  double change;  ///< of f, by the quadratic model; negative is better
};

/// What the quadratic model of f says of single exchanges.
struct SwapPrediction {
  bool known = false;       ///< whether the model has a minimum
  bool regular = false;     ///< whether only one; else changes are right to a small share of f
  std::vector<Swap> swaps;  ///< by change, ties by index; what promises nothing only in part
};

/// Expected change of f for exchanges of one active group (none of `kept`) for one of `candidates`
/// (sorted), all other variables refitted: the minimum of the quadratic model of f at the incumbent
/// under the constraint that the leaving group is zero. Exact for quadratic f.
///
/// With A the active variables, j the entering group, g its gradient, W = H_AA^{-1} H_Aj and
/// S = H_jj - H_jA W, the unconstrained minimiser moves A by W S^{-1} g and gains g'S^{-1}g / 2;
/// forcing the leaving block, then at v, to zero costs v' P^{-1} v / 2 with
/// P = (H_AA^{-1})_ii + W_i S^{-1} W_i'. O(a^3 + c a^2) for a active and c candidate variables,
/// and the cross block H_Aj of all of them: O(n a c) for a composite of n rows.
///
/// `monitor` is polled between parts of the cross block.
///
/// Precondition: restrictions of `objective` have Hessians.
SwapPrediction predict_swaps(Objective& objective, const Groups& groups, const Incumbent& incumbent,
                             const Vector& gradient, const IndexList& kept,
                             const IndexList& candidates, Monitor& monitor);

}  // namespace scope
