"""What is read from objectives, and that nothing is read wrongly."""

import derivatives
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from scope import ScopeSolver

N, P = 30, 8
RNG = np.random.default_rng(0)
X = RNG.standard_normal((N, P))
X32 = X.astype(np.float32)
REST = X[:, 1:]
Y = RNG.standard_normal(N)
SIGN = np.sign(Y)
COUNT = RNG.poisson(1.0, N)
EVENT = RNG.integers(0, 2, N)
CLASS = RNG.integers(0, 3, N)
QUADRATIC = X.T @ X
KERNELS = RNG.standard_normal((N, N, P))
DIFFERENCES = np.diff(np.eye(P), axis=0)


@jax.jit
def jitted(t):
    return jnp.mean((Y - X @ t) ** 2)


def cox(t):
    eta = X @ t
    return -jnp.mean(EVENT * (eta - jnp.log(jnp.cumsum(jnp.exp(eta)[::-1])[::-1])))


def cross_entropy(t):
    prob = 1 / (1 + jnp.exp(-X @ t))
    conditions = [SIGN == 1, SIGN == -1]
    return jnp.mean(
        jnp.piecewise(prob, conditions, [lambda x: -jnp.log(x), lambda x: -jnp.log(1 - x)])
    )


def softmax(t):
    logits = X[:, :2] @ t[:6].reshape(2, 3)
    return -jnp.mean(jax.nn.log_softmax(logits, axis=1)[jnp.arange(N), CLASS])


DIAGONAL = {
    "least squares": lambda t: jnp.sum((Y - X @ t) ** 2),
    "t @ X.T": lambda t: jnp.sum((Y - t @ X.T) ** 2),
    "jnp.dot": lambda t: jnp.sum(jnp.square(Y - jnp.dot(X, t))),
    "einsum": lambda t: jnp.mean((Y - jnp.einsum("ij,j->i", X, t)) ** 2),
    "sum over an axis": lambda t: jnp.mean((Y - jnp.sum(X * t, axis=1)) ** 2),
    "sum over the last axis": lambda t: jnp.mean((Y - (t * X).sum(-1)) ** 2),
    "vmap over rows": lambda t: jnp.mean(jax.vmap(lambda x, b: (b - x @ t) ** 2)(X, Y)),
    "vmap of a sum": lambda t: jnp.mean(jax.vmap(lambda x: jnp.sum(x * t))(X) ** 2),
    "float32": lambda t: jnp.sum((Y - X32 @ t) ** 2),
    "column-major": lambda t: jnp.sum((Y - np.asfortranarray(X) @ t) ** 2),
    "jnp.array": lambda t: jnp.mean((Y - jnp.array(X) @ t) ** 2),
    "jitted": jitted,
    "r @ r": lambda t: (Y - X @ t) @ (Y - X @ t),
    "written twice": lambda t: jnp.vdot(Y - X @ t, Y - X @ t) / 2,
    "logistic": lambda t: jnp.sum(jnp.logaddexp(0.0, -SIGN * (X @ t))),
    "log_sigmoid": lambda t: -jnp.sum(jax.nn.log_sigmoid(SIGN * (X @ t))),
    "softplus": lambda t: jnp.mean(jax.nn.softplus(X @ t) - COUNT * (X @ t)),
    "cross entropy": cross_entropy,
    "Poisson": lambda t: jnp.sum(jnp.exp(X @ t) - COUNT * (X @ t)),
    "Huber": lambda t: jnp.mean(
        jnp.where(jnp.abs(Y - X @ t) < 1, (Y - X @ t) ** 2 / 2, jnp.abs(Y - X @ t) - 0.5)
    ),
    "robust": lambda t: -jnp.mean(jnp.exp(-((Y - X @ t) ** 2))),
    "tanh": lambda t: jnp.mean((Y - jnp.tanh(X @ t)) ** 2),
    "intercept": lambda t: jnp.mean((Y - (REST @ t[1:] + t[0])) ** 2),
    "logistic intercept": lambda t: jnp.mean(jnp.logaddexp(0.0, -SIGN * (t[0] + REST @ t[1:]))),
    "multi-response": lambda t: jnp.mean((X[:, :2] - X[:, :4] @ t.reshape(4, 2)) ** 2),
    "trend": lambda t: jnp.sum((Y[:P] - jnp.cumsum(t)) ** 2),
    "taken": lambda t: jnp.mean((Y - X[:, :3] @ t[jnp.array([0, 2, 4])]) ** 2),
    "convolution": lambda t: jnp.sum(
        (Y[:P] - jnp.convolve(t, jnp.array([1.0, 2.0, 1.0]), mode="same")) ** 2
    ),
    "kernels": lambda t: jnp.mean((KERNELS[:, :, 0] - KERNELS @ t) ** 2),
    "scaled": lambda t: jnp.mean((Y - (X * 2.5) @ t) ** 2),
    "standardised": lambda t: jnp.mean((Y - ((X - X.mean(0)) / X.std(0)) @ t) ** 2),
    "difference of blocks": lambda t: jnp.mean((X[:, :4] @ t[:4] - X[:, 4:] @ t[4:] - Y) ** 2),
    "two products": lambda t: jnp.mean((Y - X @ t) ** 2) + jnp.mean((X[::-1] @ t) ** 3),
    "fused": lambda t: jnp.mean((Y - X @ t) ** 2) + jnp.sum((DIFFERENCES @ t) ** 2),
    "differences": lambda t: jnp.mean((Y - X @ t) ** 2) + jnp.sum(jnp.diff(t) ** 2),
    "ridge": lambda t: jnp.mean((Y - X @ t) ** 2) + 0.1 * jnp.sum(t**2),
    "data-dependent where": lambda t: jnp.sum(jnp.where(t > 0, X @ jnp.ones(P) @ Y, t * 3.0)),
}
LOW_RANK = {
    "norm": lambda t: jnp.linalg.norm(Y - X @ t),
    "n log RSS": lambda t: N * jnp.log(jnp.sum((Y - X @ t) ** 2)),
    "two sums": lambda t: (
        jnp.log(jnp.sum((Y - X @ t) ** 2)) + jnp.sqrt(1.0 + jnp.sum((X @ t) ** 2))
    ),
    "a product of sums": lambda t: jnp.sum(jnp.cos(X @ t)) * jnp.sum((Y - X @ t) ** 2),
    "inside and outside": lambda t: jnp.mean((Y - X @ t) ** 2) * t[0],
}
BLOCKS = {
    "softmax": softmax,
    "softmax by one hot": lambda t: (
        -jnp.sum(jax.nn.one_hot(CLASS, 3) * jax.nn.log_softmax(X[:, :2] @ t[:6].reshape(2, 3)))
    ),
    "softmax, samples last": lambda t: (
        -jnp.sum(
            jnp.log(jax.nn.softmax(t[:6].reshape(3, 2) @ X[:, :2].T, axis=0))[CLASS, jnp.arange(N)]
        )
    ),
    "softmax, mapped": lambda t: jnp.mean(
        jax.vmap(lambda x, c: jax.nn.logsumexp(x @ t.reshape(2, 4)) - (x @ t.reshape(2, 4))[c])(
            X[:, :2], CLASS
        )
    ),
    "location and scale": lambda t: jnp.mean(
        ((Y - X[:, :4] @ t[:4]) / jnp.exp(X[:, 4:] @ t[4:])) ** 2 + X[:, 4:] @ t[4:]
    ),
    "norms of rows": lambda t: jnp.sum(
        jnp.sqrt(1.0 + jnp.sum((X[:, :2] - X[:, :4] @ t.reshape(4, 2)) ** 2, axis=1))
    ),
    "gamma": lambda t: jnp.mean(COUNT * jnp.exp(-X @ t) + X @ t),
}
BY_PRODUCTS = {
    "Cox": cox,
    "portfolio": lambda t: (t / jnp.sum(t)) @ QUADRATIC @ (t / jnp.sum(t)),
    "pairs": lambda t: jnp.mean(jnp.logaddexp(0.0, (X @ t)[10:20] - (X @ t)[:10])),
    "samples that meet": lambda t: jnp.sum(jnp.sin(X @ t)[::-1] * (X @ t)),
    "loop": lambda t: jax.lax.fori_loop(0, 3, lambda _, a: a + jnp.sum(jnp.sin(X @ t)), 0.0),
    "a rule of the user": lambda t: jnp.sum(lying_square(5.0)(Y - X @ t)),
}


def build(objective, dimension=P):
    return derivatives.build(objective, dimension)


def assert_same_derivatives(built, objective):
    derivatives.assert_same_derivatives(built, objective, P)


CURVATURES = {
    "diagonal": DIAGONAL,
    "diagonal up to a low rank": LOW_RANK,
    "blocks of": BLOCKS,
    "by products": BY_PRODUCTS,
}
FAMILIES = {
    (curvature, name): objective
    for curvature, table in CURVATURES.items()
    for name, objective in table.items()
}


@pytest.mark.parametrize(("curvature", "name"), FAMILIES)
def test_families(curvature, name):
    objective = FAMILIES[curvature, name]
    built = build(objective)
    assert built.structure.kind == "composite"
    assert f"the Hessian of g is {curvature}" in str(built.structure)
    assert_same_derivatives(built, objective)


def test_blocks_depend_on_the_indices_that_are_picked():
    """Programs that differ in known indices only share what is compiled, not their structure."""
    aligned, mixed = np.arange(N), np.arange(N)[::-1].copy()
    for rows, expected in ((aligned, "blocks of"), (mixed, "by products"), (aligned, "blocks of")):

        def objective(t, rows=rows):
            logits = X[:, :2] @ t[:6].reshape(2, 3)
            picked = logits[rows, CLASS]
            return jnp.mean(jnp.sum(jnp.exp(logits), axis=1) * (1.0 + picked**2))

        built = build(objective)
        assert expected in str(built.structure)
        assert_same_derivatives(built, objective)


def lying_square(slope):
    @jax.custom_jvp
    def square(x):
        return x**2

    square.defjvp(lambda at, tangent: (at[0] ** 2, slope * at[0] * tangent[0]))
    return square


def test_a_rule_that_differs_from_its_function_is_kept():
    square = lying_square(5.0)

    def objective(t):
        return jnp.sum(square(Y - X @ t))

    built = build(objective)
    assert built.structure.kind == "composite"
    assert_same_derivatives(built, objective)


def test_a_contraction_with_the_transpose_is_not_diagonal():
    square = RNG.standard_normal((9, P))

    def objective(t):
        matrix = (square @ t).reshape(3, 3)
        return jnp.tensordot(matrix, matrix, axes=([0, 1], [1, 0]))

    built = build(objective)
    assert "by products" in str(built.structure)
    assert_same_derivatives(built, objective)


@pytest.mark.parametrize("name", ["least squares", "Cox"])
def test_the_units_of_the_columns_do_not_matter(name):
    rng = np.random.default_rng(11)
    plain = rng.standard_normal((80, 12))
    event = rng.integers(0, 2, 80)
    units = 10.0 ** np.linspace(-4, 4, 12)
    order = np.argsort(-plain[:, 2] + plain[:, 7] + rng.gumbel(size=80))

    def objective(matrix):
        if name == "Cox":
            ranked = matrix[order]

            def partial_likelihood(t):
                eta = ranked @ t
                risk = jnp.log(jnp.cumsum(jnp.exp(eta)[::-1])[::-1])
                return -jnp.mean(event * (eta - risk))

            return partial_likelihood
        return lambda t: jnp.mean((plain[:, 3] - plain[:, 9] + 1.0 - matrix @ t) ** 2)

    supports = []
    for matrix in (plain, plain * units):
        solver = ScopeSolver(12, 3)
        solver.solve(objective(matrix))
        supports.append(solver.get_support().tolist())
    assert supports[0] == supports[1]


UNUSUAL = {
    "unaligned": lambda x: np.frombuffer(b"." + x.tobytes(), np.uint8)[1:].view(np.float64),
    "strided": lambda x: np.repeat(np.repeat(x, 2, axis=0), 2, axis=1)[::2, ::2],
    "reversed": lambda x: x[::-1, ::-1].copy()[::-1, ::-1],
    "integers": lambda x: np.round(3 * x).astype(np.int64),
    "read-only": lambda x: np.broadcast_to(x, x.shape),
}


@pytest.mark.parametrize("name", UNUSUAL)
def test_matrices_in_unusual_layouts(name):
    matrix = UNUSUAL[name](X).reshape(N, P)

    def objective(t):
        return jnp.sum((Y - matrix @ t) ** 2)

    built = build(objective)
    assert built.structure.kind == "composite"
    assert_same_derivatives(built, objective)


WIDE = 100
BLACK_BOXES = {
    "constant": (lambda t: 3.0, "does not depend"),
    "parameters by themselves": (lambda t: jnp.prod(jnp.cos(t)), "outside of linear maps"),
    "not finite": (lambda t: jnp.sum(X[:, :1] * t[0]) + jnp.nan, "does not reproduce"),
    "values": (lambda t: jnp.sum(t**2) if t[0] > -1 else jnp.sum(t), "looks at values"),
}


@pytest.mark.parametrize("name", BLACK_BOXES)
def test_what_is_not_read_is_a_black_box_with_a_reason(name):
    objective, reason = BLACK_BOXES[name]
    structure = build(objective, WIDE).structure
    assert structure.kind == "black box"
    assert reason in structure.explanation


def test_a_linear_map_beyond_the_budget_is_a_black_box(monkeypatch):
    monkeypatch.setattr("scope.objective._reader.MEMORY_BUDGET", 1000)
    structure = build(lambda t: jnp.sum(jnp.convolve(t, jnp.ones(3)) ** 2), WIDE).structure
    assert structure.kind == "black box"
    assert "memory budget" in structure.explanation


def test_float32_matrices_stay_as_they_are():
    assert "30x8 float32" in str(build(DIAGONAL["float32"]).structure)


def test_explain_and_the_result_say_the_same():
    solver = ScopeSolver(P, 2)
    text = solver.explain(jitted)
    solver.solve(jitted)
    assert text.startswith("composite")
    assert solver.get_result()["structure"] == text


def test_use_hessian_is_checked_whatever_the_structure():
    solver = ScopeSolver(P, 2)
    solver.use_hessian = "maybe"
    with pytest.raises(ValueError, match="use_hessian should be True, False or 'auto'"):
        solver.solve(jitted)


def test_a_deep_linear_program_is_read_in_linear_time():
    def objective(t):
        v = X @ t
        for _ in range(60):  # a diamond a step: 2^60 paths to the product
            v = (v + v[::-1]) / 2
        return jnp.sum((Y - v) ** 2)

    assert build(objective).structure.kind == "composite"


def test_data_arrays_are_read_like_captured_ones():
    solver = ScopeSolver(P, 2)
    text = solver.explain(lambda t, data: jnp.sum((data[1] - data[0] @ t) ** 2), (X, Y))
    assert "30x8 float64" in text


@pytest.mark.parametrize(
    "name",
    ["least squares", "logistic", "Poisson", "Cox", "intercept", "n log RSS", "softmax"],
)
def test_the_answer_is_that_of_the_black_box(name):
    objective = (DIAGONAL | LOW_RANK | BLOCKS | BY_PRODUCTS)[name]
    composite = ScopeSolver(P, 3)
    composite.solve(objective)
    assert composite.result.structure.startswith("composite")
    with jax.enable_x64(True):
        derivatives = jax.jit(jax.value_and_grad(objective))
        black_box = ScopeSolver(P, 3)
        black_box.solve(
            lambda t: float(derivatives(t)[0]), gradient=lambda t: np.asarray(derivatives(t)[1])
        )
    assert composite.objective_value <= black_box.objective_value + 1e-7 * N


def test_a_single_entry_beside_products():
    """Its kind has an axis that the number it is added to does not have."""
    solver = ScopeSolver(P, P)
    found = solver.solve(lambda t: 2 * jnp.sum((Y - X @ t) ** 2) + 3 * t[0])
    expected = np.linalg.solve(QUADRATIC, X.T @ Y - 0.75 * np.eye(P)[0])
    np.testing.assert_allclose(found, expected, rtol=1e-8)
