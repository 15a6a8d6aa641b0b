"""NumPy evaluates what JAX traced, operation by operation; JAX's own results are the reference."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from scope.objective import _numerics
from scope.objective._numerics import FewCalls

rng = np.random.default_rng(0)
X = rng.standard_normal((4, 3))
POSITIVE = rng.uniform(0.5, 2.0, (4, 3))

UNARY = {
    **{
        name: getattr(jnp, name)
        for name in (
            "abs",
            "cbrt",
            "ceil",
            "cos",
            "cosh",
            "exp",
            "exp2",
            "expm1",
            "floor",
            "sign",
            "sin",
            "sinh",
            "square",
            "tan",
            "tanh",
        )
    },
    "copy": lambda x: jax.lax.add(jnp.copy(x), x),
    "erf": jax.lax.erf,
    "erfc": jax.lax.erfc,
    "is_finite": lambda x: jax.lax.is_finite(1.0 / jnp.floor(x)),
    "logistic": jax.lax.logistic,
    "neg": jnp.negative,
    "integer_pow": lambda x: x**2 + x**3 + x**-1,
    "not": lambda x: ~(x > 0),
    "and": lambda x: (x > 0) & (x < 1),
    "or": lambda x: (x > 1) | (x < 0),
    "eq": lambda x: x == jnp.abs(x),
    "ne": lambda x: x != jnp.abs(x),
    "ge": lambda x: x >= 0.1,
    "gt": lambda x: x > 0.1,
    "le": lambda x: x <= 0.1,
    "lt": lambda x: x < 0.1,
    "max": lambda x: jnp.maximum(x, 0.1),
    "min": lambda x: jnp.minimum(x, 0.1),
    "clamp": lambda x: jax.lax.clamp(-0.5, x, 0.5),
    "add": lambda x: x + 1.5,
    "sub": lambda x: x - 1.5,
    "mul": lambda x: x * x,
    "div": lambda x: x / 3.0,
    "add_any": jax.grad(lambda x: jnp.sum(jnp.sin(x) * x)),
    "broadcast_in_dim": lambda x: jnp.broadcast_to(x[:, None, :], (4, 2, 3)) + x[0],
    "concatenate": lambda x: jnp.concatenate([x, 2.0 * x[:1]]),
    "convert_element_type": lambda x: (x > 0).astype(x.dtype),
    "cumsum": lambda x: jnp.cumsum(x, 0) + jax.lax.cumsum(x, 1, reverse=True),
    "dot_general": lambda x: jnp.einsum("ij,kj->ik", x, x) @ x + (x[0] @ x[1]),
    "batched dot_general": lambda x: jnp.einsum("bi,bj->bij", x, x),
    "pad": lambda x: jnp.pad(x, ((1, 2), (0, 1)), constant_values=3.0),
    "reduce_max": lambda x: jnp.max(x, axis=0),
    "reduce_min": lambda x: jnp.min(x, axis=1),
    "reduce_sum": lambda x: jnp.sum(x, axis=1) + jnp.sum(x),
    "select_n": lambda x: jnp.where(x > 0, x, jnp.nan),
    "reshape": lambda x: x.reshape(3, 4),
    "squeeze": lambda x: jnp.squeeze(x[:1], 0),
    "expand_dims": lambda x: jnp.expand_dims(x, 1),
    "transpose": lambda x: x.T,
    "rev": lambda x: x[::-1],
    "slice": lambda x: jax.lax.slice(x, (1, 0), (3, 3), (1, 2)),
    "a rule of JAX's": lambda x: jnp.logaddexp(0.0, x),
    "a call": jax.jit(jnp.sin),
    "second derivatives of a rule": lambda x: jax.jvp(
        jax.grad(lambda at: jnp.sum(jnp.logaddexp(0.0, at))), (x,), (jnp.ones_like(x),)
    )[1],
}
OF_POSITIVE = {
    "log": jnp.log,
    "log1p": jnp.log1p,
    "sqrt": jnp.sqrt,
    "rsqrt": jax.lax.rsqrt,
    "pow": lambda x: x**1.7,
    "digamma": jax.lax.digamma,
    "lgamma": jax.lax.lgamma,
}
CASES = [(name, f, X) for name, f in UNARY.items()]
CASES += [(name, f, POSITIVE) for name, f in OF_POSITIVE.items()]


def primitives(jaxpr):
    for equation in jaxpr.eqns:
        yield equation.primitive.name
        for inner in jax.tree.leaves(
            list(equation.params.values()), is_leaf=lambda leaf: hasattr(leaf, "eqns")
        ):
            if hasattr(inner, "eqns"):
                yield from primitives(inner)


@pytest.mark.parametrize(("name", "function", "at"), CASES, ids=[case[0] for case in CASES])
def test_values_are_those_of_jax(name, function, at):
    with jax.enable_x64(True):
        evaluated = FewCalls(function)
        assert evaluated.is_known(at)
        (found,) = evaluated(at)
        expected = np.asarray(jax.jit(function)(at))
    assert found.dtype == expected.dtype
    np.testing.assert_allclose(found, expected, rtol=1e-13, atol=1e-13)


def test_every_operation_that_is_known_is_among_those():
    used = set()
    with jax.enable_x64(True):
        for _, function, at in CASES:
            used.update(primitives(jax.make_jaxpr(function)(at).jaxpr))
    # Squeezes and the like are written as reshapes by some versions of JAX.
    moves = {"expand_dims", "copy"}
    assert set(_numerics.ENTRYWISE) | set(_numerics._OTHERS) <= used | moves


@pytest.mark.parametrize(
    "function",
    [
        lambda x: jnp.sort(x, axis=0),
        lambda x: x[jnp.array([0, 2, 2])],
        lambda x: (10.0 * x).astype(int) // 3,
        lambda x: jax.lax.fori_loop(0, 3, lambda _, at: jnp.sin(at), x),
    ],
    ids=["sort", "gather", "integers", "a loop"],
)
def test_what_numpy_does_not_know_is_compiled(function):
    with jax.enable_x64(True):
        evaluated = FewCalls(function)
        assert not evaluated.is_known(X)
        np.testing.assert_array_equal(evaluated(X)[0], jax.jit(function)(X))
