"""How M is kept for each way of writing it, with values and derivatives against JAX's own."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from derivatives import assert_same_derivatives, build
from hypothesis import HealthCheck, given, seed, settings
from jax.experimental import sparse
from random_programs import P as FEW
from random_programs import objective_of, recipes

N, P = 30, 8
WIDE = 80
RNG = np.random.default_rng(0)
X = RNG.standard_normal((N, P))
X32 = X.astype(np.float32)
Y = RNG.standard_normal(N)
BCOO = sparse.BCOO.fromdense(np.where(np.abs(X) > 1, X, 0.0))
PARTS = 4  # of the random programs, so that they can run side by side
WEIGHTS = np.arange(1.0, P + 1)
XW = RNG.standard_normal((N, WIDE))
QW = XW.T @ XW
MU = RNG.standard_normal(WIDE)
CLASS = RNG.integers(0, 4, N)


def softmax(t):
    logits = XW[:, :20] @ t.reshape(20, 4)
    return -jnp.mean(jax.nn.log_softmax(logits, axis=1)[jnp.arange(N), CLASS])


def used_twice(t):
    ridge = jnp.sum(t**2)
    return jnp.mean((Y - X @ t) ** 2) + ridge + jnp.exp(-ridge)


# Name: objective, length of theta, what the explanation contains.
STRUCTURES = {
    "offset": (lambda t: jnp.sum((Y - t[0] - X[:, 1:] @ t[1:]) ** 2), P, "of 30 rows from 2"),
    "blocks": (lambda t: jnp.sum((Y - X[:, :4] @ t[:4] - X[:, 4:] @ t[4:]) ** 2), P, "of 30 rows"),
    "by hand": (lambda t: jnp.sum((Y - t[0] * X[:, 0] - t[1] * X[:, 1]) ** 2), P, "of 30 rows"),
    "float32": (lambda t: jnp.sum((Y - X32 @ t) ** 2), P, "30x8 float32"),
    "BCOO": (lambda t: jnp.sum((Y - BCOO @ t) ** 2), P, "sparse with"),
    "BCOO transposed": (lambda t: jnp.sum((Y - t @ BCOO.T) ** 2), P, "sparse with"),
    "responses": (
        lambda t: jnp.sum((X[:, :2] @ t.reshape(2, 4)) ** 2),
        P,
        "30x2 float64 for each of 4",
    ),
    "responses in rows": (lambda t: jnp.sum((t.reshape(4, 2) @ X[:, :2].T) ** 2), P, "each of 4"),
    "responses transposed": (
        lambda t: jnp.sum((X[:, :2] @ t.reshape(4, 2).T) ** 2),
        P,
        "each of 4",
    ),
    "two axes": (
        lambda t: jnp.sum(jnp.einsum("nij,ji->n", X.reshape(N, 4, 2), t.reshape(2, 4)) ** 2),
        P,
        "30x8 float64",
    ),
    "concatenated": (lambda t: jnp.sum((Y - X @ jnp.concatenate([t[3:], -t[:3]])) ** 2), P, "30x8"),
    "scattered": (lambda t: jnp.sum((Y - X @ jnp.zeros(P).at[1:].set(t[1:])) ** 2), P, "30x8"),
    "taken": (lambda t: jnp.sum((Y - X[:, :3] @ t[np.array([5, 0, 3])]) ** 2), P, "30x3"),
    "taken twice": (lambda t: jnp.sum((Y - X[:, :3] @ t[np.array([5, 0, 5])]) ** 2), P, "30x3"),
    "reversed": (lambda t: jnp.sum((Y - X @ t[::-1]) ** 2), P, "30x8 float64"),
    "rolled": (lambda t: jnp.sum((Y - X @ jnp.roll(t, 2)) ** 2), P, "30x8 float64"),
    "weighted": (lambda t: jnp.sum((Y - X @ (t * WEIGHTS)) ** 2), P, "30x8 float64"),
    "shifted": (lambda t: jnp.sum((Y - X @ (t + WEIGHTS)) ** 2), P, "30x8 float64"),
    "columns": (lambda t: jnp.sum((Y - (X.T * t[:, None]).sum(0)) ** 2), P, "30x8 float64"),
    "trend": (lambda t: jnp.sum((MU - jnp.cumsum(t)) ** 2), WIDE, "80 cumulative sums"),
    "trend from the end": (
        lambda t: jnp.sum((MU - jax.lax.cumsum(t, reverse=True)) ** 2),
        WIDE,
        "80 cumulative sums",
    ),
    "trend of trends": (lambda t: jnp.sum((MU - jnp.cumsum(jnp.cumsum(t))) ** 2), WIDE, "80x80"),
    "trend in two dimensions": (
        lambda t: jnp.sum(
            (MU.reshape(8, 10) - jnp.cumsum(jnp.cumsum(t.reshape(8, 10), 0), 1)) ** 2
        ),
        WIDE,
        "80x80",
    ),
    "trend along columns": (
        lambda t: jnp.sum((MU.reshape(8, 10) - jnp.cumsum(t.reshape(8, 10), 0)) ** 2),
        WIDE,
        "80 cumulative sums",
    ),
    "convolution": (
        lambda t: jnp.sum((MU - jnp.convolve(t, jnp.array([1.0, 2.0, 1.0]), mode="same")) ** 2),
        WIDE,
        "sparse with 238",
    ),
    "fused": (
        lambda t: jnp.mean((Y - XW @ t) ** 2) + jnp.sum((t[1:] - t[:-1]) ** 2),
        WIDE,
        "sparse with 158",
    ),
    "softmax": (softmax, WIDE, "30x20 float64 for each of 4"),
    "ridge": (
        lambda t: jnp.mean((Y - XW @ t) ** 2) + 0.1 * jnp.sum(t**2),
        WIDE,
        "quadratic penalty",
    ),
    "ridge, not the intercept": (
        lambda t: jnp.mean((Y - t[0] - XW[:, 1:] @ t[1:]) ** 2) + 0.3 * jnp.vdot(t[1:], t[1:]),
        WIDE,
        "quadratic penalty",
    ),
    "smooth penalty": (
        lambda t: jnp.mean((Y - XW @ t) ** 2) + jnp.sum(jnp.log(1 + t**2)),
        WIDE,
        "separable penalty",
    ),
    "quadratic form": (lambda t: t @ QW @ t, WIDE, "quadratic form"),
    "mean and variance": (lambda t: t @ QW @ t / 2 - 0.5 * MU @ t + 3.0, WIDE, "quadratic form"),
    "form with ridge": (lambda t: t @ QW @ t + jnp.sum(t**2), WIDE, "quadratic penalty"),
    "form as a sum": (lambda t: jnp.sum(t * (QW @ t)), WIDE, "quadratic form"),
    "root of a form": (lambda t: jnp.sqrt(1 + t @ QW @ t), WIDE, "80 parameters themselves"),
    "portfolio": (
        lambda t: (t / jnp.sum(t)) @ QW @ (t / jnp.sum(t)),
        WIDE,
        "80 parameters themselves, 80x80",
    ),
    "shares": (lambda t: jnp.sum((Y - XW @ (t / (3 + jnp.sum(t)))) ** 2), WIDE, "30x80"),
    "non-negative": (lambda t: jnp.mean((Y - XW @ jnp.abs(t)) ** 2), WIDE, "g(M |theta|)"),
    "isotonic": (lambda t: jnp.sum((MU - jnp.cumsum(jnp.abs(t))) ** 2), WIDE, "g(M |theta|)"),
    "lasso on shares": (
        lambda t: jnp.mean((Y - XW @ jnp.abs(t)) ** 2) + jnp.sum(jnp.abs(t)),
        WIDE,
        "g(M |theta|)",
    ),
    "box": (lambda t: jnp.mean((Y - XW @ jnp.clip(t, -1, 2.0)) ** 2), WIDE, "clipped to [-1, 2]"),
    "simplex": (
        lambda t: jnp.sum((Y - XW @ (jnp.abs(t) / jnp.sum(jnp.abs(t)))) ** 2),
        WIDE,
        "g(M |theta|)",
    ),
    "squares of parameters": (lambda t: jnp.mean((Y - XW @ t**2) ** 2), WIDE, "g(M theta^2)"),
    "penalty used twice": (used_twice, P, "8 parameters themselves"),
    "separable": (lambda t: jnp.sum((t - MU) ** 4), WIDE, "80 parameters themselves"),
}


@pytest.mark.parametrize("name", STRUCTURES)
def test_structures(name):
    objective, dimension, expected = STRUCTURES[name]
    built = build(objective, dimension)
    assert built.structure.kind == "composite"
    assert expected in str(built.structure)
    assert_same_derivatives(built, objective, dimension)


def cases_of_a_part():
    """A sample by default: each program is compiled. The full profile has its 500 cases."""
    profile = settings.get_current_profile_name()
    return max(1, settings().max_examples // PARTS) if profile != "default" else 10


@pytest.mark.parametrize("part", range(PARTS))
def test_random_programs_keep_their_derivatives(part):
    kinds = []

    @seed(part)
    @given(recipe=recipes)
    @settings(
        max_examples=cases_of_a_part(),
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    def check(recipe):
        objective = objective_of(recipe)
        built = build(objective, FEW)
        kinds.append(built.structure.kind)
        if built.structure.kind == "composite":
            assert_same_derivatives(built, objective, FEW)
        else:
            assert built.structure.explanation

    check()
    assert kinds.count("composite") > 0.5 * len(kinds)
