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

from typing import Any

from scope import base_solver, numeric_solver, solver, utilities
from scope._alias import replace_skscope
from scope._legacy import renamed
from scope._version import __version__
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
    "OMPSolver",
    "PDASSolver",
    "ScopeSolver",
    "__version__",
    "base_solver",
    "clear_cache",
    "convex_solver_LBFGS",
    "numeric_solver",
    "replace_skscope",
    "solver",
    "utilities",
]


def __getattr__(name: str) -> Any:
    """Answer to the name that HTPSolver had in early 2023."""
    return renamed(name, {"GrahtpSolver": HTPSolver}, __name__)
