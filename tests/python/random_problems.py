"""Random problems, selections and options for the tests of properties."""

import jax.numpy as jnp
import numpy as np
from hypothesis import settings
from hypothesis import strategies as st

from scope import ScopeSolver

P, N = 8, 30
EQUIVARIANT = 1e-6  # fits stop at 1e-10 of the gain, its square
NOT_WORSE = 1e-9  # two fits of one support differ by that of the gain
fast = settings(max_examples=20, deadline=None)
seeds = st.integers(0, 10_000)


def squares(eta, y):
    return jnp.sum((y - eta) ** 2)


def logistic(eta, y):
    return jnp.sum(jnp.logaddexp(0.0, -jnp.sign(y) * eta)) + 0.05 * jnp.sum(eta**2)


def poisson(eta, y):
    return jnp.sum(jnp.exp(eta) - jnp.abs(jnp.round(y)) * eta)


def coupled(eta, y):
    """A g whose Hessian is known by products only."""
    return jnp.sum((y - eta) ** 2) + jnp.sum(jnp.sin(eta[1:] * eta[:-1]))


MODELS = [squares, logistic, poisson, coupled]
models = st.sampled_from(MODELS)
CONVEX = st.sampled_from(MODELS[:3])


@st.composite
def problems(draw, loss=models):
    """Draw a design, a response and a loss."""
    rng = np.random.default_rng(draw(seeds))
    X = 0.6 * rng.standard_normal((N, P))
    if draw(st.booleans()):
        X[:, 1:] += draw(st.floats(0.0, 2.0)) * X[:, :1]  # correlated
    return X, X[:, 0] - X[:, 3] + rng.standard_normal(N), draw(loss)


@st.composite
def selections(draw):
    """Draw groups, preselected ones and a level."""
    cuts = draw(st.lists(st.booleans(), min_size=P - 1, max_size=P - 1))
    group = np.concatenate([[0], np.cumsum(cuts)])
    count = int(group[-1]) + 1
    preselect = draw(st.sets(st.integers(0, count - 1), max_size=min(2, count)))
    level = draw(st.integers(len(preselect), count))
    return {"group": group, "preselect": sorted(preselect), "sparsity": level}


options = st.fixed_dictionaries(
    {
        "max_iter": st.integers(1, 20),
        "important_search": st.integers(0, 5),
        "max_exchange_num": st.integers(1, 5),
        "is_dynamic_max_exchange_num": st.booleans(),
        "greedy": st.booleans(),
        "splicing_type": st.sampled_from(["halve", "taper"]),
    }
)


def solved(problem, sparsity, start=None, **arguments):
    X, y, loss = problem
    solver = ScopeSolver(P, sparsity, **arguments)
    solver.solve(
        lambda t: loss(X @ t, y),
        init_params=None if start is None else start.params,
        init_support_set=None if start is None else start.support_set,
    )
    return solver


def gain(problem, solver):
    _, y, loss = problem
    return abs(float(loss(jnp.zeros(N), y)) - solver.objective_value) + 1e-300


def np_squares(eta, y):
    return np.sum((y - eta) ** 2)


def np_logistic(eta, y):
    return np.sum(np.logaddexp(0.0, -np.sign(y) * eta)) + 0.05 * np.sum(eta**2)


def np_poisson(eta, y):
    return np.sum(np.exp(eta) - np.abs(np.round(y)) * eta)


def np_coupled(eta, y):
    return np_squares(eta, y) + np.sum(np.sin(eta[1:] * eta[:-1]))


IN_NUMPY = {squares: np_squares, logistic: np_logistic, poisson: np_poisson, coupled: np_coupled}
SECOND_DERIVATIVES = {
    squares: lambda eta: np.full(N, 2.0),
    logistic: lambda eta: 0.25 / np.cosh(0.5 * eta) ** 2 + 0.1,
    poisson: np.exp,
}
