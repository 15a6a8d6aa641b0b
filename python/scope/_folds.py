"""Cross-validation: parts of the data, and folds in threads."""

import os
import threading
from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from scope._calling import require_callable
from scope.typing import IndexArray

_T = TypeVar("_T")
Check = Callable[[], None]


class _StoppedError(Exception):
    """Raised in a fold when another one failed, or the user interrupted."""


@dataclass(frozen=True)
class Parts:
    """The data of the folds."""

    data: Any
    labels: IndexArray  # (n,) fold of each sample
    split_method: Any  # None: samples are indices, and the objective selects by them

    def __post_init__(self) -> None:
        if self.split_method is not None:
            require_callable(self.split_method, "split_method")

    def train(self, fold: int) -> Any:
        """Return the data without a fold."""
        return self._part(self.labels != fold)

    def test(self, fold: int) -> Any:
        """Return the data of a fold."""
        return self._part(self.labels == fold)

    def _part(self, members: Any) -> Any:
        index = np.flatnonzero(members)
        return index if self.split_method is None else self.split_method(self.data, index)


def run_folds(work: Callable[[int, Check | None], _T], count: int, threads: int) -> list[_T]:
    """Return ``work(fold, check)`` of all folds; in threads the results are the same.

    A fold that fails, and an interrupt, stop the others at their next step.
    """
    threads = min(count, threads or os.cpu_count() or 1)
    if threads == 1:
        return [work(fold, None) for fold in range(count)]
    stop = threading.Event()

    def check() -> None:
        if stop.is_set():
            raise _StoppedError

    with ThreadPoolExecutor(threads, thread_name_prefix="scope-fold") as pool:
        futures = [pool.submit(work, fold, check) for fold in range(count)]
        try:
            wait(futures, return_when=FIRST_EXCEPTION)
            failed = [future for future in futures if future.done() and future.exception()]
            return [future.result() for future in failed[:1] or futures]
        finally:
            stop.set()
            for future in futures:
                future.cancel()
