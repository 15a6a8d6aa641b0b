"""What all solvers offer beside `solve`: results, configuration, pickling."""

from collections.abc import Mapping
from typing import Any, Self

from scope._legacy import OlderKeys, OlderNames
from scope._path import Path
from scope._result import Result
from scope.typing import FloatArray, IndexArray

_COUNTS = ("n_iterations", "n_exchanges", "n_evaluations", "n_hessians")


class ResultMixin(OlderNames):
    """Attributes and methods that publish the last `solve`."""

    result: Result
    path_: Path
    params: FloatArray
    support_set: IndexArray
    objective_value: float
    information_criterion: float
    cross_validation_loss: float | None
    eval_objective: float
    cv_fold_id_: IndexArray | None

    # The keys of get_result() that skscope has; what it does not tell follows.
    _result_keys: tuple[str, ...] = ("params", "support_set", "objective_value", "eval_objective")

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
            ``params``, ``support_set``, ``objective_value``; of a ScopeSolver
            ``information_criterion`` and ``cross_validation_loss``, of others ``eval_objective``;
            then ``status``, ``swap_optimal``, ``n_iterations``, ``n_exchanges``,
            ``n_evaluations``, ``n_hessians``, ``structure``; see `scope._result.Result`.

        Raises
        ------
        AttributeError
            `solve` was not called before.
        """
        told = {name: getattr(self, name) for name in self._result_keys}
        beyond = ("status", "swap_optimal", *_COUNTS, "structure")
        return OlderKeys(told | {name: getattr(self.result, name) for name in beyond})

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
        parameters: Mapping[str, Any] = self.get_params(deep=deep)
        return dict(parameters)

    def set_config(self, **params: Any) -> Self:
        """Set constructor parameters; the same as ``set_params``."""
        self.set_params(**params)
        return self

    def _publish(self, path: Path, cv_fold_id: IndexArray | None) -> None:
        best = path.best
        self.path_ = path
        self.result = best
        self.cv_fold_id_ = cv_fold_id
        self.params = best.params
        self.support_set = best.support_set
        self.objective_value = best.objective_value
        self.information_criterion = best.information_criterion
        self.cross_validation_loss = best.cross_validation_loss
        losses = best.fold_losses
        self.eval_objective = best.information_criterion if losses is None else float(sum(losses))
