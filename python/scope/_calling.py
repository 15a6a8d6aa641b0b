"""How user functions are called, and what they may return."""

import inspect
import itertools
import math
import numbers
import sys
import types
import warnings
from collections.abc import Callable
from typing import Any, cast

import numpy as np

from scope.exceptions import ArgumentTypeError, InvalidArgumentError
from scope.typing import FloatArray

_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def takes_data(function: Callable[..., Any], data: Any) -> bool:
    """Whether ``function`` is to be called as ``function(params, data)``.

    One positional parameter means ``function(params)``, more mean ``function(params, data)``.
    Without data, parameters that have defaults keep them. A signature that cannot be read is
    taken to want data when there are some.
    """
    if _is_plainly_unary(function):
        return False
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return data is not None
    positional = [parameter for parameter in parameters if parameter.kind in _POSITIONAL]
    if any(parameter.kind is inspect.Parameter.VAR_POSITIONAL for parameter in parameters):
        return data is not None or len(positional) > 1
    if data is None:
        return sum(parameter.default is inspect.Parameter.empty for parameter in positional) > 1
    return len(positional) != 1


def _is_plainly_unary(function: Callable[..., Any]) -> bool:
    """Whether a function of one positional parameter is seen to be one without its signature."""
    if not isinstance(function, types.FunctionType) or function.__dict__:
        return False
    code = function.__code__
    return code.co_argcount == 1 and not code.co_flags & inspect.CO_VARARGS


def is_ours(function: Any) -> bool:
    """Whether a function is of this package, not of a user's."""
    return str(function.__module__).partition(".")[0] == __package__


def require_callable(function: Any, name: str) -> None:
    """Reject what cannot be called."""
    if not callable(function):
        raise ArgumentTypeError(f"{name} should be callable, got {type(function).__name__}.")


def bind_data(function: Any, data: Any, name: str) -> Callable[[Any], Any]:
    """Turn a user's function of (params) or (params, data) into one of params alone."""
    require_callable(function, name)
    if not takes_data(function, data):
        return cast(Callable[[Any], Any], function)
    if isinstance(data, tuple) and len(data) > 1 and _required(function) == 1 + len(data):
        warnings.warn(
            f"{name} takes each part of data as an argument of its own, as in versions of 2023; "
            f"write {name}(params, data).",
            DeprecationWarning,
            stacklevel=_level_of_caller(),
        )
        return lambda params: function(params, *data)
    return lambda params: function(params, data)


def _level_of_caller() -> int:
    """Return the stacklevel, for who calls this, of the line that called this package."""
    package = __name__.partition(".")[0]
    for level in itertools.count(1):
        frame = sys._getframe(level)
        name = frame.f_globals.get("__name__", "")
        if frame.f_back is None or name.partition(".")[0] != package:
            break
    return level


def _required(function: Callable[..., Any]) -> int:
    """Count the positional parameters without defaults; 0 if the signature cannot be read."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return 0
    return sum(
        parameter.kind in _POSITIONAL and parameter.default is inspect.Parameter.empty
        for parameter in parameters
    )


def require_scalar(value: Any, name: str) -> None:
    """Reject what is not one real number, whatever its wrapping; works on tracers too."""
    if value is None or isinstance(value, (str, bytes)):
        raise ArgumentTypeError(f"{name} should return a real scalar, got {value!r}.")
    if isinstance(value, (list, tuple)):
        kind = type(value).__name__
        raise InvalidArgumentError(f"{name} should return a scalar, got {kind} ({len(value)},).")
    if isinstance(value, numbers.Real):
        return
    shape = np.shape(value)
    if np.prod(shape) != 1:
        raise InvalidArgumentError(f"{name} should return a scalar, got shape {shape}.")
    require_real(value.dtype if hasattr(value, "dtype") else np.asarray(value).dtype, name)


def as_scalar(value: Any, name: str) -> float:
    """Convert what an objective returned to a float."""
    require_scalar(value, name)
    return float(np.asarray(as_number(value)).reshape(()))


def as_number(value: Any) -> Any:
    """Convert Python's own real numbers to floats: integers of any size, fractions."""
    if hasattr(value, "dtype") or not isinstance(value, numbers.Real):
        return value
    try:
        return float(value)
    except OverflowError:  # an integer, which a search that diverges makes as large as it likes
        return -math.inf if value < 0 else math.inf


def require_real(dtype: Any, name: str) -> None:
    """Reject everything that is not a real number (or a boolean)."""
    if np.dtype(dtype).kind == "V":  # the small floats of ml_dtypes
        return
    if np.dtype(dtype).kind not in "biuf":
        raise ArgumentTypeError(f"{name} should return real numbers, got dtype {dtype}.")


def as_array(value: Any, shape: tuple[int, ...], name: str) -> FloatArray:
    """Convert what a derivative returned to a contiguous float64 array of the given shape."""
    if value is None or isinstance(value, (str, bytes)):
        raise ArgumentTypeError(f"{name} should return an array, got {value!r}.")
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise InvalidArgumentError(f"{name} should return shape {shape}: {error}") from None
    require_real(array.dtype, name)
    if array.shape != shape:
        raise InvalidArgumentError(f"{name} should return shape {shape}, got {array.shape}.")
    return np.ascontiguousarray(array, dtype=np.float64)


def minimiser_of(answer: Any, shape: tuple[int, ...]) -> FloatArray:
    """Return the parameters of what a numeric_solver returned, ``(loss, params)``."""
    if not isinstance(answer, (tuple, list)) or len(answer) != 2:
        raise ArgumentTypeError(
            f"numeric_solver should return a pair (loss, params), got {type(answer).__name__}."
        )
    return as_array(answer[1], shape, "numeric_solver")
