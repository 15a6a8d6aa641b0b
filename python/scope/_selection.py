"""What a validated solver selects from, and by what it chooses among sparsity levels."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.model_selection import KFold
from sklearn.utils import check_random_state

from scope import _core
from scope import _validation as check
from scope._calling import require_callable
from scope._progress import Progress
from scope._validation import fail
from scope.exceptions import InvalidArgumentError
from scope.typing import IndexArray, Layer


@dataclass(frozen=True)
class Selection:
    """Groups of variables, and the numbers of them to try.

    With layers, the variables are what the first layer takes.
    """

    dimensionality: int
    sample_size: int
    group: IndexArray  # (p,) label of each variable, 0..q-1
    preselect: IndexArray  # sorted group indices
    levels: IndexArray  # ascending; the range searched when `golden`
    golden: bool = False
    folds: IndexArray | None = None  # (n,) fold of each sample
    screening_size: int | None = None  # groups that are kept; None: all, without a look
    layers: tuple[Layer, ...] = ()

    @property
    def group_starts(self) -> IndexArray:
        """(q + 1,) first variable of each group, and p."""
        bounds = np.flatnonzero(np.diff(self.group, prepend=-1))
        return np.append(bounds, self.dimensionality).astype(np.intp)

    @property
    def group_count(self) -> int:
        """Number q of groups."""
        return int(self.group[-1]) + 1

    def variable_count(self, groups: IndexArray) -> int:
        """Return the number of variables in some groups."""
        return self.variables_of(groups).size

    def variables_of(self, groups: IndexArray) -> IndexArray:
        """Return the sorted variables of some groups."""
        chosen = np.zeros(self.group_count, dtype=bool)
        chosen[groups] = True
        return np.flatnonzero(chosen[self.group])

    @property
    def groups(self) -> _core.Groups:
        """The groups, for the engine."""
        return _core.Groups.from_labels(self.group.tolist())

    @property
    def problem(self) -> _core.Problem:
        """Groups and preselection, for the engine."""
        return _core.Problem(self.groups, self.preselect.tolist())


def scope_selection(solver: Any, layers: Any, objective_takes_data: bool) -> Selection:
    """Check all parameters of a ScopeSolver, in the order of skscope."""
    check.require_log_options(solver.console_log_level, solver.file_log_level, solver.log_file_name)
    _require_common(solver)
    check.require_positive(solver.max_exchange_num, "max_exchange_num")
    group, preselect = _groups(solver)
    count = int(group[-1]) + 1
    levels = _scope_levels(solver, layers, count, preselect.size)
    kept = check.screened_groups(solver.screening_size, int(levels[-1]), count, preselect.size)
    check.require_non_negative(solver.thread, "thread")
    if not check.is_one_of(solver.splicing_type, ("halve", "taper")):
        raise fail("splicing_type should be 'halve' or 'taper'.", solver.splicing_type)
    check.require_non_negative(solver.important_search, "important_search")
    golden: bool = solver.path_type == "gs"
    folds = _folds(solver, 1 if golden else levels.size, objective_takes_data)
    _require_own_options(solver)
    selection = Selection(
        dimensionality=int(solver.dimensionality),
        sample_size=int(solver.sample_size),
        group=group,
        preselect=preselect,
        levels=levels,
        golden=golden,
        folds=folds,
        screening_size=kept,
    )
    return _before_layers(selection, layers)


def family_selection(solver: Any, layers: Any, objective_takes_data: bool) -> Selection:
    """Check the parameters that all solvers share, in the order of skscope's BaseSolver."""
    _require_common(solver)
    group, preselect = _groups(solver)
    levels = check.sparsity_levels(solver.sparsity, int(group[-1]) + 1, preselect.size)
    folds = _folds(solver, levels.size, objective_takes_data)
    selection = Selection(
        dimensionality=int(solver.dimensionality),
        sample_size=int(solver.sample_size),
        group=group,
        preselect=preselect,
        levels=levels,
        folds=folds,
    )
    return _before_layers(selection, layers)


def solve_progress(solver: Any) -> Progress:
    """Start the clock of a solve; solvers of one's own need not have a limit."""
    limit = getattr(solver, "time_limit", None)
    seconds = None if limit is None else check.require_number(limit, "time_limit")
    if seconds is not None and seconds < 0.0:
        raise fail("time_limit should not be negative.", limit)
    callback = getattr(solver, "callback", None)
    if callback is not None:
        require_callable(callback, "callback")
    return Progress(seconds, callback)


def fold_labels(solver: Any) -> IndexArray:
    """Return the fold of each sample: those given, or shuffled ones of nearly equal size."""
    n = int(solver.sample_size)
    if solver.cv_fold_id is not None:
        return check.fold_labels(solver.cv_fold_id, n, int(solver.cv))
    shuffled = KFold(int(solver.cv), shuffle=True, random_state=random_numbers(solver.random_state))
    labels = np.empty(n, dtype=np.intp)
    for fold, (_, test) in enumerate(shuffled.split(np.arange(n))):
        labels[test] = fold
    return labels


def random_numbers(random_state: Any) -> np.random.RandomState:
    """Return the source of random numbers; None means the same ones at every solve."""
    try:
        numbers: np.random.RandomState = check_random_state(
            0 if random_state is None else random_state
        )
    except (TypeError, ValueError) as error:
        raise fail(
            f"random_state should be None, a RandomState or its seed: {error}.", random_state
        ) from None
    return numbers


def _require_common(solver: Any) -> None:
    for name in ("dimensionality", "sample_size"):
        check.require_positive(getattr(solver, name), name)
    check.require_non_negative(solver.max_iter, "max_iter")
    use = solver.use_hessian
    if not (use is True or use is False or check.is_one_of(use, ["auto"])):
        raise fail("use_hessian should be True, False or 'auto'.", use)


def _groups(solver: Any) -> tuple[IndexArray, IndexArray]:
    group = check.group_labels(solver.group, solver.dimensionality)
    return group, check.preselected_groups(solver.preselect, int(group[-1]) + 1)


def _scope_levels(solver: Any, layers: Any, count: int, preselected: int) -> IndexArray:
    has_layers = bool(check.layer_list(layers))
    if check.is_one_of(solver.path_type, ["seq"]):
        levels = check.sparsity_levels(solver.sparsity, count, preselected)
    elif check.is_one_of(solver.path_type, ["gs"]):
        if has_layers:
            raise InvalidArgumentError(
                "The path_type should be 'seq' when the layers are specified. Got 'gs'."
            )
        lower, upper = check.golden_bounds(solver, count, preselected)
        levels = np.arange(lower, upper + 1)
    else:
        raise fail("path_type should be 'seq' or 'gs'.", solver.path_type)
    unscreened = check.is_integer(solver.screening_size, -1) and solver.screening_size == -1
    if has_layers and not unscreened:
        raise fail(
            "The screening_size should be -1 when the layers are specified.", solver.screening_size
        )
    return levels


def _folds(solver: Any, level_count: int, objective_takes_data: bool) -> IndexArray | None:
    check.require_positive(solver.cv, "cv")
    if solver.cv == 1:
        check.require_criterion(solver.ic_method, solver.sample_size, level_count)
        return None
    if solver.cv > solver.sample_size:
        raise fail("cv should not be greater than sample_size.", solver.cv)
    if solver.ic_method is not None and not callable(solver.ic_method):
        raise fail("ic_method should be callable.", solver.ic_method)
    if solver.split_method is None and not objective_takes_data:
        raise InvalidArgumentError("split_method should be provided when cv > 1. Got None.")
    return fold_labels(solver)


def _require_own_options(solver: Any) -> None:
    for name in ("is_dynamic_max_exchange_num", "greedy", "warm_start"):
        check.require_flag(getattr(solver, name), name)
    if check.require_number(solver.threshold, "threshold") < 0.0:
        raise fail("threshold should not be negative.", solver.threshold)
    if not check.is_one_of(solver.swap_polish, ("off", "screened", "exhaustive")):
        raise fail("swap_polish should be 'off', 'screened' or 'exhaustive'.", solver.swap_polish)


def _before_layers(selection: Selection, layers: Any) -> Selection:
    """Translate what was asked of the objective's parameters to the first layer's."""
    chain = check.layer_chain(layers, selection.dimensionality)
    if not chain:
        return selection
    group: Any = selection.group
    preselect: Any = selection.preselect
    levels: Any = selection.levels
    translate: tuple[Callable[[Any], Any], ...]
    for layer in reversed(chain):
        translate = (layer.transform_group, layer.transform_preselect, layer.transform_sparsity)
        group, preselect, levels = (
            step(value) for step, value in zip(translate, (group, preselect, levels), strict=True)
        )
    dimension = int(chain[0].in_features)
    group = check.group_labels(group, dimension)
    count = int(group[-1]) + 1
    preselect = check.preselected_groups(preselect, count)
    return Selection(
        dimensionality=dimension,
        sample_size=selection.sample_size,
        group=group,
        preselect=preselect,
        levels=check.sparsity_levels(levels, count, preselect.size),
        folds=selection.folds,
        layers=tuple(chain),
    )
