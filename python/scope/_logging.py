"""A log of one solve, where the user asked for it; Python's global loggers are not touched."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_LEVELS = {"error": logging.ERROR, "warning": logging.WARNING, "debug": logging.DEBUG}
_FORMAT = logging.Formatter("%(asctime)s %(levelname)s %(message)s")


@contextmanager
def solve_log(console_level: str, file_level: str, file_name: str) -> Iterator[logging.Logger]:
    """Yield a logger that writes to standard error and to a file at the levels given."""
    logger = logging.Logger("scope")
    handlers: list[logging.Handler] = []
    if console_level.lower() != "off":
        handlers.append(_with_level(logging.StreamHandler(), console_level))
    if file_level.lower() != "off":
        Path(file_name).parent.mkdir(parents=True, exist_ok=True)
        handlers.append(_with_level(logging.FileHandler(file_name), file_level))
    for handler in handlers:
        logger.addHandler(handler)
    if not handlers:
        logger.disabled = True
    try:
        yield logger
    finally:
        for handler in handlers:
            handler.close()


def _with_level(handler: logging.Handler, level: str) -> logging.Handler:
    handler.setLevel(_LEVELS[level.lower()])
    handler.setFormatter(_FORMAT)
    return handler
