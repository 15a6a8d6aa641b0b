"""What is left of JAX in a process that was forked from one that had used it."""

import os
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import TypeVar

import jax

from scope.exceptions import ForkedProcessError

__all__ = ["TRACE_ERRORS", "is_forked", "refuse_after_fork", "watch_forks", "without_xla"]

# An objective that raises one of these while it is traced looks at values: it runs eagerly.
TRACE_ERRORS = (
    jax.errors.ConcretizationTypeError,
    jax.errors.NonConcreteBooleanIndexError,
    jax.errors.TracerArrayConversionError,
    jax.errors.TracerIntegerConversionError,
)

_AFTER_XLA = (
    "This process was forked from one that had used JAX, which cannot run here. Start processes by "
    "multiprocessing.get_context('spawn'), or fork before JAX is used. Without JAX work objectives "
    "in NumPy that come with their gradient: solve(objective, gradient=...)."
)
_INSIDE_JAX = (
    "This process was forked while another thread was inside JAX, whose locks nobody opens here. "
    "Start processes by multiprocessing.get_context('spawn'), or fork while no thread is in JAX."
)
# Where a thread may be without holding a lock of JAX's: its own settings, which every solve enters,
# and what Python's collector of garbage calls, at any time and in every child as well.
_WITHOUT_LOCKS = frozenset({"jax._src.config", "jax._src.lib"})

_Result = TypeVar("_Result")

# Why JAX is not to be used here: the threads of XLA are not in a child, and what waits for them,
# or for a lock that another thread held, waits for ever.
_inside_jax = False
_reason = ""


def watch_forks(xla_has_started: Callable[[], bool]) -> None:
    """Note in every child from now on what it cannot use."""

    def in_child() -> None:
        global _reason  # noqa: PLW0603  # the process as a whole is what it tells of
        if _inside_jax:
            _reason = _INSIDE_JAX
        elif not _reason and xla_has_started():
            _reason = _AFTER_XLA

    if hasattr(os, "register_at_fork"):
        os.register_at_fork(before=_note_threads, after_in_child=in_child)


def _note_threads() -> None:
    global _inside_jax  # noqa: PLW0603  # as above
    own = threading.get_ident()
    frames = sys._current_frames()
    _inside_jax = any(_is_inside_jax(frame) for thread, frame in frames.items() if thread != own)


def _is_inside_jax(frame: FrameType | None) -> bool:
    while frame is not None:
        module = frame.f_globals.get("__name__", "")
        if module.startswith("jax.") and module not in _WITHOUT_LOCKS:
            return True
        frame = frame.f_back
    return False


def is_forked() -> bool:
    """Return whether JAX is not to be used in this process."""
    return bool(_reason)


def refuse_after_fork() -> None:
    """Raise where JAX is not to be used in this process.

    Raises
    ------
    RuntimeError
        This process was forked after JAX had run, or while a thread was inside JAX.
    """
    if _reason:
        raise ForkedProcessError(_reason)


def without_xla(function: Callable[..., _Result]) -> Callable[..., _Result]:
    """Return a user's function; after a fork, one that raises instead of running JAX.

    While JAX traces, it only records what it would compute: nothing waits for its threads. Its
    locks it takes all the same.
    """
    if not _reason:
        return function
    if _reason is _INSIDE_JAX:
        refuse_after_fork()

    def guarded(*arguments: object) -> _Result:
        results: list[_Result] = []
        try:
            program = jax.make_jaxpr(lambda: results.append(function(*arguments)))()
        except TRACE_ERRORS as error:
            raise ForkedProcessError(_reason) from error
        if program.eqns:
            refuse_after_fork()
        return results[0]

    return guarded
