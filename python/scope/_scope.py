"""Quadratic objectives under the names of skscope's native module.

There they were compiled C++; here they are written in JAX's operations, so that solvers read the
matrix and minimise natively: ``solver.solve(quadratic_loss, data=QuadraticData(Q, p))``.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from scope.exceptions import InvalidArgumentError
from scope.typing import FloatArray


@dataclass(frozen=True, eq=False)
class QuadraticData:
    """The matrix and vector of ``x' Q x / 2 + p' x``.

    Parameters
    ----------
    Q : (d, d) array_like of float
        Matrix; only its symmetric part matters.
    p : (d,) array_like of float
        Vector.

    Raises
    ------
    ValueError
        The shapes are not those.

    Examples
    --------
    >>> quadratic_loss(np.array([1.0, 2.0]), QuadraticData(np.eye(2), [1.0, 1.0]))
    np.float64(5.5)
    """

    Q: FloatArray
    p: FloatArray

    def __post_init__(self) -> None:
        # Frozen: what came is replaced by arrays once, here.
        object.__setattr__(self, "Q", np.asarray(self.Q, dtype=np.float64))
        object.__setattr__(self, "p", np.asarray(self.p, dtype=np.float64))
        if self.Q.ndim != 2 or self.Q.shape[0] != self.Q.shape[1]:
            raise InvalidArgumentError(f"Q must be a square matrix. Got shape {self.Q.shape}.")
        if self.p.ndim != 1:
            raise InvalidArgumentError(f"p must be a vector. Got shape {self.p.shape}.")
        if self.p.size != len(self.Q):
            raise InvalidArgumentError(
                f"The length of p must match the size of Q. Got {self.p.size} and {len(self.Q)}."
            )


def quadratic_loss(x: Any, data: QuadraticData) -> Any:
    """Return ``x' Q x / 2 + p' x``.

    Parameters
    ----------
    x : (d,) ndarray of float, or a JAX array
        Point.
    data : QuadraticData
        The matrix and vector.

    Returns
    -------
    scalar
        The value, of the kind of `x`.

    Examples
    --------
    >>> from scope import ScopeSolver
    >>> ScopeSolver(2, 1).solve(quadratic_loss, QuadraticData(np.eye(2), [-1.0, -4.0])).tolist()
    [0.0, 4.0]
    """
    return x @ (data.Q @ x) / 2.0 + data.p @ x


def quadratic_grad(x: Any, data: QuadraticData) -> Any:
    """Return the gradient ``(Q + Q') x / 2 + p``.

    Parameters
    ----------
    x : (d,) ndarray of float, or a JAX array
        Point.
    data : QuadraticData
        The matrix and vector.

    Returns
    -------
    (d,) array
        The gradient, of the kind of `x`.

    Examples
    --------
    >>> quadratic_grad(np.array([1.0, 2.0]), QuadraticData(np.eye(2), [1.0, 1.0])).tolist()
    [2.0, 3.0]
    """
    return (data.Q @ x + x @ data.Q) / 2.0 + data.p


def quadratic_hess(x: Any, data: QuadraticData) -> FloatArray:  # noqa: ARG001  # a Hessian's form
    """Return the Hessian, the symmetric part of Q.

    Parameters
    ----------
    x : (d,) ndarray of float, or a JAX array
        Point; the Hessian is the same everywhere.
    data : QuadraticData
        The matrix and vector.

    Returns
    -------
    (d, d) ndarray of float64
        The Hessian.

    Examples
    --------
    >>> quadratic_hess(np.zeros(2), QuadraticData([[1.0, 2.0], [0.0, 1.0]], [1.0, 1.0])).tolist()
    [[1.0, 1.0], [1.0, 1.0]]
    """
    return (data.Q + data.Q.T) / 2.0
