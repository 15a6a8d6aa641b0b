"""Checks of survival data, re-exported by `scope.utilities`."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_array, check_consistent_length

from scope.exceptions import InvalidArgumentError
from scope.typing import FloatArray

_Checked = NDArray[Any] | None


def check_y_survival(
    y_or_event: Any, *args: Any, allow_all_censored: bool = False
) -> tuple[_Checked, ...]:
    """Check indicators of events and the times that belong to them.

    Parameters
    ----------
    y_or_event : (n,) structured array, or (n,) array_like of bool
        Either both in an array of two fields, the boolean indicator first and the time second, or
        the indicator alone.
    *args : (n,) array_like of float, or None
        With an indicator alone: any number of times. None is passed through.
    allow_all_censored : bool, default=False
        Whether there may be no event at all.

    Returns
    -------
    event : (n,) ndarray of bool
        Whether the event was observed; False is censored.
    time : (n,) ndarray of float64, or None
        One for each times given. Integers and floats of other widths become float64.

    Raises
    ------
    ValueError
        The structure or a type is wrong, lengths differ, a time is not finite, or all samples are
        censored.

    Examples
    --------
    >>> event, time = check_y_survival([True, False, True], [3, 1, 2])
    >>> event.tolist(), time.tolist()
    ([True, False, True], [3.0, 1.0, 2.0])
    >>> y = np.array([(True, 3.0), (False, 1.0)], dtype=[("dead", bool), ("days", float)])
    >>> [part.tolist() for part in check_y_survival(y)]
    [[True, False], [3.0, 1.0]]
    """
    times = args
    if not args:
        y_or_event, times = _fields(y_or_event)
    event = check_array(y_or_event, ensure_2d=False, dtype=None)
    if event.dtype.kind != "b":
        raise InvalidArgumentError(
            f"elements of event indicator must be boolean, but found {event.dtype}"
        )
    if not allow_all_censored and not np.any(event):
        raise InvalidArgumentError("all samples are censored")
    checked = [_time(time, position) for position, time in enumerate(times, start=2)]
    check_consistent_length(event, *checked)
    return event, *checked


def check_array_survival(X: Any, y: Any) -> tuple[NDArray[np.bool_], FloatArray]:
    """Check that every sample has an indicator of an event and a time.

    Parameters
    ----------
    X : (n, p) array_like
        Samples; only their number is looked at.
    y : (n,) structured array
        Boolean indicators of events, and times.

    Returns
    -------
    event : (n,) ndarray of bool
        Whether the event was observed.
    time : (n,) ndarray of float64
        Times.

    Raises
    ------
    ValueError
        As for `check_y_survival`, or the lengths differ.

    Examples
    --------
    >>> y = np.array([(True, 3.0), (False, 1.0)], dtype=[("dead", bool), ("days", float)])
    >>> event, time = check_array_survival(np.zeros((2, 4)), y)
    >>> time.tolist()
    [3.0, 1.0]
    """
    event, time = check_y_survival(y)
    assert event is not None
    assert time is not None
    check_consistent_length(X, event)
    return event, time


def _fields(y: Any) -> tuple[NDArray[Any], tuple[NDArray[Any]]]:
    """Split a structured array of two fields."""
    names = y.dtype.names if isinstance(y, np.ndarray) else None
    if names is None or len(names) != 2:
        raise InvalidArgumentError(
            "y must be a structured array with the first field being a binary class event "
            "indicator and the second field the time of the event/censoring"
        )
    return y[names[0]], (y[names[1]],)


def _time(time: Any, position: int) -> FloatArray | None:
    if time is None:
        return None
    array = check_array(time, ensure_2d=False, dtype=None)
    if array.dtype.kind not in "iuf":
        raise InvalidArgumentError(
            f"time must be numeric, but found {array.dtype} for argument {position}"
        )
    return np.asarray(array, dtype=np.float64)
