"""What users hand to ``solve``: objectives, gradients and the like, sane and insane."""

import functools
from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np

N = 12


class Own(Exception):
    """An exception of the user's."""


@functools.cache
def design(p):
    """Return (N, p) numbers and a response, the same for all examples."""
    rng = np.random.default_rng(p)
    X = rng.standard_normal((N, p))
    return X, X[:, 0] - X[:, -1] + rng.standard_normal(N)


@dataclass(frozen=True)
class Named:
    """A user's function for p parameters, with a name to show."""

    name: str
    p: int

    def __repr__(self):
        return f"{self.name}/{self.p}"

    def __call__(self, *arguments):
        return FUNCTIONS[self.name](self.p, *arguments)


@dataclass(frozen=True)
class OfParams(Named):
    """A function of the parameters."""

    def __call__(self, params):
        return FUNCTIONS[self.name](self.p, params)


@dataclass(frozen=True)
class OfData(Named):
    """A function of parameters and data."""

    def __call__(self, params, data):
        return FUNCTIONS[self.name](self.p, params, data)


def squares(p, t):
    X, y = design(p)
    return jnp.sum((y - X @ t) ** 2)


def logistic(p, t):
    X, y = design(p)
    return jnp.sum(jnp.logaddexp(0.0, -jnp.sign(y) * (X @ t)))


def poisson(p, t):
    X, y = design(p)
    return jnp.sum(jnp.exp(X @ t) - jnp.abs(jnp.round(y)) * (X @ t))


def quadratic(p, t):
    X, y = design(p)
    return 0.5 * t @ (X.T @ X) @ t - (X.T @ y) @ t


def deviations(p, t):
    X, y = design(p)
    return jnp.sum(jnp.abs(y - X @ t))


def ratio(p, t):
    X, y = design(p)
    return -(y @ (X @ t)) / jnp.sqrt(jnp.sum(t**2))


def black_box(p, t):
    return jnp.sum(jnp.cos(t) * jnp.arange(1.0, p + 1)) + jnp.prod(t)


def looking(p, t):
    return squares(p, t) if t[0] < 1e3 else 2.0 * squares(p, t)


def raising(p, *arguments):
    raise Own(p)


def late(p, t):
    if np.abs(t).max() > 0.1:
        raise Own(p)
    return numpy_squares(p, t)


def numpy_squares(p, t):
    X, y = design(p)
    return float(np.sum((y - X @ np.asarray(t)) ** 2))


def numpy_gradient(p, t):
    X, y = design(p)
    return 2.0 * X.T @ (X @ np.asarray(t) - y)


def nan_trial(p, t):
    return np.nan if np.abs(t).max() > 0.5 else numpy_squares(p, t)


def lied_gradient(p, t):
    return -numpy_gradient(p, t)


def squares_of(p, t, data):
    index = jnp.arange(N) if data is None else jnp.asarray(data)
    X, y = design(p)
    return jnp.sum((jnp.asarray(y)[index] - jnp.asarray(X)[index] @ t) ** 2)


def hessian(p, t):
    return 2.0 * design(p)[0].T @ design(p)[0]


def wrong_hessian(p, t):
    return -hessian(p, t)


def part(p, data, index):
    return np.asarray(index)


def criterion(p, loss, dimension, count, size):
    return loss + count


def wild_criterion(p, *arguments):
    return (np.nan, np.inf, -np.inf, 0)[arguments[2] % 4]


def downhill(p, objective, value_and_grad, start, variables, data):
    value, gradient = value_and_grad(start, data)
    start[variables] -= 0.01 * gradient[variables]
    return value, start


def scattered(p, objective, value_and_grad, start, variables, data):
    return 0.0, np.full(p, np.nan)


FUNCTIONS: dict[str, Any] = {
    function.__name__: function
    for function in (
        *(squares, logistic, poisson, quadratic, deviations, ratio, black_box, looking),
        *(raising, late, numpy_squares, numpy_gradient, nan_trial, lied_gradient, squares_of),
        *(hessian, wrong_hessian, part, criterion, wild_criterion, downhill, scattered),
    )
}
FUNCTIONS |= {
    "constant": lambda p, t: 3.0,
    "linear": lambda p, t: jnp.sum(t),
    "saddle": lambda p, t: jnp.sum(t**2) - 3.0 * t[0] ** 2,
    "cubic": lambda p, t: jnp.sum(t**3),
    "root": lambda p, t: jnp.sum(jnp.sqrt(t)),
    "vector": lambda p, t: t,
    "nothing": lambda p, *arguments: None,
    "text": lambda p, *arguments: "a",
    "not a number": lambda p, *arguments: np.nan,
}
TRACEABLE = ["squares", "logistic", "poisson", "quadratic", "deviations", "ratio", "black_box"]
TRACEABLE += ["looking", "constant", "linear", "saddle", "cubic"]
WRONG = ["raising", "root", "vector", "nothing", "text", "not a number"]
