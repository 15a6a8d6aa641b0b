"""Linear maps are followed by their non-zero entries: each operation against JAX's derivative."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from scope import ScopeSolver
from scope.objective._known import Known
from scope.objective._program import Variable, trace
from scope.objective._sparse_maps import sparse_map

NODES = 12
DIMENSION = 66  # pairs of nodes
RANDOM = np.random.default_rng(0)
S = RANDOM.standard_normal((5, NODES))
WEIGHTS = RANDOM.standard_normal(DIMENSION)
FIELDS = RANDOM.standard_normal((5, NODES))
BATCH = RANDOM.standard_normal((NODES, 3, NODES))
DENSE = RANDOM.standard_normal((9, DIMENSION))
WITH_NAN = np.where(np.arange(NODES) == 2, np.nan, S)
MASK = np.arange(DIMENSION) % 5 == 0
UPPER = np.triu_indices(NODES, 1)


@pytest.fixture(autouse=True)
def double_precision():
    with jax.enable_x64(True):
        yield


def symmetric(t):
    upper = jnp.zeros((NODES, NODES)).at[UPPER].set(t)
    return upper + upper.T


def differences(t):
    grid = t.reshape(6, 11)
    return jnp.concatenate([(grid[1:] - grid[:-1]).ravel(), (grid[:, 1:] - grid[:, :-1]).ravel()])


SPARSE = {
    "symmetric": symmetric,
    "products from the left": lambda t: S @ symmetric(t),
    "products from the right": lambda t: symmetric(t) @ S.T,
    "products along the middle": lambda t: jnp.einsum(
        "ij,kjl->kil", S, symmetric(t).reshape(2, 6, NODES)[:, [*range(6), *range(6)]]
    ),
    "products of products": lambda t: S[:, :3] @ (S[:3, :2] @ symmetric(t)[:2]),
    "scaled": lambda t: -2.0 * FIELDS * (S @ symmetric(t)) / 3.0,
    "differences": differences,
    "weighted": lambda t: WEIGHTS * t[::-1] - t / WEIGHTS,
    "masked": lambda t: symmetric(t * MASK),
    "subtracted from one": lambda t: t - t[3],
    "summed": lambda t: symmetric(t).sum(axis=1),
    "summed over two axes": lambda t: symmetric(t).reshape(4, 3, 3, 4).sum(axis=(1, 3)),
    "padded": lambda t: jnp.pad(symmetric(t), ((1, 0), (2, 3))),
    "concatenated": lambda t: jnp.concatenate([symmetric(t), symmetric(t)[::-1]], axis=1),
    "split": lambda t: jnp.split(symmetric(t), [3], axis=1)[1] + 0.5 * symmetric(t)[:, 3:],
    "sliced": lambda t: jax.lax.dynamic_slice(symmetric(t), (2, 1), (3, 4)),
    "added where two meet": lambda t: jnp.zeros(15).at[jnp.arange(66) % 15].add(t + t[::-1]),
    "added outside": lambda t: jnp.zeros(20).at[jnp.arange(66)].add(t - t[::-1], mode="drop"),
    "written outside": lambda t: jnp.zeros(20).at[jnp.arange(66)].set(t - t[::-1], mode="drop"),
    "negative": lambda t: -(t + t[::-1]),
    "moved": lambda t: jnp.squeeze(jnp.expand_dims(symmetric(t), 0)).transpose()[::2],
    "repeated": lambda t: jnp.broadcast_to(symmetric(t)[:, None], (NODES, 3, NODES)),
    "without entries": lambda t: 0.0 * (t + t[::-1]),
}

NOT_FOLLOWED = {
    "cumulative": lambda t: jnp.cumsum(symmetric(t)),
    "a convolution": lambda t: jnp.convolve(t + t[::-1], WEIGHTS[:3]),
    "one product for each of a batch": lambda t: jnp.einsum("bij,bj->bi", BATCH, symmetric(t)),
    "a dense product": lambda t: DENSE @ (t + t[::-1]),
    "not a number": lambda t: WITH_NAN @ symmetric(t),
    "a division by zero": lambda t: (t + t[::-1]) / jnp.where(MASK, 0.0, 1.0),
    "entries from nowhere": lambda t: (
        (t + t[::-1]).at[jnp.arange(50, 70)].get(mode="fill", fill_value=0.0)
    ),
    "one place written twice": lambda t: jnp.zeros(15).at[jnp.arange(66) % 15].set(t + t[::-1]),
    "mostly entries": lambda t: (t[:4] + t[4:8]).repeat(3),
}


def followed(function, dimension=DIMENSION):
    program, constants = trace(function, dimension, np.float64)
    known, moving = Known(constants), {0}
    for equation in program.equations:
        if any(isinstance(a, Variable) and a.index in moving for a in equation.inputs):
            moving.update(equation.outputs)
        else:
            known.add(equation)
    return sparse_map(program, known, dimension)


@pytest.mark.parametrize("name", SPARSE)
def test_a_sparse_map_has_the_matrix_that_jax_differentiates(name):
    function = SPARSE[name]
    found = followed(function)
    assert found is not None
    expected = jax.jacobian(lambda t: function(t).ravel())(jnp.zeros(DIMENSION))
    np.testing.assert_allclose(found.matrix.toarray(), expected, rtol=1e-14, atol=1e-15)
    assert found.matrix.format == "csc"
    assert found.matrix.has_canonical_format
    assert np.all(found.matrix.data != 0.0)


@pytest.mark.parametrize("name", NOT_FOLLOWED)
def test_what_is_dense_or_not_understood_is_left_to_those_who_compute_it(name):
    dimension = 8 if name == "mostly entries" else DIMENSION
    assert followed(NOT_FOLLOWED[name], dimension) is None


def test_a_map_that_would_not_fit_into_memory_is_read_by_its_entries():
    nodes = 250  # as one dense matrix 250 x 250 x 31125 numbers: 15 GB
    upper = np.triu_indices(nodes, 1)
    dimension = upper[0].size
    spins = np.sign(RANDOM.standard_normal((30, nodes)))
    spins[:, 7] = spins[:, 3]

    def objective(t):
        couplings = jnp.zeros((nodes, nodes)).at[upper].set(t)
        field = spins[:, :10] @ (couplings + couplings.T)[:10]
        return jnp.mean(jnp.logaddexp(0.0, -2.0 * spins * field))

    solver = ScopeSolver(dimension, 1)
    assert "sparse" in solver.explain(objective)
    solver.solve(objective)
    (edge,) = solver.support_set
    assert (upper[0][edge], upper[1][edge]) == (3, 7)
