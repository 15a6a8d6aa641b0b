"""Data as users have them: any dtype, layout or container, and no copy where none is needed."""

from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from jax.experimental.sparse import BCOO

from scope import ScopeSolver
from scope.objective import ObjectiveSpec, build_objective

N, P = 60, 8
SUPPORT = [1, 4, 6]


def integers(dtype):
    """Whole numbers that every dtype holds exactly."""
    rng = np.random.default_rng(3)
    return rng.integers(0, 2 if dtype == np.bool_ else 7, (N, P)).astype(dtype)


def response(X):
    truth = np.zeros(P)
    truth[SUPPORT] = [2.0, -3.0, 1.5]
    return X.astype(np.float64) @ truth


LAYOUTS = {
    "C": np.ascontiguousarray,
    "Fortran": np.asfortranarray,
    "every other row": lambda X: np.repeat(X, 2, axis=0)[::2],
    "every other column": lambda X: np.repeat(X, 2, axis=1)[:, ::2],
    "reversed": lambda X: np.ascontiguousarray(X[::-1, ::-1])[::-1, ::-1],
    "read-only": lambda X: np.frombuffer(X.tobytes(), dtype=X.dtype).reshape(X.shape),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "int64", "uint8", "bool"])
def test_any_dtype_and_layout(dtype, layout):
    X = LAYOUTS[layout](integers(np.dtype(dtype).type))
    y = response(X)
    solver = ScopeSolver(P, 3)
    params = solver.solve(lambda theta: jnp.sum((y - X @ theta) ** 2))
    assert solver.get_support().tolist() == SUPPORT
    np.testing.assert_allclose(params[SUPPORT], [2.0, -3.0, 1.5], rtol=1e-5)


def value_before_and_after(X, change):
    """Build an objective, change the user's matrix, and evaluate: a copy would not notice."""
    built = build_objective(
        ObjectiveSpec(lambda t: jnp.sum((X @ t) ** 2), None, P, np.arange(P + 1), np.zeros(P))
    )
    assert built.structure.kind == "composite"
    change()
    return built.value(np.ones(P))


VIEWS = ["C", "Fortran", "every other row"]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("layout", VIEWS)
def test_the_user_s_matrix_is_not_copied(dtype, layout):
    X = LAYOUTS[layout](np.ones((N, P), dtype=dtype))

    def change():
        X[:] = 2.0

    assert value_before_and_after(X, change) == pytest.approx(N * (2.0 * P) ** 2)


def test_a_memory_mapped_file_is_not_copied(tmp_path):
    file = tmp_path / "X.npy"
    np.save(file, np.ones((N, P)))
    X = np.load(file, mmap_mode="r+")

    def change():
        X[:] = 2.0

    assert value_before_and_after(X, change) == pytest.approx(N * (2.0 * P) ** 2)


def test_a_data_frame_s_values_are_not_copied():
    values = np.ones((N, P))
    frame = pd.DataFrame(values, copy=False)
    X = frame.to_numpy()
    assert np.shares_memory(X, values)

    def change():
        values[:] = 2.0

    assert value_before_and_after(X, change) == pytest.approx(N * (2.0 * P) ** 2)


@dataclass
class Study:
    """A user's own container."""

    design: pd.DataFrame
    outcome: pd.Series
    weights: dict


def study():
    X = integers(np.float64)
    frame = pd.DataFrame(X, columns=list("abcdefgh"))
    return Study(frame, pd.Series(response(X), name="y"), {"all": 0.5})


def test_data_frames_in_a_class_of_the_user():
    def objective(theta, data):
        residual = data.outcome.to_numpy() - data.design.to_numpy() @ theta
        return data.weights["all"] * jnp.sum(residual**2)

    solver = ScopeSolver(P, 3)
    solver.solve(objective, data=study())
    assert solver.get_support().tolist() == SUPPORT
    assert solver.result.structure.startswith("composite: g(M theta) with M of 60 rows")


def test_folds_of_a_class_of_the_user():
    def objective(theta, data):
        return jnp.sum((data.outcome.to_numpy() - data.design.to_numpy() @ theta) ** 2)

    def split(data, index):
        return Study(data.design.iloc[index], data.outcome.iloc[index], data.weights)

    solver = ScopeSolver(P, range(6), N, cv=4, split_method=split)
    solver.solve(objective, data=study())
    assert set(SUPPORT) <= set(solver.get_support())
    assert solver.path_[3].support_set.tolist() == SUPPORT


@pytest.mark.parametrize("kind", ["csr_array", "csc_array", "coo_array", "csr_matrix"])
def test_sparse_matrices_stay_sparse(kind):
    X = integers(np.float64) * (np.random.default_rng(1).random((N, P)) < 0.3)
    y = response(X)
    sparse = BCOO.from_scipy_sparse(getattr(scipy.sparse, kind)(X))
    solver = ScopeSolver(P, 3)
    solver.solve(lambda theta: jnp.sum((y - sparse @ theta) ** 2))
    assert solver.get_support().tolist() == SUPPORT
    assert "sparse" in solver.result.structure


def test_a_sparse_matrix_that_jax_does_not_know_is_an_error_that_says_so():
    X = scipy.sparse.csr_array(integers(np.float64))
    with pytest.raises(Exception, match="__array__") as raised:
        ScopeSolver(P, 3).solve(lambda theta: jnp.sum((X @ theta) ** 2))
    assert any("BCOO.from_scipy_sparse" in note for note in raised.value.__notes__)
