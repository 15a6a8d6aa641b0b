"""What a solve found."""

from dataclasses import dataclass

from scope.typing import FloatArray, IndexArray


@dataclass(frozen=True)
class Seconds:
    """Where the time of a `solve` went, levels and folds together.

    Attributes
    ----------
    reading : float
        Tracing the objective and reading its structure.
    compiling : float
        Compiling it by XLA; zero where an equal objective was compiled before.
    evaluating : float
        Calling it and its derivatives, where the engine cannot evaluate them itself, and a user's
        `numeric_solver`.
    searching : float
        Everything else: linear algebra, fits, exchanges of groups.
    total : float
        From the call of `solve` to its end. With folds in threads the others may add up to more.
    """

    reading: float
    compiling: float
    evaluating: float
    searching: float
    total: float


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
        How the search at this level ended.

        - ``"converged"``: no exchange that was tried improves the support.
        - ``"iteration_limit"``: `max_iter` or the limit of the inner solver came first.
        - ``"stalled"``: the inner solver expected a decrease that no step gave, as at a kink.
        - ``"unbounded"``: no finite minimiser on this support, as for separable data; `params` are
          where the descent was left.
        - ``"not_fitted"``: the solver returned parameters that it did not fit on their support.
        - ``"time_limit"``: the solver's `time_limit` came first; this is the best answer so far.
        - ``"stopped"``: the solver's `callback` returned True; this is the best answer so far.
        - ``"interrupted"``: Ctrl-C came first; this is the best answer so far.

        Of a solver's attribute ``result`` the last three say that the solve as a whole ended
        early, even if the level that was chosen is complete: levels that were not reached are not
        in ``path_``, and one of those might be better.
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
    stationarity : float
        Largest absolute derivative of the objective by a parameter of the support: zero at a
        minimiser on it. Where a kink like that of ``abs(params)`` was read, derivatives are those
        by what the engine minimises over, and those that lead out of its bounds do not count.
    relative_stationarity : float
        The same as a share of the largest absolute derivative, by any parameter, at the start: the
        unit of the objective does not matter. Small, say below 1e-6, where the fit is good;
        infinite where the start was stationary and the answer is not.
    seconds : Seconds
        Where the time went; the same at all levels of a solve.
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
    stationarity: float
    relative_stationarity: float
    seconds: Seconds


@dataclass(frozen=True)
class LevelFit:
    """What an algorithm found at one level, before it is published as a `Result`."""

    sparsity: int
    point: FloatArray  # (p,) what the layers transform to the parameters
    n_selected: int  # variables of the selected groups
    value: float
    status: str
    stationarity: float = 0.0
    relative_stationarity: float = 0.0
    swap_optimal: str = "unchecked"
    n_iterations: int = 0
    n_exchanges: int = 0
    n_evaluations: int = 0
    n_hessians: int = 0
