"""The checks of user input, each once, with the texts of skscope 0.1.8 completed by what came.

`_selection` calls them in the order of skscope.
"""

import math
from collections.abc import Iterable
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scope.exceptions import InvalidArgumentError
from scope.typing import FloatArray, IndexArray, Layer

_LONGEST = 200  # of what is shown of a wrong argument
_LARGEST = np.iinfo(np.intp).max
_MOST_PARAMETERS = 2**48  # what can be addressed
LOG_LEVELS = ("off", "error", "warning", "debug")


def fail(text: str, got: Any, expected: str = "") -> InvalidArgumentError:
    """Return the error with what came, and what was expected beyond the text."""
    try:
        said = repr(got)
    except Exception:  # noqa: BLE001  # what is wrong with the argument may be wrong with this
        said = f"an object of type {type(got).__name__}"
    if len(said) > _LONGEST:
        said = f"{said[:_LONGEST]}..."
    return InvalidArgumentError(f"{text} {f'Expected {expected}. ' * bool(expected)}Got {said}.")


def is_integer(value: Any, least: int) -> bool:
    """Whether `value` is an integer, NumPy's included and bool excluded, of at least `least`."""
    if not isinstance(value, Integral) or isinstance(value, (bool, np.timedelta64)):
        return False
    return least <= int(value) <= _LARGEST


def is_one_of(value: Any, choices: Iterable[str]) -> bool:
    """Whether `value` is one of some words; nothing but a string is compared."""
    return isinstance(value, str) and value in choices


def require_flag(value: Any, name: str) -> bool:
    """Return the truth of a value that has one."""
    try:
        return bool(value)
    except Exception:  # noqa: BLE001  # an array of several, or whatever an object does
        raise fail(f"{name} should be True or False.", value) from None


def as_number(value: Any) -> float | None:
    """Return a real number as a float; None for NaN, and for what is no number or too large."""
    if not isinstance(value, Real) or isinstance(value, np.timedelta64):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return None if math.isnan(number) else number


def require_number(value: Any, name: str) -> float:
    """Return a real number as a float; infinite is allowed, NaN is not."""
    number = as_number(value)
    if number is None:
        raise fail(f"{name} should be a number.", value)
    return number


def require_log_options(console: Any, file: Any, name: Any) -> None:
    """Check the three logging arguments."""
    for level in (console, file):
        if not is_one_of(level.lower() if isinstance(level, str) else level, LOG_LEVELS):
            levels = ", ".join(repr(known) for known in LOG_LEVELS)
            raise fail(f"console_log_level and file_log_level must be in {levels}.", level)
    if not isinstance(name, str) or "\0" in name:
        raise fail("log_file_name must be a string.", name)


def require_positive(value: Any, name: str) -> None:
    """Check a positive integer."""
    if not is_integer(value, 1):
        raise fail(f"{name} should be an positive integer.", value)


def require_non_negative(value: Any, name: str) -> None:
    """Check a non-negative integer."""
    if not is_integer(value, 0):
        raise fail(f"{name} should be an non-negative integer.", value)


def _as_array(values: Any, text: str) -> NDArray[Any]:
    """Return what NumPy makes of a value, where it makes anything of it."""
    try:
        return np.asarray(values)
    except Exception:  # noqa: BLE001  # ragged lists, and whatever objects do when they are read
        raise fail(text, values) from None


def _whole(array: NDArray[Any]) -> IndexArray | None:
    """Return an array of integers, or of floats that are whole numbers, as integers; else None."""
    if array.dtype.kind not in "iuf":
        return None
    with np.errstate(invalid="ignore"):
        whole = array.astype(np.intp)
    return whole if np.array_equal(whole, array) else None


def _integers(values: Any, text: str) -> IndexArray:
    """Return a vector of integers."""
    array = _as_array(values, text)
    whole = _whole(array)
    if array.ndim != 1 or whole is None:
        raise fail(text, values)
    return whole


def group_labels(group: Any, dimensionality: int) -> IndexArray:
    """Return the (p,) labels of the groups; None means one group a variable."""
    if dimensionality > _MOST_PARAMETERS:
        raise fail("dimensionality is too large.", dimensionality, f"at most {_MOST_PARAMETERS}")
    if group is None:
        return np.arange(dimensionality)
    labels = _integers(group, "Group should be an 1D array of integers.")
    if labels.size != dimensionality:
        raise fail("The length of group should be equal to dimensionality.", labels.size)
    if labels[0] != 0:
        raise fail("Group should start from 0.", int(labels[0]))
    steps = np.diff(labels)
    if np.any(steps < 0):
        raise fail("Group should be an incremental integer array.", group)
    if np.any(steps > 1):
        raise fail("There is a gap in group.", group)
    return labels


def preselected_groups(preselect: Any, group_count: int) -> IndexArray:
    """Return the sorted, unique groups that are always selected."""
    text = "preselect should be between 0 and dimensionality."
    given = np.ravel(_as_array(() if preselect is None else preselect, text))
    if given.size == 0:
        return np.empty(0, dtype=np.intp)
    groups = _whole(given)
    if groups is None or groups.min() < 0 or groups.max() >= group_count:
        raise fail(text, preselect, expected=f"integers from 0 to {group_count - 1}")
    return np.unique(groups)


def default_top_level(group_count: int, preselected: int) -> int:
    """Largest level tried when no sparsity is given: q / (ln ln q . ln q), all for small q."""
    if group_count <= 5:
        return group_count
    top = int(group_count / math.log(math.log(group_count)) / math.log(group_count))
    return max(preselected, top)


def sparsity_levels(sparsity: Any, group_count: int, preselected: int) -> IndexArray:
    """Return the ascending levels to try."""
    if sparsity is None:
        return np.arange(preselected, default_top_level(group_count, preselected) + 1)
    text = "There is an invalid sparsity."
    several = isinstance(sparsity, Iterable) and getattr(sparsity, "ndim", 1) > 0
    listed = list(sparsity) if several else [sparsity]
    if not listed:
        raise fail("Sparsity should not be empty.", sparsity)
    levels = _whole(np.ravel(_as_array(listed, text)))
    if levels is None or levels.min() < preselected or levels.max() > group_count:
        raise fail(
            text,
            sparsity,
            expected=f"integers from {preselected} (preselected) to {group_count} (groups)",
        )
    return np.unique(levels)


def require_criterion(ic_method: Any, sample_size: int, level_count: int) -> None:
    """Check that a level can be chosen by an information criterion."""
    if ic_method is None:
        if level_count > 1:
            raise InvalidArgumentError(
                "ic_method should be provided for choosing sparsity level with information "
                f"criterion. Got None with {level_count} levels."
            )
        return
    if not callable(ic_method):
        raise fail("ic_method should be callable.", ic_method)
    if sample_size <= 1:
        raise fail("sample_size should be given when using ic_method.", sample_size)


def initial_support(support: Any, dimensionality: int) -> IndexArray:
    """Return the variables to prefer at the start; None and empty mean none."""
    text = "The initial active set should be an 1D array of integers."
    variables = _as_array([] if support is None else support, text)
    if variables.size == 0 and variables.ndim == 1:
        return np.empty(0, dtype=np.intp)
    if variables.ndim != 1 or variables.dtype.kind not in "iu":
        raise fail(text, support)
    variables = np.unique(variables)
    if variables[0] < 0 or variables[-1] >= dimensionality:
        raise fail(
            "init_support_set contains wrong index.",
            support,
            expected=f"integers from 0 to {dimensionality - 1}",
        )
    return variables.astype(np.intp)


def initial_params(params: Any, dimensionality: int) -> FloatArray:
    """Return the start vector, zeros by default."""
    if params is None:
        return np.zeros(dimensionality)
    start = numbers(params, "init_params should be an array of numbers.")
    if start.shape != (dimensionality,):
        raise fail("The length of init_params should be equal to dimensionality.", start.shape)
    if not np.all(np.isfinite(start)):
        raise fail("init_params should be finite.", params)
    return start


def numbers(values: Any, text: str) -> FloatArray:
    """Return an array of real numbers of its own."""
    array = _as_array(values, text)
    if array.dtype.kind in "USMmc":  # some of which NumPy would convert
        raise fail(text, values)
    try:
        return array.astype(np.float64)
    except (TypeError, ValueError, OverflowError):
        raise fail(text, values) from None


def fold_labels(labels: Any, sample_size: int, folds: int) -> IndexArray:
    """Return the fold of each sample, numbered from 0; labels may be any integers."""
    given = _integers(labels, "cv_fold_id should be an 1D array of integers.")
    if given.size != sample_size:
        raise fail("The length of cv_fold_id should be equal to sample_size.", given.size)
    distinct, numbered = np.unique(given, return_inverse=True)
    if distinct.size != folds:
        raise fail(
            "The number of different elements in cv_fold_id should be equal to cv.",
            distinct.size,
            expected=str(folds),
        )
    return numbered.astype(np.intp, copy=False)


def golden_bounds(solver: Any, group_count: int, preselected: int) -> tuple[int, int]:
    """Return the range that golden section searches."""
    top = default_top_level(group_count, preselected)
    lower, upper = solver.gs_lower_bound, solver.gs_upper_bound
    lower = preselected if lower is None else lower
    require_non_negative(lower, "gs_lower_bound")
    upper = max(top, int(lower)) if upper is None else upper
    require_non_negative(upper, "gs_upper_bound")
    if lower < preselected or upper > group_count:
        raise fail(
            "gs_lower_bound and gs_upper_bound should be between 0 and dimensionality.",
            (lower, upper),
            expected=f"{preselected} (preselected) to {group_count} (groups)",
        )
    if upper < lower:
        raise fail("gs_upper_bound should be larger than gs_lower_bound.", (lower, upper))
    return int(lower), int(upper)


def screened_groups(
    size: Any, largest_level: int, group_count: int, preselected: int
) -> int | None:
    """Return how many groups remain after screening; None for -1, no screening."""
    if is_integer(size, -1):
        if size == -1:
            return None
        if size == 0:
            top = default_top_level(group_count, preselected)
            return min(group_count, max(largest_level, top))
        if max(largest_level, preselected) <= int(size) <= group_count:
            return int(size)
    raise fail(
        "screening_size should be between sparsity and dimensionality.",
        size,
        expected=f"-1, 0 or an integer from {largest_level} to {group_count}",
    )


def layer_list(layers: Any) -> list[Layer]:
    """Return the layers as a list; None means none."""
    if layers is None:
        return []
    if isinstance(layers, str) or not hasattr(layers, "__len__"):
        raise fail("layers should be a list of layers.", layers)
    return list(layers)


def layer_chain(layers: Any, dimensionality: int) -> list[Layer]:
    """Return the layers as a list whose dimensions fit together."""
    chain = layer_list(layers)
    for index, layer in enumerate(chain):
        if not callable(getattr(layer, "transform_params", None)):
            raise fail("layers should be layers.", layer, expected="subclasses of Identity")
        for name in ("in_features", "out_features"):
            require_positive(getattr(layer, name, None), f"{name} of layers[{index}]")
    takers = [(f"layers[{index}]", layer.in_features) for index, layer in enumerate(chain)]
    for index, layer in enumerate(chain):
        place, size = [*takers, ("the objective", dimensionality)][index + 1]
        if layer.out_features != size:
            raise AssertionError(
                f"layers[{index}] gives {layer.out_features} parameters where {place} takes {size}."
            )
    return chain


def fit_arguments(params: Any, variables: Any) -> tuple[FloatArray, IndexArray]:
    """Return start and sorted variables of a fit, as arrays of their own."""
    for name, value in (("params", params), ("optim_variable_set", variables)):
        if np.ndim(value) != 1:
            raise InvalidArgumentError(
                f"{name} should be a 1D np.ndarray. Got shape {np.shape(value)}."
            )
    return np.array(params, dtype=np.float64), np.unique(np.asarray(variables, dtype=np.intp))
