"""Functions that between them use every operation of JAX's which we evaluate ourselves."""

import jax
import jax.numpy as jnp
import numpy as np

rng = np.random.default_rng(0)
X = rng.standard_normal((4, 3))
POSITIVE = rng.uniform(0.5, 2.0, (4, 3))

UNARY = {
    **{
        name: getattr(jnp, name)
        for name in (
            "abs",
            "arcsinh",
            "arctan",
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
    "acos": lambda x: jnp.arccos(jnp.tanh(x)),
    "acosh": lambda x: jnp.arccosh(1.5 + x**2),
    "asin": lambda x: jnp.arcsin(jnp.tanh(x)),
    "atan2": lambda x: jnp.arctan2(x, 0.5 - x),
    "atanh": lambda x: jnp.arctanh(0.9 * jnp.tanh(x)),
    "copy": lambda x: jax.lax.add(jnp.copy(x), x),
    "stop_gradient": lambda x: jax.lax.stop_gradient(x) * x,
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
    "iota": lambda x: x + jax.lax.broadcasted_iota(x.dtype, (4, 3), 1),
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
    "the slope of tanh": jax.grad(lambda x: jnp.sum(jnp.tanh(x))),
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
ROWS, COLUMNS = np.array([0, 3, 3, 1]), np.array([2, 0, 1, 1])
OUTSIDE = np.array([1, 7, -9])
INDEXED = {
    "rows": lambda x: x[ROWS],
    "columns": lambda x: x[:, np.array([[2, 0], [0, 0]])],
    "entries": lambda x: x[ROWS, COLUMNS],
    "entries of each row": lambda x: jnp.take_along_axis(x, COLUMNS[:, None], axis=1),
    "an entry of each row, mapped": jax.vmap(lambda row: row[2]),
    "entries of each row, mapped": lambda x: jax.vmap(lambda row, k: row[k])(x, COLUMNS),
    "windows": lambda x: jax.vmap(lambda k: jax.lax.dynamic_slice(x, (k, 1), (2, 2)))(ROWS),
    "outside is NaN": lambda x: jnp.take(x, OUTSIDE, axis=0, mode="fill"),
    "outside is clipped": lambda x: jnp.take(x, OUTSIDE, axis=0, mode="clip"),
    "inside, by promise": lambda x: x.at[ROWS].get(mode="promise_in_bounds"),
    "added to rows": lambda x: x.at[ROWS].add(jnp.sin(x)),
    "added to entries": lambda x: x.at[ROWS, COLUMNS].add(x[0, 0]),
    "added to each row, mapped": lambda x: jax.vmap(lambda r, k: r.at[k].add(r[0]))(x, COLUMNS),
    "added outside": lambda x: x.at[OUTSIDE].add(2.0 * x[:3], mode="drop"),
    "added, clipped": lambda x: x.at[OUTSIDE].add(2.0 * x[:3], mode="clip"),
    "added to what is known": lambda x: jnp.ones((5, 3)).at[ROWS].add(2.0 * x),
    "written to entries": lambda x: x.at[ROWS[:3], COLUMNS[:3]].set(x[0]),
    "written to rows, in part outside": lambda x: x.at[OUTSIDE].set(2.0 * x[:3], mode="drop"),
    "equal numbers": lambda x: jnp.full((4, 3), x[0, 0])[ROWS, COLUMNS],
}
INDEXED |= {
    f"slope of {name}": lambda x, f=f: jax.grad(lambda at: jnp.nansum(jnp.sin(f(at))))(x)
    for name, f in INDEXED.items()
}
CASES = [(name, f, X) for name, f in (UNARY | INDEXED).items()]
CASES += [(name, f, POSITIVE) for name, f in OF_POSITIVE.items()]


def recursion(y, theta):
    """Return squared errors of a recursion that Python unrolls: each step is some equations."""
    state = jnp.zeros(())
    total = 0.0
    for k in range(len(y)):
        state = 0.9 * state + theta[k % 5] * jnp.tanh(theta[(k + 1) % 5])
        total += (y[k] - state) ** 2
    return total


def primitives(jaxpr):
    for equation in jaxpr.eqns:
        yield equation.primitive.name
        for inner in jax.tree.leaves(
            list(equation.params.values()), is_leaf=lambda leaf: hasattr(leaf, "eqns")
        ):
            if hasattr(inner, "eqns"):
                yield from primitives(inner)
