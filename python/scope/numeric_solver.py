"""Ready-made minimisers for ``numeric_solver=``, on SciPy.

A solver left at its default, `convex_solver_LBFGS`, does not call it: the compiled inner solver
does the same job with second derivatives. Called by hand, or from a user's own numeric solver, both
functions do what they say.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.optimize import minimize

from scope._legacy import renamed
from scope.typing import FloatArray, IndexArray

_ValueAndGradient = Callable[[FloatArray, Any], tuple[float, FloatArray]]


def convex_solver_LBFGS(
    objective_func: Callable[[FloatArray, Any], float],
    value_and_grad: _ValueAndGradient,
    init_params: FloatArray,
    optim_variable_set: IndexArray,
    data: Any,
) -> tuple[float, FloatArray]:
    """Minimise over some variables with SciPy's L-BFGS-B, the others fixed.

    Parameters
    ----------
    objective_func : callable
        ``objective_func(params, data) -> float``; not used, the value comes with the gradient.
    value_and_grad : callable
        ``value_and_grad(params, data) -> (float, (p,) gradient)``.
    init_params : (p,) ndarray of float64
        Start; entries outside `optim_variable_set` stay as they are. Changed in place.
    optim_variable_set : (k,) ndarray of int
        Variables to optimise.
    data : object
        Handed to the callables.

    Returns
    -------
    float
        Objective at the result.
    (p,) ndarray of float64
        The minimiser.

    References
    ----------
    Byrd, Lu, Nocedal & Zhu (1995), doi:10.1137/0916069.

    Examples
    --------
    >>> import numpy as np
    >>> def f(x, data):
    ...     return float(((x - data) ** 2).sum()), 2 * (x - data)
    >>> loss, x = convex_solver_LBFGS(None, f, np.zeros(2), np.array([1]), np.array([3.0, 4.0]))
    >>> bool(np.allclose(x, [0, 4]))
    True
    """
    return _minimise("L-BFGS-B", value_and_grad, init_params, optim_variable_set, data)


def convex_solver_BFGS(
    objective_func: Callable[[FloatArray, Any], float],
    value_and_grad: _ValueAndGradient,
    init_params: FloatArray,
    optim_variable_set: IndexArray,
    data: Any,
) -> tuple[float, FloatArray]:
    """Minimise over some variables with SciPy's BFGS, the others fixed.

    Parameters
    ----------
    objective_func : callable
        ``objective_func(params, data) -> float``; not used, the value comes with the gradient.
    value_and_grad : callable
        ``value_and_grad(params, data) -> (float, (p,) gradient)``.
    init_params : (p,) ndarray of float64
        Start; entries outside `optim_variable_set` stay as they are. Changed in place.
    optim_variable_set : (k,) ndarray of int
        Variables to optimise.
    data : object
        Handed to the callables.

    Returns
    -------
    float
        Objective at the result.
    (p,) ndarray of float64
        The minimiser.

    References
    ----------
    Nocedal & Wright (2006), algorithm 6.1, doi:10.1007/978-0-387-40065-5.

    Examples
    --------
    >>> import numpy as np
    >>> def f(x, data):
    ...     return float(((x - data) ** 2).sum()), 2 * (x - data)
    >>> loss, x = convex_solver_BFGS(None, f, np.zeros(2), np.array([0]), np.array([3.0, 4.0]))
    >>> bool(np.allclose(x, [3, 0]))
    True
    """
    return _minimise("BFGS", value_and_grad, init_params, optim_variable_set, data)


def _minimise(
    method: str,
    value_and_grad: _ValueAndGradient,
    params: FloatArray,
    variables: IndexArray,
    data: Any,
) -> tuple[float, FloatArray]:
    def on_support(z: FloatArray) -> tuple[float, FloatArray]:
        params[variables] = z
        value, gradient = value_and_grad(params, data)
        return value, np.asarray(gradient, dtype=np.float64)[variables]

    result = minimize(on_support, params[variables], jac=True, method=method)
    params[variables] = result.x
    return float(result.fun), params


def __getattr__(name: str) -> Any:
    """Answer to the name of a solver that was dropped when nlopt was."""
    return renamed(name, {"convex_solver_nlopt": convex_solver_LBFGS}, __name__)
