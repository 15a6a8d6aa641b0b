"""A small problem, and how a solver is shown to survive what happens in one solve of it."""

import functools

import jax.numpy as jnp
import numpy as np
import pytest

from scope.layer import Identity

N, P, S = 40, 6, 2
RNG = np.random.default_rng(7)
X = RNG.standard_normal((N, P))
Y = X @ np.array([0.0, 3.0, 0.0, 0.0, -2.0, 0.0]) + 0.1 * RNG.standard_normal(N)
DATA = (X, Y)
RTOL = 1e-6  # the answer is refined to 1e-16 of the gain; x is worth its root
PATIENCE = 240.0  # seconds: a hang, not a slow machine


class Own(Exception):
    """An exception of the user's."""


def sse(params):
    return jnp.sum((Y - X @ params) ** 2)


def sse_of(params, data):
    return jnp.sum((data[1] - data[0] @ params) ** 2)


def np_sse(params):
    return float(np.sum((Y - X @ np.asarray(params)) ** 2))


def np_grad(params):
    return 2 * X.T @ (X @ np.asarray(params) - Y)


BY_HAND = {"gradient": np_grad}


def split(data, index):
    return tuple(part[index] for part in data)


def raising(error):
    def function(*args, **kwargs):
        raise error

    return function


def table(rows):
    return pytest.mark.parametrize("row", [pytest.param(v, id=k) for k, v in rows.items()])


@functools.cache
def bits(solver_class):
    """The answer of a solver that nothing has happened to."""
    return solver_class(P, S, N).solve(np_sse, gradient=np_grad).tobytes()


def require_usable(solver):
    """Assert that a solver, its settings as they were, finds what a new one finds."""
    unused = type(solver)(P, S, N)
    solver.set_params(**unused.get_params())
    solver.hessian, solver.use_hessian = None, "auto"
    assert solver.solve(np_sse, gradient=np_grad).tobytes() == bits(type(solver))


def fails(solver_class, error, match, objective, attributes=(), options=(), **call):
    """Assert the exception and that the same solver then solves; return the exception."""
    solver = solver_class(P, S, N, **dict(options))
    for name, value in dict(attributes).items():
        setattr(solver, name, value)
    with pytest.raises(error) as info:
        solver.solve(objective, **call)
    assert match in "\n".join([str(info.value), *getattr(info.value, "__notes__", [])])
    require_usable(solver)
    return info.value


class Transformation(Identity):
    """A layer that does what a function does."""

    def __init__(self, function):
        super().__init__(P)
        self.transform_params = function
