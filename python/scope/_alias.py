"""The switch that lets programs written for skscope run unchanged."""

import importlib
import sys
import warnings

_MODULES = (
    "_scope",
    "base_solver",
    "layer",
    "model",
    "numeric_solver",
    "skmodel",
    "solver",
    "utilities",
)


def replace_skscope() -> None:
    """Make ``import skscope`` mean this package, in this process.

    All of its public modules too: ``from skscope.layer import NonNegative`` is ours afterwards.

    Warns
    -----
    RuntimeWarning
        skscope is imported already: names that were taken from it before are still its own.

    Examples
    --------
    >>> import scope
    >>> scope.replace_skscope()
    >>> from skscope import ScopeSolver
    >>> ScopeSolver is scope.ScopeSolver
    True
    """
    package = importlib.import_module(__package__ or "scope")
    loaded = sys.modules.get("skscope")
    if loaded is not None and loaded is not package:
        warnings.warn(
            "skscope was imported before scope.replace_skscope() was called; names that were taken "
            "from it before are still its own.",
            RuntimeWarning,
            stacklevel=2,
        )
    sys.modules["skscope"] = package
    for name in _MODULES:
        sys.modules[f"skscope.{name}"] = importlib.import_module(f"{package.__name__}.{name}")
