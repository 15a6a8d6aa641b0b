"""Sparsity-constrained minimisation of any differentiable objective.

>>> import jax.numpy as jnp, numpy as np
>>> from scope import ScopeSolver
>>> rng = np.random.default_rng(0)
>>> X = rng.standard_normal((100, 20))
>>> y = X[:, 3] - 2 * X[:, 7]
>>> solver = ScopeSolver(20, sparsity=2)
>>> params = solver.solve(lambda theta: jnp.sum((y - X @ theta) ** 2))
>>> solver.get_support()
array([3, 7])
"""

import importlib
from typing import Any

from scope import base_solver, numeric_solver, solver, utilities
from scope._alias import replace_skscope
from scope._legacy import renamed
from scope._version import __author__, __version__
from scope.numeric_solver import convex_solver_LBFGS
from scope.objective import clear_cache
from scope.solver import (
    BaseSolver,
    FobaSolver,
    ForwardSolver,
    GraspSolver,
    HTPSolver,
    IHTSolver,
    OMPSolver,
    PDASSolver,
    ScopeSolver,
)

__all__ = [
    "BaseSolver",
    "FobaSolver",
    "ForwardSolver",
    "GraspSolver",
    "HTPSolver",
    "IHTSolver",
    "NonlinearSelection",
    "OMPSolver",
    "PDASSolver",
    "PortfolioSelection",
    "RobustRegression",
    "ScopeSolver",
    "__author__",
    "__version__",
    "base_solver",
    "clear_cache",
    "convex_solver_LBFGS",
    "numeric_solver",
    "replace_skscope",
    "solver",
    "utilities",
]

_ESTIMATORS = {"NonlinearSelection", "PortfolioSelection", "RobustRegression"}
_MODULES = {"_scope", "layer", "model", "skmodel"}


def __dir__() -> list[str]:
    """List what is imported on demand as well."""
    return sorted({*globals(), *_ESTIMATORS, *_MODULES})


def __getattr__(name: str) -> Any:
    """Import what only some programs need when it is first asked for."""
    if name in _MODULES:
        return importlib.import_module(f"{__name__}.{name}")
    if name in _ESTIMATORS:
        return getattr(importlib.import_module(f"{__name__}.skmodel"), name)
    if name == "quadratic_objective":
        name_now = importlib.import_module(f"{__name__}.model").quadratic_objective
        return renamed(name, {name: name_now}, __name__)
    return renamed(name, solver.OLDER_NAMES, __name__)
