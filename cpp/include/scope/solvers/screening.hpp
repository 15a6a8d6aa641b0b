#pragma once

#include "scope/fit.hpp"
#include "scope/monitor.hpp"
#include "scope/problem.hpp"

namespace scope {

/// The `count` groups, preselected ones included, whose minimiser without all other groups has the
/// largest mean square; sorted. A group that has no finite minimiser comes before all that have
/// one. (Sure independence screening, Fan & Lv 2008, doi:10.1111/j.1467-9868.2008.00674.x.)
///
/// Precondition: preselected groups <= count <= groups. One small fit a group.
IndexList screen(Objective& objective, const Problem& problem, Index count, SupportFitter& fitter,
                 Monitor& monitor);

}  // namespace scope
