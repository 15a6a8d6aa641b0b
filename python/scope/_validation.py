"""The checks of user input, each once, with the texts of skscope 0.1.8 completed by what came.

`_selection` calls them in the order of skscope.
"""

import math
from collections.abc import Iterable
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scope.exceptions import InvalidArgumentError
from scope.typing import FloatArray, IndexArray, Layer

_LONGEST = 200  # of what is shown of a wrong argument
LOG_LEVELS = ("off", "error", "warning", "debug")


def fail(text: str, got: Any, expected: str = "") -> InvalidArgumentError:
    """Return the error with what came, and what was expected beyond the text."""
    said = repr(got)
    if len(said) > _LONGEST:
        said = f"{said[:_LONGEST]}..."
    return InvalidArgumentError(f"{text} {f'Expected {expected}. ' * bool(expected)}Got {said}.")


def is_integer(value: Any, least: int) -> bool:
    """Whether `value` is an integer, NumPy's included and bool excluded, of at least `least`."""
    return isinstance(value, Integral) and not isinstance(value, bool) and int(value) >= least


def require_log_options(console: Any, file: Any, name: Any) -> None:
    """Check the three logging arguments."""
    for level in (console, file):
        if not (isinstance(level, str) and level.lower() in LOG_LEVELS):
            levels = ", ".join(repr(known) for known in LOG_LEVELS)
            raise fail(f"console_log_level and file_log_level must be in {levels}.", level)
    if not isinstance(name, str):
        raise fail("log_file_name must be a string.", name)


def require_positive(value: Any, name: str) -> None:
    """Check a positive integer."""
    if not is_integer(value, 1):
        raise fail(f"{name} should be an positive integer.", value)


def require_non_negative(value: Any, name: str) -> None:
    """Check a non-negative integer."""
    if not is_integer(value, 0):
        raise fail(f"{name} should be an non-negative integer.", value)


def _are_whole(array: NDArray[Any]) -> bool:
    """Whether an array holds integers, or floats that are whole numbers."""
    kind = array.dtype.kind
    return kind in "iu" or (kind == "f" and bool(np.all(array % 1 == 0)))


def _integers(values: Any, text: str) -> IndexArray:
    """Return a vector of integers."""
    array = np.asarray(values)
    if array.ndim != 1 or not _are_whole(array):
        raise fail(text, values)
    return array.astype(np.intp)


def group_labels(group: Any, dimensionality: int) -> IndexArray:
    """Return the (p,) labels of the groups; None means one group a variable."""
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
    return labels.astype(np.intp)


def preselected_groups(preselect: Any, group_count: int) -> IndexArray:
    """Return the sorted, unique groups that are always selected."""
    groups = np.unique(np.atleast_1d(np.asarray(preselect if preselect is not None else [])))
    if groups.size == 0:
        return np.empty(0, dtype=np.intp)
    if not _are_whole(groups) or groups[0] < 0 or groups[-1] >= group_count:
        raise fail(
            "preselect should be between 0 and dimensionality.",
            preselect,
            expected=f"integers from 0 to {group_count - 1}",
        )
    return groups.astype(np.intp)


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
    several = isinstance(sparsity, Iterable) and getattr(sparsity, "ndim", 1) > 0
    listed = list(sparsity) if several else [sparsity]
    if not listed:
        raise fail("Sparsity should not be empty.", sparsity)
    levels = np.unique(np.asarray(listed))
    if not _are_whole(levels) or levels[0] < preselected or levels[-1] > group_count:
        raise fail(
            "There is an invalid sparsity.",
            sparsity,
            expected=f"integers from {preselected} (preselected) to {group_count} (groups)",
        )
    return levels.astype(np.intp)


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
    variables = np.asarray([] if support is None else support)
    if variables.size == 0 and variables.ndim == 1:
        return np.empty(0, dtype=np.intp)
    if variables.ndim != 1 or variables.dtype.kind not in "iu":
        raise fail("The initial active set should be an 1D array of integers.", support)
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
    start = np.array(params, dtype=np.float64)
    if start.shape != (dimensionality,):
        raise fail("The length of init_params should be equal to dimensionality.", start.shape)
    if not np.all(np.isfinite(start)):
        raise fail("init_params should be finite.", params)
    return start


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
    return numbered.astype(np.intp)


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
    if isinstance(size, Integral) and not isinstance(size, bool):
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
        following = chain[index + 1].in_features if index + 1 < len(chain) else dimensionality
        if layer.out_features != following:
            place = f"layers[{index + 1}]" if index + 1 < len(chain) else "the objective"
            raise AssertionError(
                f"layers[{index}] gives {layer.out_features} parameters where {place} takes "
                f"{following}."
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
