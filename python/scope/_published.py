"""What all solvers offer beside `solve`: results, configuration, pickling."""

import difflib
import functools
import inspect
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Self

from scope._legacy import OlderKeys, OlderNames
from scope._path import Path
from scope._result import Result
from scope.typing import FloatArray, IndexArray

# How alike a name has to be to that of a setting to be taken for a misspelling of it.
_ALIKE = 0.85
_COUNTS = ("n_iterations", "n_exchanges", "n_evaluations", "n_hessians")
_EVIDENCE = ("status", "swap_optimal", "stationarity", "relative_stationarity")


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

    def __setattr__(self, name: str, value: Any) -> None:
        """Set an attribute; a misspelt setting would go unnoticed, and is rejected."""
        solver: Any = type(self)
        own = solver.__module__.partition(".")[0] == __package__  # others may call theirs anything
        meant = _meant(solver, name) if own and not name.startswith("_") else None
        if meant is not None:
            raise AttributeError(
                f"{solver.__name__} has no attribute {name!r} to be set. Did you mean {meant!r}?"
            )
        super().__setattr__(name, value)

    def get_result(self) -> dict[str, Any]:
        """Return the result of the last `solve` as a dict.

        Returns
        -------
        dict
            ``params``, ``support_set``, ``objective_value``; of a ScopeSolver
            ``information_criterion`` and ``cross_validation_loss``, of others ``eval_objective``;
            then ``status``, ``swap_optimal``, ``stationarity``, ``relative_stationarity``,
            ``n_iterations``, ``n_exchanges``, ``n_evaluations``, ``n_hessians``, ``structure``,
            ``seconds``; see `scope._result.Result`.

        Raises
        ------
        AttributeError
            `solve` was not called before.
        """
        told = {name: getattr(self, name) for name in self._result_keys}
        beyond = (*_EVIDENCE, *_COUNTS, "structure", "seconds")
        return OlderKeys(told | {name: getattr(self.result, name) for name in beyond})

    def get_estimated_params(self) -> FloatArray:
        """Return the parameters found by the last `solve`.

        Returns
        -------
        (p,) ndarray of float64
            The attribute `params`.

        Raises
        ------
        AttributeError
            `solve` was not called before.
        """
        return self.params

    def get_support(self) -> IndexArray:
        """Return which parameters the last `solve` found to be non-zero.

        Returns
        -------
        (k,) ndarray of int
            Their indices in ascending order, the attribute `support_set`.

        Raises
        ------
        AttributeError
            `solve` was not called before.
        """
        return self.support_set

    def get_config(self, deep: bool = True) -> dict[str, Any]:
        """Return the constructor's parameters; the same as ``get_params``.

        Parameters
        ----------
        deep : bool, default=True
            Include the parameters of parameters that are estimators themselves.

        Returns
        -------
        dict
            Names and values.
        """
        parameters: Mapping[str, Any] = self.get_params(deep=deep)
        return dict(parameters)

    def set_config(self, **params: Any) -> Self:
        """Set constructor parameters; the same as ``set_params``.

        Parameters
        ----------
        **params : object
            Names and values.

        Returns
        -------
        BaseSolver
            The solver itself.

        Raises
        ------
        ValueError
            The constructor has no parameter of that name.
        """
        self.set_params(**params)
        return self

    def _unpublish(self) -> None:
        for name in ResultMixin.__annotations__:
            self.__dict__.pop(name, None)

    def _publish(self, path: Path, cv_fold_id: IndexArray | None) -> None:
        best = path.best if path.ended is None else replace(path.best, status=path.ended)
        losses = best.fold_losses
        # At once: of two threads that share a solver, one publishes all of its results.
        self.__dict__.update(
            path_=path,
            result=best,
            cv_fold_id_=cv_fold_id,
            params=best.params,
            support_set=best.support_set,
            objective_value=best.objective_value,
            information_criterion=best.information_criterion,
            cross_validation_loss=best.cross_validation_loss,
            eval_objective=best.information_criterion if losses is None else float(sum(losses)),
        )


@functools.cache
def _meant(solver: Any, name: str) -> str | None:
    """Return the setting that `name` is a misspelling of; any other name is the user's affair.

    Settings are parameters, and what a class has as public attributes to be set before `solve`.
    """
    annotated = {key for base in solver.__mro__ for key in inspect.get_annotations(base)}
    parameters: list[str] = solver._get_param_names()
    if name in {*dir(solver), *annotated, *parameters}:
        return None
    values = [key for key in dir(solver) if not callable(getattr(solver, key, None))]
    settings = parameters + [key for key in values if not key.startswith("_")]
    return next(iter(difflib.get_close_matches(name, settings, 1, _ALIKE)), None)
