"""Objectives that look like something else: whatever is read, nothing is read wrongly."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from test_reader import N, P, X, Y, assert_same_derivatives, build

from scope import ScopeSolver

SQUARE = np.random.default_rng(3).standard_normal((P, P))


@jax.custom_vjp
def doubled_slope(v):
    return v**2


doubled_slope.defvjp(lambda v: (v**2, v), lambda v, cotangent: (4.0 * v * cotangent,))


@jax.custom_jvp
def identity_with_slope_three(v):
    return v


identity_with_slope_three.defjvp(lambda at, tangents: (at[0], 3.0 * tangents[0]))


def while_loop(t):
    def body(state):
        step, total = state
        return step + 1, total + jnp.sum(jnp.sin(step * (X @ t)))

    return jax.lax.while_loop(lambda state: state[0] < 3, body, (1, 0.0))[1]


def scanned(t):
    def step(carry, row):
        return carry + jnp.tanh(row @ t), carry

    total, carries = jax.lax.scan(step, 0.0, X)
    return total**2 + jnp.sum(carries)


ADVERSARIAL = {
    "inside and outside": lambda t: jnp.sum((Y - X @ t) ** 2) * jnp.sum(t**2) + t[0] * (X[0] @ t),
    "a product of products": lambda t: jnp.sum((X @ t) * (X[::-1] @ t)),
    "theta times its product": lambda t: t @ (SQUARE @ jnp.tanh(t)),
    "a form that is not one": lambda t: t @ (SQUARE @ t[::-1]),
    "a form of different parts": lambda t: t[:4] @ (SQUARE[:4, :4] @ t[4:]),
    "a form plus its root": lambda t: t @ SQUARE @ t + jnp.sqrt(1 + (t @ SQUARE @ t) ** 2),
    "data-dependent where": lambda t: jnp.sum(jnp.where(X @ t > Y, (X @ t) ** 2, X @ t)),
    "where on theta": lambda t: jnp.sum((Y - X @ jnp.where(t > 0.1, t, 2 * t)) ** 2),
    "the sign of theta": lambda t: jnp.sum((Y - X @ (jnp.sign(t) * t**2)) ** 2),
    "abs and theta": lambda t: jnp.sum((Y - X @ jnp.abs(t) - t[0]) ** 2),
    "abs of a share": lambda t: jnp.sum((Y - X @ jnp.abs(t / jnp.sum(t))) ** 2),
    "offset of a share": lambda t: jnp.sum((Y - (1.0 + X @ t) / (3.0 + jnp.sum(t))) ** 2),
    "share of an offset": lambda t: jnp.sum((Y - X @ ((t + 1.0) / (30.0 + jnp.sum(t)))) ** 2),
    "two images": lambda t: jnp.sum((Y - X @ jnp.abs(t) + X @ t**2) ** 2),
    "clip beyond zero": lambda t: jnp.sum((Y - X @ jnp.clip(t, 0.5, 2.0)) ** 2),
    "clip twice": lambda t: jnp.sum((Y - X @ jnp.minimum(jnp.maximum(t, -0.2), 0.1)) ** 2),
    "max with zero": lambda t: jnp.sum((Y - X @ jnp.maximum(t, 0.0)) ** 2),
    "an image with signs, summed": lambda t: jnp.sum(
        (Y[:P] - jnp.cumsum(np.where(np.arange(P) == 2, -1.0, 1.0) * jnp.abs(t))) ** 2
    ),
    "an image beside theta, summed": lambda t: jnp.sum(
        (Y[:P] - jnp.cumsum(jnp.concatenate([t[:1], jnp.abs(t[1:])]))) ** 2
    ),
    "sums of products of an image": lambda t: jnp.sum((Y - jnp.cumsum(X @ jnp.abs(t))) ** 2),
    "overlapping parts": lambda t: jnp.sum((Y - X[:, :5] @ t[:5] - X[:, 3:] @ t[3:]) ** 2),
    "cancelling": lambda t: jnp.sum((X @ t - X @ t + t[1]) ** 2),
    "a duplicated entry": lambda t: jnp.sum((Y - X @ t[np.zeros(P, int)]) ** 2),
    "an index out of range": lambda t: jnp.sum(
        (Y - X[:, :2] @ t.at[np.array([1, 99])].get(mode="fill", fill_value=1.5)) ** 2
    ),
    "a dynamic index": lambda t: jnp.sum((Y - X @ t) ** 2) + t[jnp.argmax(jnp.abs(t))] ** 3,
    "a dynamic slice": lambda t: jnp.sum(
        jax.lax.dynamic_slice(t, ((t[0] > 0).astype(int),), (4,)) ** 2
    ),
    "stop gradient": lambda t: jnp.sum((Y - X @ t) ** 2 * jax.lax.stop_gradient(X @ t)),
    "stopped theta": lambda t: jnp.sum((Y - X @ jax.lax.stop_gradient(t) - X @ t) ** 2),
    "a rule of its own on eta": lambda t: jnp.sum(doubled_slope(Y - X @ t)),
    "a rule of its own on theta": lambda t: jnp.sum((Y - X @ identity_with_slope_three(t)) ** 2),
    "while loop": while_loop,
    "scan": scanned,
    "cond": lambda t: jax.lax.cond(t[0] > 0, lambda u: jnp.sum((X @ u) ** 2), jnp.sum, t),
    "cond on data": lambda t: jax.lax.cond(Y[0] > 0, lambda u: jnp.sum((X @ u) ** 2), jnp.sum, t),
    "sort": lambda t: jnp.sum(jnp.sort(X @ t) * Y),
    "rounded": lambda t: jnp.sum((Y - X @ t) ** 2) + jnp.sum(jnp.round(X @ t)),
    "half precision inside": lambda t: jnp.sum(
        (Y - X @ t.astype(jnp.float32).astype(jnp.float64)) ** 2
    ),
    "complex inside": lambda t: jnp.sum(jnp.abs(jnp.fft.fft(X @ t)) ** 2) / N,
    "checkpoint": lambda t: jnp.sum(jax.checkpoint(lambda v: jnp.sin(v) ** 2)(X @ t)),
    "a gradient inside": lambda t: jnp.sum(jax.grad(lambda u: jnp.sum(jnp.sin(X @ u)))(t) ** 2),
    "a constant result beside": lambda t: jnp.sum((Y - X @ t) ** 2) + jnp.sum(jnp.log(1 + Y**2)),
    "all zeros": lambda t: jnp.sum((Y - (0.0 * X) @ t) ** 2),
    "zero times theta": lambda t: jnp.sum((Y - X @ (0.0 * t)) ** 2) + jnp.sum(t**2),
}


@pytest.mark.parametrize("name", ADVERSARIAL)
def test_nothing_is_read_wrongly(name):
    built = build(ADVERSARIAL[name])
    assert built.structure.explanation
    if built.structure.kind == "composite":
        assert_same_derivatives(built, ADVERSARIAL[name])


def test_a_branch_that_gives_nan_is_that_of_jax():
    def objective(t):
        eta = X @ t
        return jnp.sum(jnp.where(eta > 0, jnp.log(eta), eta**2))

    built = build(objective)
    theta = 0.3 * np.random.default_rng(1).standard_normal(P)
    with jax.enable_x64(True):
        value, gradient = jax.value_and_grad(objective)(jnp.asarray(theta))
    found, full_gradient = built.engine.value_and_gradient(range(P), theta)
    assert found == pytest.approx(float(value))
    np.testing.assert_array_equal(np.isnan(full_gradient), np.isnan(gradient))


scale = 1.0


def test_a_global_that_is_rebound_is_seen():
    def objective(t):
        return jnp.sum((scale * Y - X @ t) ** 2)

    global scale  # noqa: PLW0603  # what users do in a notebook
    solver = ScopeSolver(P, P)
    first = solver.solve(objective).copy()
    scale = 2.0
    try:
        np.testing.assert_allclose(solver.solve(objective), 2.0 * first, rtol=1e-8, atol=1e-10)
    finally:
        scale = 1.0


@pytest.mark.parametrize("changed", ["X", "y"])
def test_a_captured_array_that_is_changed_is_seen(changed):
    arrays = {"X": X.copy(), "y": Y.copy()}

    def objective(t):
        return jnp.sum((arrays["y"] - arrays["X"] @ t) ** 2)

    solver = ScopeSolver(P, P)
    solver.solve(objective)
    arrays[changed][::2] *= -1.5
    expected = np.linalg.lstsq(arrays["X"], arrays["y"], rcond=None)[0]
    np.testing.assert_allclose(solver.solve(objective), expected, rtol=1e-7, atol=1e-9)
