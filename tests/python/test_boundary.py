"""Hostile objectives and their relatives: what they raise, and that nothing is left behind."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hostile import (
    BY_HAND,
    RTOL,
    N,
    Own,
    P,
    S,
    Transformation,
    X,
    bits,
    fails,
    np_grad,
    np_sse,
    raising,
    require_usable,
    sse,
    table,
)
from published import EVERY, SOLVERS, each

from scope import GraspSolver, HTPSolver, PDASSolver, ScopeSolver
from scope.layer import Identity

RTOL_FLOAT32 = 1e-3  # a gradient in float32 ends the descent at its rounding error
WITHOUT_MATMUL_WARNINGS = pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")

# --- what functions return ---------------------------------------------------------------------

RETURNED = "The objective function returned {}."
GRADIENT = "The gradient returned contains NaN or Inf."
HESSIAN = "The hessian returned contains NaN or Inf."
SCALAR, SHAPE = "objective should return a real scalar", f"gradient should return shape ({P},)"
ARRAY = "gradient should return an array"
RAGGED = [[1.0], [1.0, 2.0]]
VALUES = {
    "nan": (ValueError, RETURNED.format("nan"), np.nan),
    "inf": (ValueError, RETURNED.format("inf"), np.inf),
    "-inf": (ValueError, RETURNED.format("-inf"), -np.inf),
    "None": (TypeError, f"{SCALAR}, got None", None),
    "string": (TypeError, f"{SCALAR}, got 'a'", "a"),
    "complex": (TypeError, "objective should return real numbers", 1j),
    "vector": (ValueError, "objective should return a scalar, got shape (3,)", np.ones(3)),
    "list": (ValueError, "objective should return a scalar, got list (2,)", [1.0, 2.0]),
    "dict": (TypeError, "objective should return", {}),
}
TRACED = {
    "nan": (ValueError, RETURNED.format("nan"), lambda t: jnp.nan * t[0]),
    "nan of sqrt": (ValueError, RETURNED.format("nan"), lambda t: jnp.sum(jnp.sqrt(t - 1.0))),
    "nan in a factor": (ValueError, RETURNED.format("nan"), lambda t: sse(jnp.nan * t)),
    "nan in the data": (ValueError, RETURNED.format("nan"), lambda t: jnp.sum(X * np.nan @ t)),
    "nan gradient": (ValueError, GRADIENT, lambda t: jnp.sum(jnp.sqrt(jnp.abs(t)))),
    "complex": (TypeError, "objective should return real", lambda t: 1j * sse(t)),
    "vector": (ValueError, f"objective should return a scalar, got shape ({P},)", lambda t: t),
    "list": ((TypeError, ValueError), "objective should return", lambda t: [sse(t), sse(t)]),
    "numpy": (TypeError, "gradient=", lambda t: np.sum(np.exp(t))),
    "float": (TypeError, "gradient=", lambda t: float(t[0])),
}
GRADIENTS = {
    "nan": (ValueError, GRADIENT, lambda t: np.full(P, np.nan)),
    "inf": (ValueError, GRADIENT, lambda t: np.full(P, np.inf)),
    "short": (ValueError, SHAPE, lambda t: t[:3]),
    "long": (ValueError, SHAPE, lambda t: np.ones(P + 1)),
    "scalar": (ValueError, SHAPE, lambda t: 1.0),
    "column": (ValueError, SHAPE, lambda t: t[:, None]),
    "ragged": (ValueError, SHAPE, lambda t: RAGGED),
    "None": (TypeError, ARRAY, lambda t: None),
    "string": (TypeError, ARRAY, lambda t: "a" * P),
    "complex": (TypeError, "gradient should return real numbers", lambda t: 1j * np_grad(t)),
    "objects": (TypeError, "gradient should return real", lambda t: np.array([None] * P)),
}
HESSIANS = {
    "vector": (ValueError, f"hessian should return shape ({P}, {P})", lambda t: t),
    "small": (ValueError, f"hessian should return shape ({P}, {P})", lambda t: np.eye(2)),
    "ragged": (ValueError, f"hessian should return shape ({P}, {P})", lambda t: RAGGED),
    "nan": (ValueError, HESSIAN, lambda t: np.full((P, P), np.nan)),
    "None": (TypeError, "hessian should return an array", lambda t: None),
    "complex": (TypeError, "hessian should return real numbers", lambda t: 1j * np.eye(P)),
    "own": (Own, "mine", raising(Own("mine"))),
}
PAIR = "numeric_solver should return a pair (loss, params)"
MINIMISERS = {
    "nan": (ValueError, "numeric_solver", lambda x: (0.0, np.full(P, np.nan))),
    "inf": (ValueError, "numeric_solver", lambda x: (0.0, x + np.inf)),
    "None": (TypeError, PAIR, lambda x: None),
    "loss alone": (TypeError, PAIR, lambda x: 0.0),
    "params alone": (TypeError, PAIR, lambda x: x),
    "no params": (TypeError, "numeric_solver should return an array", lambda x: (0.0, None)),
    "short": (ValueError, f"numeric_solver should return shape ({P},)", lambda x: (0.0, x[:2])),
    "ragged": (ValueError, f"numeric_solver should return shape ({P},)", lambda x: (0.0, RAGGED)),
    "string": (TypeError, "numeric_solver should return an array", lambda x: (0.0, "abc")),
    "complex": (TypeError, "numeric_solver should return real numbers", lambda x: (0.0, 1j * x)),
}
CRITERIA = {
    "None": (TypeError, "ic_method should return a real scalar, got None", None),
    "string": (TypeError, "ic_method should return a real scalar, got 'a'", "a"),
    "complex": (TypeError, "ic_method should return real numbers", 1j),
    "vector": (ValueError, "ic_method should return a scalar, got shape (3,)", np.ones(3)),
}
LAYER = "layers[1].transform_params should return"
TRANSFORMED = {
    "None": (TypeError, f"{LAYER} an array, got NoneType", lambda x: None),
    "string": (TypeError, f"{LAYER} an array, got str", lambda x: "a"),
    "short": (ValueError, f"{LAYER} shape ({P},), got (2,)", lambda x: x[:2]),
    "scalar": (ValueError, f"{LAYER} shape ({P},), got ()", lambda x: x.sum()),
    "complex": (TypeError, f"{LAYER} real numbers", lambda x: 1j * x),
    "nan": (ValueError, RETURNED.format("nan"), lambda x: x * np.nan),
}


@EVERY
@table(VALUES)
@pytest.mark.parametrize("options", [{}, BY_HAND], ids=["traced", "called"])
def test_value(Solver, row, options):
    fails(Solver, *row[:2], lambda t: row[2], **options)


@EVERY
@table(TRACED)
def test_traced_objective(Solver, row):
    fails(Solver, *row)


@EVERY
@table(GRADIENTS)
def test_gradient(Solver, row):
    fails(Solver, *row[:2], np_sse, gradient=row[2])


@each([ScopeSolver, HTPSolver, PDASSolver])
@table(HESSIANS)
@pytest.mark.parametrize("options", [{}, BY_HAND], ids=["traced", "called"])
def test_hessian(Solver, row, options):
    attributes = {"hessian": row[2], "use_hessian": True}
    fails(Solver, *row[:2], np_sse if options else sse, attributes, **options)


@EVERY
@table(MINIMISERS)
@pytest.mark.parametrize("options", [{}, BY_HAND], ids=["traced", "called"])
def test_numeric_solver(Solver, row, options):
    minimise = {"numeric_solver": lambda f, vg, x, variables, data: row[2](x)}
    fails(Solver, *row[:2], np_sse if options else sse, options=minimise, **options)


@EVERY
@table(CRITERIA)
def test_criterion(Solver, row):
    fails(Solver, *row[:2], np_sse, options={"ic_method": lambda *args: row[2]}, **BY_HAND)


@EVERY
@table(TRANSFORMED)
@WITHOUT_MATMUL_WARNINGS
@pytest.mark.parametrize("options", [{}, BY_HAND], ids=["traced", "called"])
def test_layer(Solver, row, options):
    layers = [Identity(P), Transformation(row[2])]
    fails(Solver, *row[:2], np_sse if options else sse, layers=layers, **options)


def test_a_layer_may_return_a_list():
    layers = [Transformation(lambda x: [-x[i] for i in range(P)])]
    for options in ({}, BY_HAND):
        params = ScopeSolver(P, S).solve(np_sse if options else sse, layers=layers, **options)
        np.testing.assert_allclose(params, np.frombuffer(bits(ScopeSolver)), rtol=1e-5, atol=1e-12)


# --- not finite at trials ----------------------------------------------------------------------

RATE = np.array([1.0, 5.0, 1.0, 50.0, 1.0, 1.0])
BARRIER_ANSWER = np.where(RATE > 1, 1 - 1 / RATE, 0.0)  # of sum(-log(1 - t) - RATE t)
NUMPY_BARRIER = lambda t: np.sum(-np.log(1 - t) - RATE * t)  # noqa: E731
TRIALS = {
    "jax": {"objective": lambda t: jnp.sum(-jnp.log(1 - t) - RATE * t)},
    "numpy": {"objective": NUMPY_BARRIER, "gradient": lambda t: 1 / (1 - t) - RATE},
}


@each([solver for solver in SOLVERS if solver is not GraspSolver])  # it prunes its last fit
@table(TRIALS)
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning", "ignore:divide by")
def test_trials_that_are_not_finite_are_rejected(Solver, row):
    np.testing.assert_allclose(Solver(P, S).solve(**row), BARRIER_ANSWER, rtol=RTOL, atol=RTOL)


UNREACHABLE = {
    "value": {"objective": lambda t: np.nan if t[1] > 2 else np_sse(t), "gradient": np_grad},
    "gradient": {
        "objective": np_sse,
        "gradient": lambda t: np_grad(t) + (np.nan if t[1] > 2 else 0),
    },
    "ratio": {"objective": lambda t: -(RATE @ t) / jnp.linalg.norm(t), "init_params": np.ones(P)},
}


@EVERY
@table(UNREACHABLE)
def test_answer_is_finite_where_the_minimiser_is_not(Solver, row):
    solver = Solver(P, S)
    assert np.isfinite([*solver.solve(**row), solver.objective_value]).all()


# --- harmless oddities -------------------------------------------------------------------------

ACCEPTED = {
    "float32": lambda t: np_grad(t).astype(np.float32),
    "list": lambda t: np_grad(t).tolist(),
    "strided": lambda t: np.repeat(np_grad(t), 2)[::2],
    "reversed": lambda t: np_grad(t)[::-1].copy()[::-1],
    "jax": lambda t: jnp.asarray(np_grad(t)),
    "big-endian": lambda t: np_grad(t).astype(">f8"),
    "read-only": lambda t: np.broadcast_to(np_grad(t), (P,)),
}


@EVERY
@table(ACCEPTED)
def test_gradient_forms(Solver, row):
    expected = np.frombuffer(bits(Solver))
    params = Solver(P, S, N).solve(np_sse, gradient=row)
    np.testing.assert_allclose(params, expected, rtol=RTOL_FLOAT32, atol=RTOL_FLOAT32)


def mutating(function):
    return lambda params: (function(params), params.fill(99.0))[0]


@EVERY
def test_argument_that_is_changed(Solver):
    params = Solver(P, S, N).solve(mutating(np_sse), gradient=mutating(np_grad))
    assert params.tobytes() == bits(Solver)


@EVERY
def test_arguments_that_are_kept_stay_as_they_were(Solver):
    kept = []
    keep = lambda params: kept.append((params, params.copy())) or np_sse(params)  # noqa: E731
    Solver(P, S).solve(keep, gradient=np_grad)
    assert len(kept) > 1
    assert all(np.array_equal(params, copied) for params, copied in kept)


def test_gradient_buffer_that_is_used_again():
    buffer = np.empty(P)
    gradient = lambda t: np.copyto(buffer, np_grad(t)) or buffer  # noqa: E731
    assert ScopeSolver(P, S).solve(np_sse, gradient=gradient).tobytes() == bits(ScopeSolver)


@each([ScopeSolver, HTPSolver])
@pytest.mark.parametrize("inner", [{}, BY_HAND], ids=["traced", "called"])
@pytest.mark.parametrize("same", [True, False], ids=["itself", "another"])
def test_objective_that_solves(Solver, inner, same):
    solver = Solver(P, S, N)

    def nested(params):
        other = solver if same else Solver(P, S, N)
        return np_sse(params) if other.solve(sse, **inner).any() else np.nan

    assert solver.solve(nested, gradient=np_grad).tobytes() == bits(Solver)
    assert solver.params.tobytes() == bits(Solver)


@pytest.mark.parametrize("options", [{}, BY_HAND], ids=["traced", "called"])
def test_only_the_objective_prints(options, capfd):
    def printing(params):
        print("called")  # noqa: T201  # what is checked
        return np_sse(params) if options else sse(params)

    ScopeSolver(P, S).solve(printing, **options)
    captured = capfd.readouterr()
    assert set(captured.out.split()) == {"called"}
    assert captured.err == ""


SETTINGS = {
    "jax_enable_x64": True,
    "jax_disable_jit": True,
    "jax_default_matmul_precision": "float32",
    "jax_numpy_rank_promotion": "raise",
}


@pytest.mark.parametrize("options", [{}, BY_HAND], ids=["traced", "called"])
@pytest.mark.parametrize("name", SETTINGS)
def test_objective_that_configures_jax(name, options):
    def configuring(params):
        jax.config.update(name, SETTINGS[name])
        return np_sse(params) if options else sse(params)

    before = jax.config.values[name]
    try:
        params = ScopeSolver(P, S).solve(configuring, **options)
        assert jax.config.values[name] == SETTINGS[name]  # the user's to decide, and to undo
    finally:
        jax.config.update(name, before)
    np.testing.assert_allclose(params, np.frombuffer(bits(ScopeSolver)), rtol=RTOL, atol=RTOL)
    require_usable(ScopeSolver(P, S))


SHIFT = np.zeros(P)  # a global that objectives read


@pytest.mark.parametrize("in_place", [False, True])
def test_global_is_read_anew(in_place, monkeypatch):
    solver, value = ScopeSolver(P, S), np.array([0.0, 0.0, 8.0, 0.0, 0.0, -9.0])
    shifted = lambda params: jnp.sum((params - SHIFT) ** 2)  # noqa: E731
    monkeypatch.setitem(globals(), "SHIFT", SHIFT.copy())
    assert not solver.solve(shifted).any()
    if in_place:
        SHIFT[:] = value
    else:
        monkeypatch.setitem(globals(), "SHIFT", value)
    assert solver.solve(shifted).tolist() == pytest.approx(value.tolist(), rel=RTOL)


def test_python_if_on_values():
    params = ScopeSolver(P, S).solve(lambda t: sse(t) if t[0] < 1e9 else 2 * sse(t))
    np.testing.assert_allclose(params, np.frombuffer(bits(ScopeSolver)), rtol=RTOL)
