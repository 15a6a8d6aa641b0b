"""Random objectives, composed from the primitives that the reader knows."""

import jax
import jax.numpy as jnp
import numpy as np
from hypothesis import strategies as st

P = 6  # entries of theta
LONGEST = 12  # vectors are cut to this length
TABLE = np.random.default_rng(5).standard_normal((60, 60)) / 4
TABLE32 = TABLE.astype(np.float32)
TAKEN = np.array([0, 2, 1])


def matrix(rows, cols, at=0):
    return TABLE[at : at + rows, :cols]


# Functions of a vector that are linear; every result is a vector again.
LINEAR = {
    "reverse": lambda v: v[::-1],
    "cumsum": jnp.cumsum,
    "suffix sums": lambda v: jnp.cumsum(v[::-1])[::-1],
    "half": lambda v: v[: max(1, v.shape[0] // 2)],
    "tail": lambda v: v[min(1, v.shape[0] - 1) :],
    "every other": lambda v: v[::2],
    "take": lambda v: v[TAKEN % v.shape[0]],
    "negate and append": lambda v: jnp.concatenate([v, -2.0 * v]),
    "matrix": lambda v: matrix(v.shape[0] + 2, v.shape[0]) @ v,
    "vector times matrix": lambda v: v @ matrix(v.shape[0], v.shape[0] + 1, 7),
    "float32": lambda v: TABLE32[: v.shape[0] + 1, : v.shape[0]] @ v,
    "einsum": lambda v: jnp.einsum("ij,j->i", matrix(5, v.shape[0], 3), v),
    "sum of columns": lambda v: jnp.sum(matrix(4, v.shape[0], 9) * v, axis=1),
    "mapped rows": lambda v: jax.vmap(lambda row: row @ v)(matrix(6, v.shape[0])),
    "responses": lambda v: (matrix(4, 2) @ jnp.concatenate([v, v])[:6].reshape(2, -1)).ravel(),
    "transposed": lambda v: jnp.concatenate([v, v]).reshape(2, -1).T.ravel(),
    "roll": lambda v: jnp.roll(v, 1),
    "differences": lambda v: jnp.diff(jnp.concatenate([v, v[:1]])),
    "scale": lambda v: v / 3.0,
    "weights": lambda v: v * TABLE[0, : v.shape[0]],
    "pad": lambda v: jnp.pad(v, 1),
    "scatter": lambda v: jnp.zeros(v.shape[0] + 2).at[1:-1].set(v),
    "sum": lambda v: v.sum(keepdims=True),
    "repeat": lambda v: v[0] + matrix(3, v.shape[0], 2) @ v,
    "convolve": lambda v: jnp.convolve(v, jnp.array([1.0, 0.5, 2.0]), mode="same"),
}
# Functions of a vector that are not, or not only, linear.
CURVED = {
    "tanh": jnp.tanh,
    "sin": jnp.sin,
    "softplus": jax.nn.softplus,
    "square": jnp.square,
    "shift": lambda v: 1.5 - v,
    "add known": lambda v: v + TABLE[1, : v.shape[0]],
    "share": lambda v: v / (2.0 + jnp.sum(v**2)),
    "times own mean": lambda v: v * jnp.mean(v),
    "smooth abs": lambda v: jnp.sqrt(v**2 + 0.1),
    "logistic": jax.nn.sigmoid,
    "where known": lambda v: jnp.where(TABLE[2, : v.shape[0]] > 0, v, v**3),
    "softmax": jax.nn.softmax,
    "centre": lambda v: v - jnp.mean(v),
    "loop": lambda v: jax.lax.fori_loop(0, 2, lambda _, u: jnp.sin(u), v),
}
REDUCTIONS = {
    "sum": jnp.sum,
    "mean": jnp.mean,
    "squares": lambda v: v @ v,
    "log of squares": lambda v: jnp.log1p(jnp.sum(v**2)),
    "product with known": lambda v: jnp.sum(v**2 * TABLE[3, : v.shape[0]]),
    "norm": lambda v: jnp.sqrt(1.0 + jnp.sum(v**2)),
}
EXTRAS = {
    "nothing": lambda t: 0.0,
    "ridge": lambda t: 0.3 * jnp.sum(t**2),
    "smooth penalty": lambda t: jnp.sum(jnp.log(1.0 + t**2)),
    "fused": lambda t: jnp.sum((t[1:] - t[:-1]) ** 2),
    "part": lambda t: 0.1 * jnp.vdot(t[2:], t[2:]),
    "one": lambda t: jnp.cos(t[0]),
    "form": lambda t: t @ matrix(P, P) @ t,
    "linear": lambda t: TABLE[4, :P] @ t,
}


def _names(table):
    return st.sampled_from(sorted(table))


recipes = st.fixed_dictionaries(
    {
        "linear": st.lists(_names(LINEAR), min_size=3, max_size=5),
        "later": st.lists(st.one_of(_names(CURVED), _names(LINEAR)), min_size=2, max_size=4),
        "reduction": _names(REDUCTIONS),
        "extra": _names(EXTRAS),
    }
)


def objective_of(recipe):
    """Return the objective that a recipe describes."""

    def objective(t):
        v = t
        for name in recipe["linear"]:
            v = LINEAR[name](v)[:LONGEST]
        for name in recipe["later"]:
            v = (LINEAR | CURVED)[name](v)[:LONGEST]
        return REDUCTIONS[recipe["reduction"]](v) + EXTRAS[recipe["extra"]](t)

    return objective
