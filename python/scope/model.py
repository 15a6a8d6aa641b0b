"""Objectives ready to solve, as early versions of skscope supplied them."""

from typing import Any

from scope._scope import QuadraticData, quadratic_grad, quadratic_hess, quadratic_loss


def quadratic_objective(Q: Any, p: Any, autodiff: bool = False) -> dict[str, Any]:
    """Return ``x' Q x / 2 + p' x`` with its derivatives and data.

    Parameters
    ----------
    Q : (d, d) array_like of float
        Matrix; only its symmetric part matters.
    p : (d,) array_like of float
        Vector.
    autodiff : bool, default=False
        Leave the derivatives to the solver: `gradient` and `hessian` are None. Solvers then read
        the matrix from the objective, which is faster than calling the derivatives.

    Returns
    -------
    dict
        `objective`, `gradient` and `hessian`, functions of ``(x, data)``, and `data`. All but
        `hessian`, an attribute of the solvers, are arguments of ``solve``.

    Raises
    ------
    ValueError
        Q is not a square matrix, or p not a vector of its size.

    Examples
    --------
    >>> import numpy as np
    >>> from scope import ScopeSolver
    >>> model = quadratic_objective(np.eye(3), np.array([-1.0, -4.0, 2.0]))
    >>> solver = ScopeSolver(3, sparsity=2)
    >>> solver.hessian = model.pop("hessian")
    >>> solver.solve(**model).tolist()
    [0.0, 4.0, -2.0]
    """
    return {
        "objective": quadratic_loss,
        "gradient": None if autodiff else quadratic_grad,
        "hessian": None if autodiff else quadratic_hess,
        "data": QuadraticData(Q, p),
    }
