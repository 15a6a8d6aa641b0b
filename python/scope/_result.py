"""What a solve found."""

from dataclasses import dataclass
from typing import Any, Self

from scope.typing import FloatArray, IndexArray


@dataclass(frozen=True)
class Result:
    """The answer at one sparsity level.

    Attributes
    ----------
    sparsity : int
        The level: number of selected groups.
    params : (p,) ndarray of float64
        Parameters, exactly zero off the support.
    support_set : (k,) ndarray of int
        Sorted indices of the non-zero parameters.
    objective_value : float
        Objective at `params`.
    information_criterion : float
        Criterion at `params`.
    status : str
        ``"converged"``: no exchange that was tried improves the support. ``"iteration_limit"``:
        ``max_iter`` or the limit of the inner solver came first. ``"stalled"``: the inner solver
        expected a decrease that no step gave, as at a kink. ``"unbounded"``: no finite minimiser
        on this support, as for separable data; `params` are where the descent was left.
    swap_optimal : str
        What is known of supports that differ by one exchange. ``"exhaustive"``: none is better.
        ``"screened"``: none is better that the quadratic model of the objective promises
        something of. ``"unchecked"``: nothing, because the effort allowed ended first, the model
        has no minimum, or `swap_polish` is off.
    n_iterations : int
        Supports tried beside the first.
    n_exchanges : int
        Supports accepted.
    n_evaluations : int
        Evaluations of value and gradient at this level.
    n_hessians : int
        Evaluations of the Hessian on a support at this level.
    structure : str
        What was found in the objective, see `scope.ScopeSolver.explain`.
    """

    sparsity: int
    params: FloatArray
    support_set: IndexArray
    objective_value: float
    information_criterion: float
    status: str
    swap_optimal: str
    n_iterations: int
    n_exchanges: int
    n_evaluations: int
    n_hessians: int
    structure: str

    def as_dict(self) -> dict[str, Any]:
        """Return the keys of skscope first, then what it does not tell."""
        return {
            "params": self.params,
            "support_set": self.support_set,
            "objective_value": self.objective_value,
            "information_criterion": self.information_criterion,
            "cross_validation_loss": None,
            "status": self.status,
            "swap_optimal": self.swap_optimal,
            "n_iterations": self.n_iterations,
            "n_exchanges": self.n_exchanges,
            "n_evaluations": self.n_evaluations,
            "n_hessians": self.n_hessians,
            "structure": self.structure,
        }


class ResultMixin:
    """What all solvers offer beside `solve`."""

    result: Result
    params: FloatArray
    support_set: IndexArray
    objective_value: float
    information_criterion: float
    cross_validation_loss: float | None

    def __getattr__(self, name: str) -> Any:
        """Explain why a result is missing."""
        if name in ResultMixin.__annotations__:
            raise AttributeError(f"{type(self).__name__} has no {name} before solve was called.")
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def get_result(self) -> dict[str, Any]:
        """Return the result of the last `solve` as a dict.

        Returns
        -------
        dict
            ``params``, ``support_set``, ``objective_value``, ``information_criterion``,
            ``cross_validation_loss``, ``status``, ``swap_optimal``, ``n_iterations``,
            ``n_exchanges``, ``n_evaluations``, ``n_hessians``, ``structure``; see
            `scope._result.Result`.

        Raises
        ------
        AttributeError
            `solve` was not called before.
        """
        return self.result.as_dict()

    def get_estimated_params(self) -> FloatArray:
        """Return the (p,) parameters found by the last `solve`.

        Raises
        ------
        AttributeError
            `solve` was not called before.
        """
        return self.params

    def get_support(self) -> IndexArray:
        """Return the sorted indices of the non-zero parameters found by the last `solve`.

        Raises
        ------
        AttributeError
            `solve` was not called before.
        """
        return self.support_set

    def get_config(self, deep: bool = True) -> dict[str, Any]:
        """Return the constructor's parameters; the same as ``get_params``."""
        return dict(self.get_params(deep=deep))

    def set_config(self, **params: Any) -> Self:
        """Set constructor parameters; the same as ``set_params``."""
        self.set_params(**params)
        return self

    def _publish(self, result: Result) -> None:
        self.result = result
        self.params = result.params
        self.support_set = result.support_set
        self.objective_value = result.objective_value
        self.information_criterion = result.information_criterion
        self.cross_validation_loss = None
