"""The spellings of 2022 and 2023, still understood, each with a `DeprecationWarning`."""

import functools
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from scope import utilities
from scope.exceptions import InvalidArgumentError
from scope.typing import InformationCriterion

_RENAMED = {
    "always_select": "preselect",
    "gs_higher_bound": "gs_upper_bound",
    "metric_method": "ic_method",
    "nlopt_solver": "numeric_solver",
    "split_data_method": "split_method",
}
_ATTRIBUTES = ("cpp", "deleter", "hessian", "jax_platform", "use_hessian", "warm_start")
_DROPPED = ("aux_params_size", "init_aux_params", "regular_coef")
_CRITERION = ("ic_type", "ic_coef")
_CRITERIA = {
    "aic": utilities.AIC,
    "bic": utilities.BIC,
    "gic": utilities.GIC,
    "ebic": utilities.EBIC,
    "sic": utilities.SIC,
}
_CONSTRUCTOR = {*_RENAMED, *_ATTRIBUTES, *_DROPPED, *_CRITERION}
_SOLVE = {"hessian": "hessian", "cpp": "cpp", "autodiff": "cpp"}


class OlderNames:
    """Lets constructors and `solve` of all subclasses take older arguments; older attributes."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Wrap what the class defines itself; the signatures that are seen stay the same."""
        super().__init_subclass__(**kwargs)
        if "__init__" in cls.__dict__:
            cls.__init__ = _accepting(cls.__init__)  # type: ignore[method-assign]
        if "solve" in cls.__dict__:
            cls.solve = _solve_accepting(cls.solve)  # type: ignore[attr-defined]

    @property
    def value_of_objective(self) -> float:
        """Older name of `objective_value`."""
        warn("value_of_objective", "objective_value", stacklevel=3)
        value: float = self.objective_value  # type: ignore[attr-defined]
        return value

    def get_value_of_objective(self) -> float:
        """Return `objective_value`; older name."""
        warn("get_value_of_objective()", "objective_value", stacklevel=3)
        value: float = self.objective_value  # type: ignore[attr-defined]
        return value

    def get_support_set(self) -> Any:
        """Return `support_set`; older name."""
        warn("get_support_set()", "get_support()", stacklevel=3)
        return self.support_set  # type: ignore[attr-defined]

    def set_split_method(self, split_method: Callable[[Any, Any], Any]) -> None:
        """Set the parameter `split_method`; older way."""
        warn("set_split_method()", "split_method", stacklevel=3)
        self.split_method = split_method

    def set_init_params_of_sub_optim(self, _function: Any) -> None:
        """Do nothing: fits start from what the search is at."""
        warn("set_init_params_of_sub_optim()", None, stacklevel=3)


class OlderKeys(dict[str, Any]):
    """A result that still answers to its older key."""

    def __missing__(self, key: str) -> Any:
        """Return the value of the key that replaced `key`."""
        if key != "value_of_objective":
            raise KeyError(key)
        warn("value_of_objective", "objective_value", stacklevel=3)
        return self["objective_value"]


def renamed(name: str, newer: dict[str, Any], module: str) -> Any:
    """Return what an older name of a module stands for now: its ``__getattr__``."""
    if name not in newer:
        raise AttributeError(f"module {module!r} has no attribute {name!r}")
    value = newer[name]
    warn(name, value.__name__, stacklevel=4)
    return value


def warn(older: str, newer: str | None, stacklevel: int) -> None:
    """Say what to write instead."""
    advice = f"use {newer}" if newer else "it has no effect any more"
    warnings.warn(f"{older} is deprecated: {advice}.", DeprecationWarning, stacklevel=stacklevel)


def _accepting(init: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(init)
    def accepting(self: Any, *args: Any, **kwargs: Any) -> None:
        older = {name: kwargs.pop(name) for name in _CONSTRUCTOR & kwargs.keys()}
        _reject_dropped(older)
        kwargs |= _current_arguments(older, kwargs)
        init(self, *args, **kwargs)
        for name in _ATTRIBUTES:
            if name in older:
                warn(f"the argument {name}", f"the attribute {name}", stacklevel=3)
                setattr(self, name, older[name])

    return accepting


def _solve_accepting(solve: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(solve)
    def accepting(self: Any, *args: Any, **kwargs: Any) -> Any:
        _reject_dropped({name: kwargs.pop(name) for name in _DROPPED if name in kwargs})
        older = {name: kwargs.pop(name) for name in _SOLVE if name in kwargs}
        if not older:
            return solve(self, *args, **kwargs)
        for name in older:
            warn(f"the argument {name} of solve", f"the attribute {_SOLVE[name]}", stacklevel=3)
        before = getattr(self, "hessian", None)
        self.hessian = older.get("hessian", before)
        try:
            return solve(self, *args, **kwargs)
        finally:
            self.hessian = before

    return accepting


def _current_arguments(older: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    current: dict[str, Any] = {}
    for name, newer in (_RENAMED | dict.fromkeys(_CRITERION, "ic_method")).items():
        if name not in older:
            continue
        if newer in given:
            raise TypeError(f"{name} is an older name of {newer}: give one of them.")
        warn(name, newer, stacklevel=4)
        current[newer] = older[name]
    if "metric_method" not in older and any(name in older for name in _CRITERION):
        current["ic_method"] = _criterion(older.get("ic_type", "aic"), older.get("ic_coef", 1.0))
    return current


def _reject_dropped(older: dict[str, Any]) -> None:
    """Let what asked for nothing pass; the rest would be another problem than was meant."""
    for name in _DROPPED:
        if name in older:
            if np.any(older[name]):
                raise InvalidArgumentError(f"{name} was dropped. Got {older[name]!r}.")
            warn(name, None, stacklevel=4)


def _criterion(name: str, coefficient: float) -> InformationCriterion:
    if name not in _CRITERIA:
        raise InvalidArgumentError(f"ic_type should be one of {sorted(_CRITERIA)}. Got {name!r}.")
    criterion = _CRITERIA[name]
    return criterion if coefficient == 1.0 else functools.partial(_scaled, criterion, coefficient)


def _scaled(
    criterion: InformationCriterion, coefficient: float, loss: float, p: int, k: int, n: int
) -> float:
    """Return a criterion ``2 loss + penalty`` with its penalty multiplied."""
    return 2.0 * loss + coefficient * (criterion(loss, p, k, n) - 2.0 * loss)
