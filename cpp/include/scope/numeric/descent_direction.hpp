#pragma once

#include "scope/types.hpp"

namespace scope::numeric {

/// The Newton direction -H^{-1} g, with H replaced by a positive definite neighbour if need be.
///
/// H is first scaled to unit diagonal, so that the units of the variables do not matter. Where
/// Cholesky then fails or meets a pivot that is rounding, the eigenvalues of the scaled matrix are
/// replaced by max(|lambda|, floor): a descent direction that also leaves saddles
/// (Nocedal & Wright 2006, section 3.4; Dauphin et al. 2014, arXiv:1406.2572).
struct DescentDirection {
  Vector step;
  double decrement = 0.0;   ///< -g'step >= 0: twice the decrease that the model promises
  bool definite = true;     ///< whether H itself was positive definite
  bool indefinite = false;  ///< whether it has a negative eigenvalue beyond rounding
  Vector scale;             ///< square roots of |H_jj|: step .* scale has the unit of sqrt(f)
};

/// O(n^3). Preconditions: both finite, sizes agree, n > 0.
DescentDirection newton_direction(const Matrix& hessian, const Vector& gradient);

/// The same for f at `point`, which need not have a finite minimiser along `point`: where f does
/// not change when z is multiplied (z / sum(z): portfolios, simplices, Rayleigh quotients), Euler's
/// theorem says H z = -g, and Newton's step is z itself, which leads nowhere. There, the step is
/// that of Newton's method across z, on the sphere (Absil, Mahony & Sepulchre 2008, section 6.2,
/// doi:10.1515/9781400830244).
DescentDirection newton_direction(const Matrix& hessian, const Vector& gradient,
                                  const Vector& point);

/// The step of a trust region: the minimum of the model over steps of which the length in units of
/// `direction.scale` is about `radius` at most (Nocedal & Wright 2006, section 4.3).
/// `direction` is newton_direction() of both; its own step where that is short enough or H is not
/// positive definite.
Vector limited_step(const Matrix& hessian, const Vector& gradient,
                    const DescentDirection& direction, double radius);

}  // namespace scope::numeric
