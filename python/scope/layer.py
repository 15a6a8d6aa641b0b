"""Transformations between the sparse vector that is searched for and what the objective sees.

``solve(objective, layers=[L1, L2])`` minimises ``objective(L2(L1(x)))`` over sparse x and returns
``L2(L1(x))``. A layer of one's own is a subclass of `Identity` that overrides `transform_params`;
one that changes the dimension sets ``in_features`` and ``out_features`` and translates sparsity,
groups and preselection as well.
"""

from typing import Any, Self

import jax
import jax.numpy as jnp
import numpy as np

from scope import _validation as check
from scope.exceptions import InvalidArgumentError
from scope.typing import FloatArray

__all__ = [
    "BoxConstraint",
    "Identity",
    "LinearConstraint",
    "NonNegative",
    "OffsetSparse",
    "SimplexConstraint",
]

_SMALLEST_TOTAL = 1e-5  # a total below this is taken for 1: x / d is defined everywhere


@jax.tree_util.register_pytree_node_class
class Identity:
    """The layer that changes nothing, and the base of all others.

    Parameters
    ----------
    dimensionality : int
        Number of parameters, before and after.

    Attributes
    ----------
    in_features, out_features : int
        Numbers of parameters before and after.
    random_initilization : bool
        Whether the search starts at random because zero is no good start. (The spelling is that of
        skscope.)

    Examples
    --------
    >>> from scope.layer import Identity
    >>> Identity(3).transform_params([1.0, 0.0, 2.0])
    [1.0, 0.0, 2.0]
    """

    random_initilization = False

    def __init__(self, dimensionality: int) -> None:
        check.require_positive(dimensionality, "dimensionality")
        self.dimensionality = dimensionality
        self.in_features = dimensionality
        self.out_features = dimensionality

    def transform_params(self, x: Any) -> Any:
        """Return what the objective, or the next layer, sees.

        Parameters
        ----------
        x : (in_features,) array
            What is searched for, or the result of the layer before.

        Returns
        -------
        (out_features,) array
            The parameters, of the kind of `x`.
        """
        return x

    def transform_sparsity(self, sparsity: Any) -> Any:
        """Translate sparsity levels of the output to the input.

        Parameters
        ----------
        sparsity : (k,) ndarray of int
            Numbers of groups of the output.

        Returns
        -------
        (k,) ndarray of int
            Numbers of groups of the input.
        """
        return sparsity

    def transform_group(self, group: Any) -> Any:
        """Translate group labels of the output to the input.

        Parameters
        ----------
        group : (out_features,) ndarray of int
            Group of each parameter of the output.

        Returns
        -------
        (in_features,) ndarray of int
            Group of each parameter of the input.
        """
        return group

    def transform_preselect(self, preselect: Any) -> Any:
        """Translate preselected groups of the output to the input.

        Parameters
        ----------
        preselect : (k,) ndarray of int
            Groups of the output that must be selected.

        Returns
        -------
        (m,) ndarray of int
            Groups of the input that must be selected.
        """
        return preselect

    def tree_flatten(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Split the layer into arrays and the rest, for JAX.

        Returns
        -------
        children : tuple of array
            The arrays.
        aux_data : dict
            The rest.
        """
        return (), {"dimensionality": self.dimensionality}

    @classmethod
    def tree_unflatten(cls, aux_data: dict[str, Any], children: tuple[Any, ...]) -> Self:
        """Put a layer together from its parts, for JAX.

        Parameters
        ----------
        aux_data : dict
            What is no array, from `tree_flatten`.
        children : tuple of array
            The arrays.

        Returns
        -------
        Identity
            The layer, of the class that is called.
        """
        layer = cls.__new__(cls)
        Identity.__init__(layer, **aux_data)
        layer._receive(children)
        return layer

    def _receive(self, children: tuple[Any, ...]) -> None:
        """Take the arrays that `tree_flatten` gave away."""


@jax.tree_util.register_pytree_node_class
class NonNegative(Identity):
    """Non-negative parameters: ``|x|``.

    Parameters
    ----------
    dimensionality : int
        Number of parameters.

    Examples
    --------
    >>> from scope.layer import NonNegative
    >>> import numpy as np
    >>> np.asarray(NonNegative(2).transform_params(np.array([-1.0, 2.0]))).tolist()
    [1.0, 2.0]
    """

    def transform_params(self, x: Any) -> Any:
        """Return ``|x|``."""
        return jnp.abs(x)


class _Weighted(Identity):
    """A layer with a weight for each parameter."""

    random_initilization = True

    def __init__(self, dimensionality: int, coef: Any = None) -> None:
        super().__init__(dimensionality)
        self.coef = _vector(1.0 if coef is None else coef, dimensionality, "coef")

    def tree_flatten(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Split the layer into arrays and the rest, for JAX."""
        return (self.coef,), {"dimensionality": self.dimensionality}

    def _receive(self, children: tuple[Any, ...]) -> None:
        (self.coef,) = children


@jax.tree_util.register_pytree_node_class
class LinearConstraint(_Weighted):
    """Parameters with ``<x, coef> = 1``: x divided by that product.

    Parameters
    ----------
    dimensionality : int
        Number of parameters.
    coef : float or (dimensionality,) array_like of float, default=1
        Weights; 1 makes the parameters sum to one.

    Raises
    ------
    AssertionError
        `coef` has another length.

    Notes
    -----
    Where ``|<x, coef>| < 1e-5``, x is left as it is. The search starts at random, since zero cannot
    be scaled to a sum.

    Examples
    --------
    >>> from scope.layer import LinearConstraint
    >>> import numpy as np
    >>> np.asarray(LinearConstraint(2).transform_params(np.array([1.0, 3.0]))).tolist()
    [0.25, 0.75]
    """

    def transform_params(self, x: Any) -> Any:
        """Return ``x / <x, coef>``."""
        return x / _total(x, self.coef)


@jax.tree_util.register_pytree_node_class
class SimplexConstraint(_Weighted):
    """Non-negative parameters with ``<x, coef> = 1``.

    Parameters
    ----------
    dimensionality : int
        Number of parameters.
    coef : float or (dimensionality,) array_like of float, default=1
        Weights; 1 means the probability simplex.

    Raises
    ------
    AssertionError
        `coef` has another length.

    Notes
    -----
    ``|x| / <|x|, coef>``; where that product is below 1e-5, ``|x|``. The search starts at random.

    Examples
    --------
    >>> from scope.layer import SimplexConstraint
    >>> import numpy as np
    >>> np.asarray(SimplexConstraint(2).transform_params(np.array([-1.0, 3.0]))).tolist()
    [0.25, 0.75]
    """

    def transform_params(self, x: Any) -> Any:
        """Return ``|x| / <|x|, coef>``."""
        size = jnp.abs(x)
        return size / _total(size, self.coef)


@jax.tree_util.register_pytree_node_class
class BoxConstraint(Identity):
    """Parameters between bounds: x clipped.

    Parameters
    ----------
    dimensionality : int
        Number of parameters.
    lower, upper : float or (dimensionality,) array_like of float
        Bounds with ``lower <= 0 <= upper``: parameters that are not selected are zero, and would
        otherwise be moved to a bound.

    Raises
    ------
    AssertionError
        A bound has another length.
    ValueError
        A lower bound is above its upper bound.

    Examples
    --------
    >>> from scope.layer import BoxConstraint
    >>> import numpy as np
    >>> np.asarray(BoxConstraint(2, -1, 1).transform_params(np.array([-3.0, 0.5]))).tolist()
    [-1.0, 0.5]
    """

    def __init__(self, dimensionality: int, lower: Any, upper: Any) -> None:
        super().__init__(dimensionality)
        self.lower = _bound(lower, dimensionality, "lower")
        self.upper = _bound(upper, dimensionality, "upper")
        if np.any(np.asarray(self.lower) > np.asarray(self.upper)):
            raise InvalidArgumentError(
                f"lower should not be above upper. Got lower={lower!r}, upper={upper!r}."
            )

    def transform_params(self, x: Any) -> Any:
        """Return x, clipped."""
        return jnp.clip(x, self.lower, self.upper)

    def tree_flatten(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Split the layer into arrays and the rest, for JAX."""
        return (self.lower, self.upper), {"dimensionality": self.dimensionality}

    def _receive(self, children: tuple[Any, ...]) -> None:
        self.lower, self.upper = children


@jax.tree_util.register_pytree_node_class
class OffsetSparse(Identity):
    """Parameters that are sparse around an offset: ``x + offset``.

    Parameters
    ----------
    dimensionality : int
        Number of parameters.
    offset : float or (dimensionality,) array_like of float
        The value of what is not selected.

    Raises
    ------
    AssertionError
        `offset` has another length.

    Examples
    --------
    >>> from scope.layer import OffsetSparse
    >>> import numpy as np
    >>> np.asarray(OffsetSparse(2, -1.0).transform_params(np.array([0.0, 3.0]))).tolist()
    [-1.0, 2.0]
    """

    def __init__(self, dimensionality: int, offset: Any) -> None:
        super().__init__(dimensionality)
        self.offset = _bound(offset, dimensionality, "offset")

    def transform_params(self, x: Any) -> Any:
        """Return ``x + offset``."""
        return x + self.offset

    def tree_flatten(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Split the layer into arrays and the rest, for JAX."""
        return (self.offset,), {"dimensionality": self.dimensionality}

    def _receive(self, children: tuple[Any, ...]) -> None:
        (self.offset,) = children


def _total(x: Any, coef: Any) -> Any:
    total = jnp.dot(x, coef)
    return jnp.where(jnp.abs(total) < _SMALLEST_TOTAL, 1.0, total)


def _bound(value: Any, dimensionality: int, name: str) -> Any:
    """Keep a scalar a scalar: what is read of an objective is read of scalars more often."""
    vector = _numbers(value, name)
    return float(vector) if vector.ndim == 0 else _vector(vector, dimensionality, name)


def _numbers(value: Any, name: str) -> FloatArray:
    return check.numbers(value, f"{name} should be a number or an array of numbers.")


def _vector(value: Any, dimensionality: int, name: str) -> Any:
    vector = _numbers(value, name)
    if vector.ndim == 0:
        return np.full(dimensionality, float(vector))
    if vector.shape != (dimensionality,):
        raise AssertionError(
            f"{name} should be a number or have shape ({dimensionality},), got {vector.shape}."
        )
    return vector
