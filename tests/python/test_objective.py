"""Tracing, compiling and sharing of objectives."""

import functools
import threading

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from operations import recursion
from sparse_regression import P, sparse_truth

from scope import ScopeSolver
from scope._calling import bind_data
from scope.exceptions import PrecisionWarning
from scope.objective import ObjectiveSpec, build_objective
from scope.objective._black_box import Compiled, cache, trace_objective
from scope.objective._executables import ExecutableCache, padded_size
from scope.objective._jax import jaxpr_of
from scope.objective._program import trace


def compiled(function, dimension):
    return Compiled(trace_objective(function, dimension, x64=True))


_X, _Y = sparse_truth(0)


@pytest.mark.parametrize("x64", [True, False])
def test_a_trace_is_that_of_jax(x64):
    dtype = np.float64 if x64 else np.float32

    def objective(theta):
        scaled = jax.jit(jnp.multiply)(theta, 2.0)
        return jax.lax.while_loop(
            lambda v: v < 3.0, lambda v: v + 1.0, jnp.mean((_X @ scaled) ** 2)
        )

    with jax.enable_x64(x64):
        found = jaxpr_of(objective, (P,), dtype)
        known = jax.make_jaxpr(objective)(jax.ShapeDtypeStruct((P,), dtype))
        assert str(found) == str(known)
        assert found.in_avals == known.in_avals
        assert found.out_avals == known.out_avals
        assert all(map(np.array_equal, found.consts, known.consts))
        with pytest.raises(jax.errors.TracerBoolConversionError, match="argument params"):
            jaxpr_of(lambda params: 1.0 if params[0] > 0.0 else 0.0, (P,), dtype)


def reads_globals(theta):
    return jnp.mean((_Y - _X @ theta) ** 2)


def require_that_a_rebound_global_is_seen(monkeypatch):
    solver = ScopeSolver(P, 2)
    solver.solve(reads_globals)
    assert solver.get_support().tolist() == [0, 5]
    X, y = sparse_truth(3)
    monkeypatch.setitem(globals(), "_X", X)
    monkeypatch.setitem(globals(), "_Y", y)
    solver.solve(reads_globals)
    assert solver.get_support().tolist() == [3, 8]


def test_a_rebound_global_is_seen(monkeypatch):
    require_that_a_rebound_global_is_seen(monkeypatch)


def test_jax_checks_what_is_traced(monkeypatch):
    with jax.enable_checks(True):
        require_that_a_rebound_global_is_seen(monkeypatch)


def test_a_jax_that_renames_its_tracing_is_asked_by_its_public_name(monkeypatch):
    monkeypatch.setattr("scope.objective._jax.trace_to_jaxpr_dynamic", None)
    test_a_trace_is_that_of_jax(x64=True)
    jaxpr_of(reads_globals, (P,), np.float32)  # is not kept
    require_that_a_rebound_global_is_seen(monkeypatch)


def test_a_mutated_captured_array_is_seen():
    X, y = sparse_truth(0)

    def objective(theta):
        return jnp.mean((y - X @ theta) ** 2)

    solver = ScopeSolver(P, 2)
    solver.solve(objective)
    y[:] = X[:, 1] + X[:, 2]
    solver.solve(objective)
    assert solver.get_support().tolist() == [1, 2]


def test_programs_that_differ_in_structure_do_not_share():
    X, y = sparse_truth(0)
    theta = np.ones(P)
    residual = np.mean(np.abs(y - X @ theta)), np.mean((y - X @ theta) ** 2)
    powers = [compiled(lambda t, k=k: jnp.mean(jnp.abs(y - X @ t) ** k), P) for k in (1, 2)]
    for power, expected in zip(powers, residual, strict=True):
        assert power.value_and_gradient(theta)[0] == pytest.approx(expected)


def custom_square(slope):
    """x^2 with a derivative rule that says slope * x instead of 2 x."""

    @jax.custom_jvp
    def square(x):
        return x**2

    square.defjvp(lambda at, tangent: (at[0] ** 2, slope * at[0] * tangent[0]))
    return square


def test_custom_rules_are_kept_and_compared_by_content():
    cache.clear()
    theta = np.arange(3.0)
    gradients = []
    for slope in (2.0, 2.0, 7.0):
        square = custom_square(slope)
        black_box = compiled(lambda t, square=square: jnp.sum(square(t)), 3)
        gradients.append(black_box.value_and_gradient(theta)[1])
    np.testing.assert_array_equal(gradients[0], 2 * theta)
    np.testing.assert_array_equal(gradients[1], 2 * theta)
    np.testing.assert_array_equal(gradients[2], 7 * theta)
    assert len(cache) == 2


def custom_vjp_square(slope):
    @jax.custom_vjp
    def square(x):
        return x**2

    square.defvjp(lambda x: (x**2, x), lambda x, cotangent: (slope * x * cotangent,))
    return square


def test_custom_reverse_rules_are_kept_and_compared_by_content():
    cache.clear()
    theta = np.arange(3.0)
    for slope in (3.0, 3.0, 5.0):
        square = custom_vjp_square(slope)
        black_box = compiled(lambda t, square=square: jnp.sum(square(t)), 3)
        np.testing.assert_array_equal(black_box.value_and_gradient(theta)[1], slope * theta)
    assert len(cache) == 2


def test_library_functions_with_custom_rules_share():
    cache.clear()
    for seed in range(3):
        X, y = sparse_truth(seed)
        compiled(lambda t, X=X, y=y: jnp.sum(jnp.logaddexp(0.0, -y * (X @ t))), P)
    assert len(cache) == 1


def test_scalars_are_arguments_but_those_that_shape_a_program_are_not():
    cache.clear()
    for weight in (0.1, 0.2, 0.0):
        black_box = compiled(lambda t, w=weight: jnp.sum(t**2) * w, 2)
        assert black_box.value_and_gradient(np.ones(2))[0] == pytest.approx(2 * weight)
    assert len(cache) == 2


_DESIGN = np.random.default_rng(1).standard_normal((30, 40))
TWICE_DIFFERENTIABLE = {
    "logistic": lambda t: jnp.sum(jnp.logaddexp(0.0, _DESIGN @ t)),
    "quartic": lambda t: jnp.sum(t**4) + t[0] * t[3],
    "scan": lambda t: jax.lax.scan(lambda c, x: (c + jnp.sin(x) * c, c), 1.0, t)[0],
}


@pytest.mark.parametrize("name", TWICE_DIFFERENTIABLE)
@pytest.mark.parametrize("size", [1, 5, 8, 9, 20])
def test_the_padded_hessian_is_the_full_one_on_the_support(name, size):
    objective = TWICE_DIFFERENTIABLE[name]
    theta = np.random.default_rng(2).standard_normal(40) / 4
    variables = np.sort(np.random.default_rng(3).permutation(40)[:size])
    black_box = compiled(objective, 40)
    with jax.enable_x64(True):
        full = np.asarray(jax.hessian(objective)(theta))
    theta_on_support = black_box.hessian(theta, variables)
    np.testing.assert_allclose(theta_on_support, full[np.ix_(variables, variables)], atol=1e-10)


@pytest.mark.parametrize(("size", "padded"), [(1, 8), (8, 8), (9, 16), (16, 16), (100, 128)])
def test_padded_sizes(size, padded):
    assert padded_size(size) == padded


def test_the_cache_is_bounded_and_drops_the_oldest():
    small = ExecutableCache(size=2)
    shapes = [jax.ShapeDtypeStruct((size,), np.float32) for size in (1, 2, 3)]
    program, _ = trace(jnp.sum, 1, np.float32)
    first = small.get(program, [], shapes[0])
    small.get(program, [], shapes[1])
    assert small.get(program, [], shapes[0]) is first
    small.get(program, [], shapes[2])
    assert len(small) == 2
    assert small.get(program, [], shapes[0]) is first


def test_threads_share_one_entry():
    cache.clear()
    errors = []

    def work(seed):
        X, y = sparse_truth(seed)
        solver = ScopeSolver(P, 2)
        solver.solve(lambda t: jnp.mean((y - X @ t) ** 2))
        if solver.get_support().tolist() != [seed, seed + 5]:
            errors.append((seed, solver.get_support()))

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(cache) == 2  # g, and the program that its reading was compared with


def test_double_precision_is_scoped_to_the_solve():
    seen = []

    def objective(theta):
        seen.append(theta.dtype)
        return jnp.sum((theta - 1 / 3) ** 2)

    params = ScopeSolver(2, 2).solve(objective)
    assert seen == [np.float64]
    assert params.dtype == np.float64
    assert not jax.config.jax_enable_x64
    np.testing.assert_allclose(params, 1 / 3, rtol=1e-12)


def test_an_objective_tied_to_single_precision_is_solved_and_reported():
    def objective(theta):
        start = jnp.zeros((), dtype=jnp.float32)
        return jax.lax.scan(lambda c, x: (c + (x - 2) ** 2, None), start, theta)[0]

    solver = ScopeSolver(4, 2)
    with pytest.warns(PrecisionWarning, match="single precision"):
        solver.solve(objective)
    np.testing.assert_allclose(solver.params[solver.get_support()], 2.0, rtol=1e-4)


def test_an_objective_without_second_derivative_is_solved_first_order():
    @jax.custom_vjp
    def square(x):
        return x**2

    def backward(x, cotangent):
        shape = jax.ShapeDtypeStruct(x.shape, x.dtype)
        return (cotangent * jax.pure_callback(lambda v: 2 * np.asarray(v), shape, x),)

    square.defvjp(lambda x: (x**2, x), backward)
    solver = ScopeSolver(5, 2)
    solver.solve(lambda t: jnp.sum(square(t - jnp.arange(5.0))))
    assert solver.get_support().tolist() == [3, 4]
    assert solver.result.n_hessians == 0
    np.testing.assert_allclose(solver.params[3:], [3, 4], rtol=1e-5)


@pytest.mark.parametrize("x", ["x", "abs(x)"])
def test_a_bounded_domain_is_read_near_the_start(compilations, x):
    rng = np.random.default_rng(0)
    X, y = rng.random((40, 6)), rng.random(40)

    def objective(theta):
        eta = X @ (theta if x == "x" else jnp.abs(theta))
        return jnp.mean(0.5 * y * eta - jnp.sqrt(eta))  # inverse Gaussian; NaN if eta < 0

    solver = ScopeSolver(6, 2)
    solver.solve(objective, init_params=np.ones(6))
    assert solver.result.structure.startswith("composite")
    solver.explain(objective)  # from zero, where it need not be finite nearby
    before = len(compilations)
    solver.explain(objective)  # what was found out once is not found out again
    solver.solve(objective, init_params=np.ones(6))
    assert len(compilations) == before


def test_convolutions_are_computed_in_batches():
    kernel, y = np.ones(25), np.random.default_rng(0).standard_normal(400)
    built = build_objective(
        ObjectiveSpec(
            lambda t: jnp.mean((y - jnp.convolve(t, kernel, mode="same")) ** 2),
            None, 400, np.arange(401), np.zeros(400),
        )
    )  # fmt: skip
    assert "400x400 float64, sparse" in str(built.structure)
    theta = np.zeros(400)
    theta[[3, 77]] = [1.0, -2.0]
    expected = np.mean((y - np.convolve(theta, kernel, mode="same")) ** 2)
    assert built.value(theta) == pytest.approx(expected, rel=1e-12)


def test_a_user_hessian_is_used():
    calls = []

    def hessian(theta, data):
        calls.append(data)
        return 2 * np.eye(3)

    solver = ScopeSolver(3, 1)
    solver.hessian = hessian
    solver.solve(
        lambda theta, data: float(np.sum((theta - data) ** 2)),
        data=np.array([1.0, 3.0, 2.0]),
        gradient=lambda theta, data: 2 * (theta - data),
    )
    assert solver.get_support().tolist() == [1]
    assert len(calls) > 0
    assert solver.result.n_hessians > 0


def test_use_hessian_needs_a_hessian():
    solver = ScopeSolver(2, 1)
    solver.use_hessian = True
    with pytest.raises(ValueError, match="use_hessian"):
        solver.solve(lambda t: float(t[0]) if t[0] > 1e9 else jnp.sum(t**2))


def test_arity():
    data = object()
    assert bind_data(lambda x: (x,), data, "f")(1) == (1,)
    assert bind_data(lambda x, d: (x, d), data, "f")(1) == (1, data)
    assert bind_data(lambda x, d=None: (x, d), data, "f")(1) == (1, data)
    assert bind_data(lambda x, d=7: (x, d), None, "f")(1) == (1, 7)
    assert bind_data(functools.partial(lambda x, d: (x, d), d=3), data, "f")(1) == (1, 3)
    assert bind_data(lambda *a: a, data, "f")(1) == (1, data)


def test_long_programs_are_fitted_by_gradients(compilations):
    y = np.random.default_rng(0).standard_normal(150)

    def objective(theta):
        total = recursion(y, theta)
        return total + 1e-3 * jax.lax.lgamma(2.0 + total)  # which the engine does not know

    built = build_objective(ObjectiveSpec(objective, None, 5, np.arange(6), np.zeros(5)))
    assert "would take long to compile" in str(built.structure)
    solver = ScopeSolver(5, 3)
    solver.solve(objective, init_params=np.full(5, 0.1))
    assert solver.result.n_hessians == 0
    assert solver.objective_value < float(objective(np.zeros(5)))
