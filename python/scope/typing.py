"""Protocols of the functions that users hand to a solver."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.intp]

# Called as f(params) or f(params, data); which of the two is read from the signature.
Objective = Callable[..., Any]
Gradient = Callable[..., Any]
Hessian = Callable[..., Any]


@dataclass(frozen=True)
class State:
    """What a solver's `callback` is told: the best answer so far.

    Attributes
    ----------
    sparsity : int
        The level that is being solved.
    support_set : (k,) ndarray of int
        Sorted variables of the selected groups; with layers, of what the first one takes.
    objective_value : float
        Objective at the answer.
    n_evaluations : int
        Evaluations of value and gradient so far, on these data.
    elapsed : float
        Seconds since `solve` was called.
    fold : int or None
        The fold that is left out, in cross-validation; None on all data.
    """

    sparsity: int
    support_set: IndexArray
    objective_value: float
    n_evaluations: int
    elapsed: float
    fold: int | None = None


# Anything true ends the solve.
Callback = Callable[[State], Any]


class InformationCriterion(Protocol):
    """Score of a fitted support; smaller is better."""

    def __call__(
        self,
        loss: float,
        dimensionality: int,
        effective_params_num: int,
        train_size: int,
        /,
    ) -> float:
        """Return the criterion's value.

        Parameters
        ----------
        loss : float
            Objective at the fitted parameters.
        dimensionality : int
            Number p of parameters.
        effective_params_num : int
            Number k of selected parameters.
        train_size : int
            Number n of samples.

        Returns
        -------
        float
            The criterion.
        """
        ...


class NumericSolver(Protocol):
    """Minimiser over the variables of a support, the others fixed at zero."""

    def __call__(
        self,
        objective_func: Callable[[FloatArray, Any], float],
        value_and_grad: Callable[[FloatArray, Any], tuple[float, FloatArray]],
        init_params: FloatArray,
        optim_variable_set: IndexArray,
        data: Any,
        /,
    ) -> tuple[float, FloatArray]:
        """Return the loss and the full-length parameters.

        Parameters
        ----------
        objective_func : callable
            ``objective_func(params, data) -> float``.
        value_and_grad : callable
            ``value_and_grad(params, data) -> (float, (p,) gradient)``.
        init_params : (p,) ndarray of float64
            Start; may be changed in place.
        optim_variable_set : (k,) ndarray of int
            Variables to optimise, in ascending order.
        data : object
            What `solve` was given, to be handed to the callables.

        Returns
        -------
        float
            Objective at the result.
        (p,) ndarray of float64
            The minimiser, equal to `init_params` outside of `optim_variable_set`.
        """
        ...


class Layer(Protocol):
    """A transformation of the parameters; see `scope.layer`."""

    in_features: int
    out_features: int
    random_initilization: bool

    def transform_params(self, x: Any, /) -> Any:
        """Return what the next layer, or the objective, sees.

        Parameters
        ----------
        x : (in_features,) array
            What is searched for, or the result of the layer before.

        Returns
        -------
        (out_features,) array
            The parameters.
        """
        ...

    def transform_sparsity(self, sparsity: Any, /) -> Any:
        """Translate sparsity levels of the output to the input.

        Parameters
        ----------
        sparsity : (k,) ndarray of int
            Those of the output.

        Returns
        -------
        (k,) ndarray of int
            Those of the input.
        """
        ...

    def transform_group(self, group: Any, /) -> Any:
        """Translate group labels of the output to the input.

        Parameters
        ----------
        group : (out_features,) ndarray of int
            Those of the output.

        Returns
        -------
        (in_features,) ndarray of int
            Those of the input.
        """
        ...

    def transform_preselect(self, preselect: Any, /) -> Any:
        """Translate preselected groups of the output to the input.

        Parameters
        ----------
        preselect : (k,) ndarray of int
            Those of the output.

        Returns
        -------
        (m,) ndarray of int
            Those of the input.
        """
        ...
