"""Problems and solvers that the tests of the algorithms share."""

import functools

import jax.numpy as jnp
import numpy as np
from sklearn.datasets import make_regression

from scope._solvers._grasp import GraspSolver
from scope._solvers._greedy import FobaSolver, ForwardSolver, OMPSolver
from scope._solvers._primal_dual import PDASSolver
from scope._solvers._thresholding import HTPSolver, IHTSolver
from scope.base_solver import BaseSolver
from scope.numeric_solver import convex_solver_LBFGS

N, P = 100, 5
X, Y, _ = make_regression(N, P, n_informative=2, coef=True, random_state=1)
TRUTH = [1, 3]

SOLVERS = {
    "exhaustive": BaseSolver,
    "htp": HTPSolver,
    "htp, automatic step": functools.partial(HTPSolver, step_size=None),
    "iht": IHTSolver,
    "iht, automatic step": functools.partial(IHTSolver, step_size=None),
    "grasp": GraspSolver,
    "foba": FobaSolver,
    "foba by decrease": functools.partial(FobaSolver, use_gradient=False),
    "forward": ForwardSolver,
    "omp": OMPSolver,
    "pdas": PDASSolver,
}


def sse(params):
    return jnp.sum((Y - X @ params) ** 2)


def least_squares(support, design=X, response=Y):
    params = np.zeros(design.shape[1])
    params[support] = np.linalg.lstsq(design[:, support], response, rcond=None)[0]
    return params


class Quadratic:
    """Separable: |x - target|^2 / 2 with given curvatures, without JAX; counts evaluations."""

    def __init__(self, target, curvature=1.0):
        self.target = np.asarray(target, dtype=np.float64)
        self.curvature = np.broadcast_to(np.asarray(curvature, float), self.target.shape)
        self.values = 0
        self.gradients = 0

    def __call__(self, params):
        self.values += 1
        with np.errstate(over="ignore", invalid="ignore"):
            return float(self.curvature @ (params - self.target) ** 2) / 2

    def gradient(self, params):
        self.gradients += 1
        return self.curvature * (params - self.target)

    def minimise(self, loss, value_and_grad, params, variables, data):
        """Fit in closed form: a numeric_solver that evaluates nothing."""
        params[variables] = self.target[variables]
        return float(self.curvature @ (params - self.target) ** 2) / 2, params

    def solve(self, solver, **arguments):
        return solver.solve(self, gradient=self.gradient, **arguments)


class Recorder:
    """A numeric_solver that notes where each fit starts and what it gives."""

    def __init__(self, minimise):
        self.minimise = minimise
        self.variables = []
        self.starts = []
        self.losses = []

    def __call__(self, loss, value_and_grad, params, variables, data):
        self.variables.append(variables.tolist())
        self.starts.append(params.tolist())
        found = self.minimise(loss, value_and_grad, params, variables, data)
        self.losses.append(found[0])
        return found


class LeastSquares(Quadratic):
    """|y - X theta|^2 / 2, without JAX."""

    def __init__(self, design, response):
        super().__init__(response)
        self.design = design

    def __call__(self, params):
        return super().__call__(self.design @ params)

    minimise = staticmethod(convex_solver_LBFGS)

    def gradient(self, params):
        return self.design.T @ super().gradient(self.design @ params)


def solve_level(solver_class, problem, sparsity, minimise, **options):
    """Run an algorithm alone, so that all evaluations are its own."""

    class Bare(solver_class):
        def _numeric_solver(self, *arguments):
            return minimise(*arguments)

    size = problem.target.size
    none = np.empty(0, dtype=np.intp)
    return Bare(size, sparsity, **options)._solve(
        sparsity,
        lambda x, _: problem(x),
        lambda x, _: (problem(x), problem.gradient(x)),
        none,
        np.zeros(size),
        None,
        none,
        np.arange(size),
    )
