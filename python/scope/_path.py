"""The choice of a sparsity level: by sequence or by golden section, with the whole path kept."""

import importlib
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, overload

from scope._result import Result

_COLUMNS = {
    "sparsity": "d",
    "objective_value": ".6g",
    "information_criterion": ".6g",
    "cross_validation_loss": ".6g",
    "status": "",
    "swap_optimal": "",
}
_SHOWN_VARIABLES = 12

# Fewer results than levels, where the solve is over.
Evaluate = Callable[[list[int]], list[Result]]


class Path(Sequence[Result]):
    """The results at all sparsity levels that were tried, in ascending order.

    Attributes
    ----------
    best : Result
        The one that was chosen: of the smallest cross-validation loss, else of the smallest
        criterion; of equal ones the sparsest. Where the solve ended early, only levels that all
        folds have completed have a cross-validation loss, and they come first.
    ended : str or None
        Why the solve ended before it had tried all levels, ``"time_limit"``, ``"stopped"`` or
        ``"interrupted"`` (see `scope._result.Result`); None if it had.

    Examples
    --------
    >>> import numpy as np, jax.numpy as jnp
    >>> from scope import ScopeSolver
    >>> from scope.utilities import LinearSIC
    >>> X = np.random.default_rng(0).standard_normal((50, 4))
    >>> y = X[:, 1] + 0.1 * X[:, 3]
    >>> solver = ScopeSolver(4, range(3), 50, ic_method=LinearSIC)
    >>> _ = solver.solve(lambda theta: 1e-3 + jnp.sum((y - X @ theta) ** 2))
    >>> [level.support_set.tolist() for level in solver.path_]
    [[], [1], [1, 3]]
    >>> solver.path_.best.sparsity
    2
    """

    def __init__(self, levels: Sequence[Result], ended: str | None = None) -> None:
        self._levels = sorted(levels, key=lambda level: level.sparsity)
        scored = [level for level in self._levels if level.cross_validation_loss is not None]
        self.best = min(scored or self._levels, key=score)
        self.ended = ended

    def __len__(self) -> int:
        """Return the number of levels."""
        return len(self._levels)

    @overload
    def __getitem__(self, index: int) -> Result: ...
    @overload
    def __getitem__(self, index: slice) -> list[Result]: ...
    def __getitem__(self, index: int | slice) -> Result | list[Result]:
        """Return the result at a place of the path, counted from the sparsest level."""
        return self._levels[index]

    def __iter__(self) -> Iterator[Result]:
        """Go through the levels in ascending order."""
        return iter(self._levels)

    def to_frame(self) -> Any:
        """Return one row a level as a pandas DataFrame.

        Returns
        -------
        DataFrame
            Indexed by sparsity; every field of `scope._result.Result` is a column, except for
            those that are the same at all levels, ``structure`` and ``seconds``.

        Raises
        ------
        ImportError
            pandas is not installed.
        """
        pandas = importlib.import_module("pandas")  # optional
        common = ("structure", "seconds")
        rows = [{k: v for k, v in vars(level).items() if k not in common} for level in self]
        return pandas.DataFrame(rows).set_index("sparsity")

    def __str__(self) -> str:
        """Return the path as a table."""
        names = [n for n in _COLUMNS if any(getattr(level, n) is not None for level in self)]
        rows = [[*names, "support"]]
        for level in self:
            chosen = "*" if level is self.best else ""
            cells = [_cell(getattr(level, name), _COLUMNS[name]) for name in names]
            rows.append([cells[0] + chosen, *cells[1:], _support(level)])
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ("  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) for row in rows)
        return "\n".join(line.rstrip() for line in lines)

    __repr__ = __str__


def search_golden(evaluate: Evaluate, lower: int, upper: int) -> Path:
    """Narrow a range of levels by golden section, then try what is left of it.

    Finds the best level where the score falls and then rises with the level (Kiefer 1953,
    doi:10.1090/S0002-9939-1953-0055639-3); about ``log(upper - lower) / log(1.6)`` levels.
    """
    tried: dict[int, Result] = {}

    def score_of(level: int) -> float:
        if level not in tried:
            tried.update((found.sparsity, found) for found in evaluate([level]))
        return score(tried[level]) if level in tried else math.inf

    left, right = _inner(lower, upper)
    while left < right:
        if score_of(left) < score_of(right):
            upper, right = right, left
            left = _inner(lower, upper)[0]
        else:
            lower, left = left, right
            right = _inner(lower, upper)[1]
    for level in range(lower, upper + 1):
        score_of(level)
    return Path(list(tried.values()))


def score(level: Result) -> float:
    """Return what the levels are compared by; smaller is better, NaN is worst."""
    loss = level.cross_validation_loss
    value = level.information_criterion if loss is None else loss
    return math.inf if math.isnan(value) else value


def _inner(lower: int, upper: int) -> tuple[int, int]:
    return round(0.618 * lower + 0.382 * upper), round(0.382 * lower + 0.618 * upper)


def _cell(value: Any, form: str) -> str:
    return "" if value is None else format(value, form)


def _support(level: Result) -> str:
    shown = ", ".join(map(str, level.support_set[:_SHOWN_VARIABLES].tolist()))
    more = ", ..." if len(level.support_set) > _SHOWN_VARIABLES else ""
    return f"{{{shown}{more}}}"
