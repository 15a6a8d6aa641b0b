#pragma once

#include "scope/objective.hpp"
#include "scope/problem.hpp"

namespace scope {

/// What f loses, to second order, when an active group leaves, and gains when another enters.
struct Sacrifices {
  Vector scores;     ///< one a group, >= 0; backward for active groups, forward for the rest
  Vector gradient;   ///< of f at the point, length p; zero where a bound at zero forbids descent
  Vector curvature;  ///< trace of the Hessian's block, one a group; empty where it is not used
};

/// Sacrifices at the point that is `values` on the variables of `active` and zero elsewhere.
///
/// Group G of size |G| with gradient g_G and Hessian block H_GG (identity without curvature):
/// active `x_G' H_GG x_G / |G|`, inactive `g_G' H_GG^{-1} g_G / |G|`
/// (Zhu et al. 2020, doi:10.1073/pnas.2014241117; Zhang et al. 2023, doi:10.1287/ijoc.2022.1241).
/// Deviation: where a block is not positive definite its diagonal is used in absolute value, so
/// that scores stay comparable; entries that are not finite count as zero.
Sacrifices compute_sacrifices(Objective& objective, const Groups& groups, const IndexList& active,
                              const Vector& values, bool use_curvature);

}  // namespace scope
