"""What a solve found."""

from dataclasses import dataclass

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
    cross_validation_loss : float or None
        Mean of `fold_losses`; None without cross-validation.
    fold_losses : tuple of float or None
        Objective on each fold, at what was found without it.
    status : str
        ``"converged"``: no exchange that was tried improves the support. ``"iteration_limit"``:
        ``max_iter`` or the limit of the inner solver came first. ``"stalled"``: the inner solver
        expected a decrease that no step gave, as at a kink. ``"unbounded"``: no finite minimiser
        on this support, as for separable data; `params` are where the descent was left.
        ``"not_fitted"``: the solver returned parameters that it did not fit on their support.
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
    cross_validation_loss: float | None
    fold_losses: tuple[float, ...] | None
    status: str
    swap_optimal: str
    n_iterations: int
    n_exchanges: int
    n_evaluations: int
    n_hessians: int
    structure: str


@dataclass(frozen=True)
class LevelFit:
    """What an algorithm found at one level, before it is published as a `Result`."""

    sparsity: int
    point: FloatArray  # (p,) what the layers transform to the parameters
    n_selected: int  # variables of the selected groups
    value: float
    status: str
    swap_optimal: str = "unchecked"
    n_iterations: int = 0
    n_exchanges: int = 0
    n_evaluations: int = 0
    n_hessians: int = 0
