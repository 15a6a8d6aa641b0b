"""The solvers, under the name that programs for skscope import them from.

Its module lists no public names, so that ``from skscope.solver import *`` brings in what it imports
as well; programs rely on that.
"""

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.model_selection import KFold

from scope import utilities
from scope._legacy import renamed
from scope._solvers._grasp import GraspSolver
from scope._solvers._greedy import FobaSolver, ForwardSolver, OMPSolver
from scope._solvers._primal_dual import PDASSolver
from scope._solvers._splicing import ScopeSolver
from scope._solvers._thresholding import HTPSolver, IHTSolver
from scope.base_solver import BaseSolver
from scope.numeric_solver import convex_solver_LBFGS
from scope.objective import jax, jnp

__all__ = [
    "BaseEstimator",
    "BaseSolver",
    "FobaSolver",
    "ForwardSolver",
    "GraspSolver",
    "HTPSolver",
    "IHTSolver",
    "KFold",
    "OMPSolver",
    "PDASSolver",
    "ScopeSolver",
    "convex_solver_LBFGS",
    "jax",
    "jnp",
    "np",
    "utilities",
]


OLDER_NAMES = {
    "FobagdtSolver": FobaSolver,
    "GrahtpSolver": HTPSolver,
    "OmpSolver": OMPSolver,
}


def __getattr__(name: str) -> Any:
    """Answer to the names of early 2023."""
    return renamed(name, OLDER_NAMES, __name__)
