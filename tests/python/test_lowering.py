"""The engine evaluates what JAX traced; JAX's own results are the reference."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from operations import CASES, UNARY, X, recursion

from scope import ScopeSolver, _core
from scope.objective._lowered import lower, lower_product

# What the engine does not know, or only on a few columns.
UNKNOWN = {"dot_general", "digamma", "lgamma"}
MULTIPLE = {
    "split": lambda x: jnp.split(x, [1], axis=0),
    "stack": lambda x: jnp.stack([x[0], 2.0 * x[1], jnp.ones(3)], axis=1),
    "unstack": lambda x: list(jnp.unstack(x, axis=1)),
    "a product with few columns": lambda x: jnp.einsum("ij,j->i", x, jnp.arange(3.0)),
    "a product of vectors": lambda x: jnp.sum(x, 1) @ jnp.cos(x[:, 0]),
    "a sum of equal numbers": lambda x: x + jnp.sum(jnp.full((4, 3), x[0, 0]), axis=1)[:, None],
    "sums over the first axis": lambda x: jnp.sum(jnp.sin(x), axis=0),
    "a result that is known": lambda x: (x, jnp.float64(3.0) + jnp.arange(2.0)),
    "both zeros": lambda x: (1.0 / (0.0 * jnp.abs(x)), 1.0 / (-0.0 * jnp.abs(x))),
    "the argument": lambda x: x,
}


# Functions with full Hessians.
COUPLED = {
    "Cox": lambda x: -jnp.mean(x - jnp.log(jnp.cumsum(jnp.exp(x)[::-1])[::-1])),
    "shares": lambda x: jnp.sum((x / jnp.sum(x) - 0.1) ** 2 * jnp.arange(12.0)),
    "the largest": lambda x: jnp.max(x) * jnp.sum(x**3),
    "sums of exponentials": lambda x: jax.nn.logsumexp(x) * jnp.sum(x**2),
    "sums in rows": lambda x: jnp.sum(jnp.exp(jnp.cumsum(x.reshape(3, 4), axis=0))),
    "pairs": lambda x: jnp.sum(jnp.logaddexp(0.0, x[:, None] - x[None, :])),
    "a curve": lambda x: jnp.sum(jnp.exp(x[1:] * x[:-1])),
    "neither value nor slope": lambda x: jnp.sum(x) ** 2,
    "an affine one": lambda x: jnp.sum(2.0 * x) + 1.0,
}


def results(function, at):
    leaves = jax.tree.leaves(jax.jit(function)(at))
    return [np.asarray(leaf, dtype=np.float64) for leaf in leaves]


def assert_lowered_alike(function, at, *, rtol=1e-13):
    with jax.enable_x64(True):
        lowered = lower(lambda x, _constants: function(x), at, [])
        assert lowered is not None
        found = lowered.program.evaluate(lowered.constants([]), at.ravel())
        expected = results(function, at)
    for ours, theirs in zip(found, expected, strict=True):
        # One number stands for an array of equal ones.
        np.testing.assert_allclose(
            np.broadcast_to(ours, theirs.size), theirs.ravel(), rtol=rtol, atol=rtol
        )


@pytest.mark.parametrize(
    ("name", "function", "at"),
    [case for case in CASES if case[0] not in UNKNOWN],
    ids=[case[0] for case in CASES if case[0] not in UNKNOWN],
)
def test_values_are_those_of_jax(name, function, at):
    assert_lowered_alike(function, at)


@pytest.mark.parametrize("name", MULTIPLE)
def test_arrays_are_rearranged_as_by_jax(name):
    assert_lowered_alike(MULTIPLE[name], X)


def test_every_kernel_is_among_those():
    known = {name for name, *_ in CASES} | {"log", "max"}
    spelt = {"asinh": "arcsinh", "atan": "arctan"}
    assert {spelt.get(name, name) for name in _core.ArrayProgram.operations()} <= known


@pytest.mark.parametrize("name", sorted(UNKNOWN))
def test_what_the_engine_does_not_know_is_left_to_jax(name):
    function = {case[0]: case[1] for case in CASES}[name]
    wide = np.tile(X, (20, 10))
    with jax.enable_x64(True):
        assert lower(lambda x, _constants: function(x), wide[:30], []) is None


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x.astype(jnp.float32) * 1.5,
        lambda x: (10.0 * x).astype(int) // 3,
        jnp.sort,
        lambda x: jax.lax.fori_loop(0, 3, lambda _, at: jnp.sin(at), x),
        lambda x: jnp.real(jnp.exp(1j * x)),
    ],
    ids=["single precision", "integers", "sort", "a loop", "complex numbers"],
)
def test_other_numbers_and_other_operations_are_left_to_jax(function):
    with jax.enable_x64(True):
        assert lower(lambda x, _constants: function(x), X, []) is None


def test_constants_are_taken_anew_and_what_depends_on_them_alone_is_numpys():
    def function(x, constants):
        scale, offset = constants
        return jnp.sum(jax.lax.lgamma(scale) * x + jnp.cumsum(offset)[:, None])

    with jax.enable_x64(True):
        lowered = lower(function, X, [jnp.ones(()), jnp.ones(4)])
        for seed in (1, 2):
            rng = np.random.default_rng(seed)
            constants = [rng.uniform(1, 3), rng.standard_normal(4).astype(np.float32)]
            constants[1] = constants[1].astype(np.float64)
            (found,) = lowered.program.evaluate(lowered.constants(constants), X.ravel())
            assert found == pytest.approx(float(function(X, constants)), rel=1e-13)


@pytest.mark.parametrize("name", ["max", "min", "clamp", "sign", "logistic", "log1p", "select_n"])
def test_what_is_not_finite_is_treated_as_by_jax(name):
    at = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, 1e308])
    assert_lowered_alike(UNARY.get(name, jnp.log1p), at)


@pytest.mark.parametrize("size", [1, 2, 513, 1025])
def test_any_number_of_entries(size):
    at = np.random.default_rng(size).standard_normal(size)

    def second_order(x):
        def value(at):
            return jnp.sqrt(jnp.sum(jnp.logaddexp(0.0, at) ** 2))

        return jax.jvp(jax.value_and_grad(value), (x,), (jnp.ones_like(x),))

    assert_lowered_alike(second_order, at, rtol=1e-12)


def second_order(function):
    def found(at, along, _constants):
        return (*jax.value_and_grad(function)(at), jax.jvp(jax.grad(function), (at,), (along,))[1])

    return found


@pytest.mark.parametrize("name", COUPLED)
def test_products_with_the_hessian_are_those_of_jax(name):
    function = COUPLED[name]
    rng = np.random.default_rng(3)
    with jax.enable_x64(True):
        lowered = lower_product(second_order(function), np.zeros(12), [])
        assert lowered is not None
        design = _core.BlockMatrix(12, 12)
        design.place_identity(12, 0, 0, 1.0)
        engine = _core.Composite(
            design,
            lowered.program,
            lowered.constants([]),
            curvature=_core.OuterCurvature.products,
            product=lowered.product.bound([]),
        )
        for at in (rng.uniform(0.5, 1.5, 12), rng.uniform(0.5, 1.5, 12)):
            value, slope = jax.jit(jax.value_and_grad(function))(at)
            hessian = np.asarray(jax.jit(jax.hessian(function))(at))
            found, gradient = engine.value_and_gradient(range(12), at)
            assert found == pytest.approx(float(value), rel=1e-13)
            np.testing.assert_allclose(gradient, slope, rtol=1e-12, atol=1e-12)
            scale = 1 + np.abs(hessian).max()
            np.testing.assert_allclose(engine.hessian(range(12), at), hessian, atol=1e-12 * scale)


@pytest.mark.parametrize("unknown", [jax.lax.lgamma, jnp.sort], ids=["lgamma", "sort"])
def test_products_with_what_the_engine_does_not_know_are_left_to_jax(unknown):
    with jax.enable_x64(True):
        function = second_order(lambda x: jnp.sum(unknown(x)) ** 2)
        assert lower_product(function, np.ones(5), []) is None


def test_long_programs_are_not_compiled(compilations):
    y = np.random.default_rng(0).standard_normal(150)

    solver = ScopeSolver(5, 3)
    start = np.full(5, 0.1)
    before = len(compilations)
    solver.solve(lambda theta: recursion(y, theta), init_params=start)
    assert len(compilations) == before
    assert "natively" in solver.result.structure
    assert solver.result.relative_stationarity < 1e-6
