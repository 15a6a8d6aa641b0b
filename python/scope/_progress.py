"""How long a solve may go on, whom it tells on the way, and what it has found so far."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from scope import _core
from scope._result import LevelFit, Seconds
from scope.objective import compile_seconds
from scope.typing import IndexArray, State

Hook = Callable[[], bool]


class EndedError(BaseException):
    """Ends an algorithm written in Python; not an Exception, which users catch."""


class Progress:
    """One call of `solve`: its clock, its callback, and whether it should end."""

    def __init__(self, time_limit: float | None = None, callback: Any = None) -> None:
        self._begin = time.perf_counter()
        self._limit = time_limit
        self._lock = threading.Lock()
        self.callback = callback
        self.ended: str | None = None  # the status of what ends before it is complete
        self._phases = {"reading": 0.0, "compiling": 0.0, "evaluating": 0.0, "searching": 0.0}

    @property
    def elapsed(self) -> float:
        """Seconds since the beginning."""
        return time.perf_counter() - self._begin

    @property
    def seconds_left(self) -> float | None:
        """Seconds until the time limit; None without one."""
        return None if self._limit is None else self._limit - self.elapsed

    @property
    def seconds(self) -> Seconds:
        """What the solve has taken up to now, by phase."""
        return Seconds(**self._phases, total=self.elapsed)

    def is_over(self) -> bool:
        """Whether the solve should end with what it has."""
        if self.ended is None and self._limit is not None and self.elapsed >= self._limit:
            self.ended = "time_limit"
        return self.ended is not None

    def tell(self, state: State) -> bool:
        """Call the callback, in one thread at a time; whether the solve should end."""
        with self._lock:
            if self.callback(state):
                self.ended = self.ended or "stopped"
        return self.is_over()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Measure the tracing and reading of an objective, apart from compilation."""
        begin, compiled = time.perf_counter(), compile_seconds()
        try:
            yield
        finally:
            compiling = compile_seconds() - compiled
            reading = time.perf_counter() - begin - compiling
            self._add(reading=reading, compiling=compiling)

    @contextmanager
    def searching(self) -> Iterator[None]:
        """Measure a search, apart from calls of the user's functions and their compilation."""
        begin, compiled = time.perf_counter(), compile_seconds()
        called = _core.callback_seconds()
        try:
            yield
        finally:
            compiling = compile_seconds() - compiled
            evaluating = max(0.0, _core.callback_seconds() - called - compiling)
            searching = max(0.0, time.perf_counter() - begin - compiling - evaluating)
            self._add(compiling=compiling, evaluating=evaluating, searching=searching)

    def _add(self, **phases: float) -> None:
        for phase, seconds in phases.items():
            self._phases[phase] += seconds


class Watch:
    """A search on one set of data: who may end it, and the levels that it has solved.

    Monitors are not kept: they know the objective, and no garbage collector sees through them.
    """

    def __init__(
        self, progress: Progress, fold: int | None = None, hook: Hook | None = None
    ) -> None:
        self.progress = progress
        self.fold = fold
        self.fits: list[LevelFit] = []
        self.incumbent: LevelFit | None = None  # of the level that an exception has ended
        self._hook = hook

    @property
    def is_told(self) -> bool:
        """Whether a callback wants to know."""
        return self.progress.callback is not None

    def is_over(self) -> bool:
        """Whether the search should end with what it has."""
        return self.progress.is_over()

    def monitor(self, accepted: Callable[[_core.LevelResult], bool] | None = None) -> _core.Monitor:
        """Return what the engine asks and tells during the next search or fit."""
        return _core.Monitor(self.progress.seconds_left, self._hook, accepted)

    def note(self, monitor: _core.Monitor) -> None:
        """Take over that the engine was stopped."""
        if monitor.status is not None:
            self.progress.ended = self.progress.ended or monitor.status.name

    def tell(self, sparsity: int, support: IndexArray, value: float, n_evaluations: int) -> bool:
        """Call the callback with the best answer so far; whether the search should end."""
        return self.progress.tell(
            State(sparsity, support, value, n_evaluations, self.progress.elapsed, self.fold)
        )

    @contextmanager
    def collecting(
        self, monitor: _core.Monitor, read: Callable[[_core.LevelResult], LevelFit]
    ) -> Iterator[None]:
        """Keep what a search of the engine finds, however it ends."""
        try:
            yield
        except BaseException:
            found = monitor.incumbent
            if found is not None and found.sparsity not in {f.sparsity for f in monitor.levels}:
                self.incumbent = read(found)
            raise
        finally:
            self.note(monitor)
            self.fits.extend(read(found) for found in monitor.levels)
