"""Every check of user input, once, in the order and with the texts of skscope 0.1.8.

The texts are completed by what came. What is not built yet is refused here, after the checks, so
that it is never silently ignored.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np

from scope.exceptions import InvalidArgumentError
from scope.typing import FloatArray, IndexArray

LOG_LEVELS = ("off", "error", "warning", "debug")


@dataclass(frozen=True)
class Selection:
    """What is selected from: groups of variables, and the numbers of them to try."""

    dimensionality: int
    sample_size: int
    group: IndexArray  # (p,) label of each variable, 0..q-1
    preselect: IndexArray  # sorted group indices
    levels: IndexArray  # ascending

    @property
    def group_starts(self) -> IndexArray:
        """(q + 1,) first variable of each group, and p."""
        bounds = np.flatnonzero(np.diff(self.group, prepend=-1))
        return np.append(bounds, self.dimensionality).astype(np.intp)


def fail(text: str, got: Any, expected: str = "") -> InvalidArgumentError:
    """Return the error with what came, and what was expected beyond the text."""
    return InvalidArgumentError(f"{text} {f'Expected {expected}. ' * bool(expected)}Got {got!r}.")


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


def group_labels(group: Any, dimensionality: int) -> IndexArray:
    """Return the (p,) labels of the groups; None means one group a variable."""
    if group is None:
        return np.arange(dimensionality)
    labels = np.asarray(group)
    if labels.ndim != 1 or labels.dtype.kind not in "iu":
        raise fail("Group should be an 1D array of integers.", group)
    if labels.size != dimensionality:
        raise fail("The length of group should be equal to dimensionality.", labels.size)
    if labels[0] != 0:
        raise fail("Group should start from 0.", int(labels[0]))
    steps = np.diff(labels.astype(np.intp))
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
    integers = groups.dtype.kind in "iu" or (groups.dtype.kind == "f" and np.all(groups % 1 == 0))
    if not integers or groups[0] < 0 or groups[-1] >= group_count:
        raise fail(
            "preselect should be between 0 and dimensionality.",
            preselect,
            expected=f"integers from 0 to {group_count - 1}",
        )
    return groups.astype(np.intp)


def default_top_level(group_count: int) -> int:
    """Largest level tried when no sparsity is given: q / (ln ln q . ln q), all for small q."""
    if group_count <= 5:
        return group_count
    return int(group_count / math.log(math.log(group_count)) / math.log(group_count))


def sparsity_levels(sparsity: Any, group_count: int, preselected: int) -> IndexArray:
    """Return the ascending levels to try."""
    if sparsity is None:
        return np.arange(preselected, max(preselected, default_top_level(group_count)) + 1)
    listed = list(sparsity) if isinstance(sparsity, Iterable) else [sparsity]
    if not listed:
        raise fail("Sparsity should not be empty.", sparsity)
    levels = np.unique(np.asarray(listed))
    integers = levels.dtype.kind in "iu" or (levels.dtype.kind == "f" and np.all(levels % 1 == 0))
    if not integers or levels[0] < preselected or levels[-1] > group_count:
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


def scope_selection(solver: Any, layers: Any) -> Selection:
    """Check all parameters of a ScopeSolver, in the order of skscope."""
    require_log_options(solver.console_log_level, solver.file_log_level, solver.log_file_name)
    require_positive(solver.dimensionality, "dimensionality")
    require_positive(solver.sample_size, "sample_size")
    require_non_negative(solver.max_iter, "max_iter")
    require_positive(solver.max_exchange_num, "max_exchange_num")
    group = group_labels(solver.group, solver.dimensionality)
    group_count = int(group[-1]) + 1
    preselect = preselected_groups(solver.preselect, group_count)
    if solver.path_type not in {"seq", "gs"}:
        raise fail("path_type should be 'seq' or 'gs'.", solver.path_type)
    levels = sparsity_levels(solver.sparsity, group_count, preselect.size)
    require_non_negative(solver.thread, "thread")
    if solver.splicing_type not in {"halve", "taper"}:
        raise fail("splicing_type should be 'halve' or 'taper'.", solver.splicing_type)
    require_non_negative(solver.important_search, "important_search")
    require_positive(solver.cv, "cv")
    if solver.cv > solver.sample_size:
        raise fail("cv should not be greater than sample_size.", solver.cv)
    if solver.cv == 1:
        require_criterion(solver.ic_method, solver.sample_size, levels.size)
    if not any(solver.use_hessian is choice for choice in (True, False)) and (
        solver.use_hessian != "auto"
    ):
        raise fail("use_hessian should be True, False or 'auto'.", solver.use_hessian)
    if solver.swap_polish not in {"off", "screened", "exhaustive"}:
        raise fail("swap_polish should be 'off', 'screened' or 'exhaustive'.", solver.swap_polish)
    _refuse_what_is_not_built(solver, layers)
    return Selection(
        dimensionality=int(solver.dimensionality),
        sample_size=int(solver.sample_size),
        group=group,
        preselect=preselect,
        levels=levels,
    )


def _refuse_what_is_not_built(solver: Any, layers: Any) -> None:
    missing = {
        "cross-validation (cv > 1)": solver.cv > 1,
        "golden section (path_type='gs')": solver.path_type == "gs",
        "screening (screening_size other than -1)": solver.screening_size != -1,
        "layers": layers is not None and len(layers) > 0,
    }
    for feature, wanted in missing.items():
        if wanted:
            raise NotImplementedError(f"{feature} is not built yet.")
