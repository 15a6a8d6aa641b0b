"""What fuzzing found, and that it would notice."""

import shlex

import jax.numpy as jnp
import numpy as np
import pytest
from published import X, Y, np_gradient, np_sse, sse
from tests.fuzz import verdict
from tests.fuzz.supervision import supervise

from scope import BaseSolver, FobaSolver, HTPSolver, PDASSolver, ScopeSolver
from scope.exceptions import InvalidArgumentError, NonFiniteError, ScopeError
from scope.layer import BoxConstraint, Identity, LinearConstraint
from scope.skmodel import PortfolioSelection, RobustRegression
from scope.utilities import AIC

P = X.shape[1]
HUGE = 10**400


class Unspeakable:
    def __repr__(self):
        raise RuntimeError


OPTIONS = [
    ("dimensionality", np.timedelta64(1, "D")),
    ("dimensionality", 2**60),
    ("dimensionality", HUGE),
    ("sample_size", Unspeakable()),
    ("max_iter", HUGE),
    ("sparsity", (False, [])),
    ("sparsity", (None, False)),
    ("sparsity", [1, HUGE]),
    ("sparsity", [np.inf]),
    ("sparsity", np.uint64(2**63)),
    ("preselect", [0, None]),
    ("preselect", [[0], [1, 2]]),
    ("group", [[0], [0, 1]]),
    ("group", [0, 1, HUGE, 2, 3]),
    ("path_type", np.array(["seq", "gs"])),
    ("splicing_type", ["halve"]),
    ("screening_size", np.arange(2)),
    ("greedy", np.arange(2)),
    ("random_state", "a"),
    ("random_state", -1),
    ("ic_method", lambda *arguments: None),
    ("ic_method", lambda *arguments: "a"),
    ("log_file_name", "\0"),
]


@pytest.mark.parametrize(("name", "value"), OPTIONS, ids=lambda part: str(type(part).__name__))
def test_wrong_option_is_named(name, value):
    options = {"dimensionality": P, "sparsity": 1, "sample_size": 10, "ic_method": AIC}
    if name == "random_state":
        options |= {"cv": 2, "split_method": lambda data, index: data}
    solver = ScopeSolver(**options | {name: value})
    with pytest.raises(ScopeError, match=f"(?i){name}"):
        solver.solve(sse)


ATTRIBUTES = [("use_hessian", np.arange(2)), ("swap_polish", []), ("threshold", None)]


@pytest.mark.parametrize(("name", "value"), [*ATTRIBUTES, ("threshold", -1.0)])
def test_wrong_attribute_is_named(name, value):
    solver = ScopeSolver(P, 1)
    setattr(solver, name, value)
    with pytest.raises(InvalidArgumentError, match=name):
        solver.solve(sse)


ARGUMENTS = [
    ("init_params", "a"),
    ("init_params", [1j] * P),
    ("init_params", [HUGE] * P),
    ("init_params", [[1.0], [1.0, 2.0]]),
    ("jit", np.arange(2)),
]


@pytest.mark.parametrize(("name", "value"), ARGUMENTS)
def test_wrong_argument_of_solve_is_named(name, value):
    with pytest.raises(InvalidArgumentError, match=name):
        ScopeSolver(P, 1).solve(np_sse, gradient=np_gradient, **{name: value})


def test_ragged_initial_support():
    with pytest.raises(InvalidArgumentError, match="initial active set"):
        ScopeSolver(P, 1).solve(sse, init_support_set=[[0], [1, 2]])


FAMILY = [
    (FobaSolver, "threshold", None),
    (FobaSolver, "foba_threshold_ratio", "a"),
    (FobaSolver, "strict_sparsity", np.arange(2)),
    (FobaSolver, "use_gradient", np.arange(2)),
    (HTPSolver, "step_size", np.arange(2)),
    (HTPSolver, "step_size", HUGE),
]


@pytest.mark.parametrize(("Solver", "name", "value"), FAMILY)
def test_wrong_option_of_other_solvers_is_named(Solver, name, value):
    with pytest.raises(InvalidArgumentError, match=name):
        Solver(P, 1, **{name: value}).solve(sse)


LAYERS = [
    (lambda: Identity(None), "dimensionality"),
    (lambda: LinearConstraint(P, coef="a"), "coef"),
    (lambda: BoxConstraint(P, lower="a", upper=1.0), "lower"),
]


@pytest.mark.parametrize(("layer", "name"), LAYERS, ids=[name for _, name in LAYERS])
def test_wrong_argument_of_a_layer_is_named(layer, name):
    with pytest.raises(InvalidArgumentError, match=name):
        layer()


def test_what_is_no_layer_is_named():
    layer = Identity(P)
    layer.out_features = np.arange(2)
    with pytest.raises(InvalidArgumentError, match="out_features of layers"):
        ScopeSolver(P, 1).solve(sse, layers=[layer])


@pytest.mark.parametrize("group", [[0, 0, 0, 1, 2], [0, 1, 1, 2, 2]])
def test_primal_dual_ranks_groups_of_a_black_box(group):
    """It asked for single curvatures where the Hessian comes in blocks of groups."""
    read = PDASSolver(P, 1, group=group).solve(sse)
    black_box = PDASSolver(P, 1, group=group)
    black_box.hessian = lambda t: 2.0 * X.T @ X
    np.testing.assert_allclose(black_box.solve(sse), read, rtol=1e-6)
    by_hand = np.linalg.lstsq(X[:, read != 0.0], Y, rcond=None)[0]
    np.testing.assert_allclose(read[read != 0.0], by_hand, rtol=1e-6)


@pytest.mark.parametrize("gradient", [len, lambda t: None, lambda t: t[:2], lambda t: 1j * t])
def test_wrong_gradient_beneath_layers_is_named(gradient):
    with pytest.raises(ScopeError, match="gradient should return"):
        ScopeSolver(P, 1).solve(np_sse, gradient=gradient, layers=[Identity(P)])


@pytest.mark.parametrize("Solver", [ScopeSolver, BaseSolver, HTPSolver, FobaSolver, PDASSolver])
def test_not_a_number_is_no_answer(Solver):
    """Level zero has one vector only, and 0/0 is no value there."""
    start = np.ones(P)
    with pytest.raises(NonFiniteError, match="nan"):
        Solver(P, 0).solve(lambda t: -t[0] / jnp.linalg.norm(t), init_params=start)


@pytest.mark.parametrize("gradient", [lambda t: [[1.0], [1.0, 2.0]], lambda t: [None] * P])
def test_ragged_gradient_is_named(gradient):
    with pytest.raises(ScopeError, match="gradient should return"):
        ScopeSolver(P, 1).solve(np_sse, gradient=gradient)


@pytest.mark.parametrize("value", [..., "a"])
def test_criterion_beside_folds_is_checked(value):
    options = {"cv": 2, "split_method": lambda data, index: data, "ic_method": value}
    with pytest.raises(InvalidArgumentError, match="ic_method should be callable"):
        ScopeSolver(P, 1, 10, **options).solve(sse)


@pytest.mark.parametrize("size", [1e-150, 1e150])
def test_portfolio_of_extreme_returns(size):
    returns = np.random.default_rng(0).standard_normal((20, 4))
    plain = PortfolioSelection(sparsity=2, random_state=0).fit(returns)
    scaled = PortfolioSelection(sparsity=2, random_state=0).fit(size * returns)
    np.testing.assert_allclose(scaled.coef_, plain.coef_, rtol=1e-9)


@pytest.mark.parametrize("size", [1e8, 1e150])
def test_robust_score_counts_what_is_far_away_as_nothing(size):
    x = np.array([[1.0], [2.0], [3.0]])
    regression = RobustRegression().fit(x, 2.0 * x[:, 0])
    assert regression.score(size * x, np.zeros(3)) == 0.0


def test_a_numeric_solver_of_other_arguments_is_named():
    solve = lambda: ScopeSolver(P, 1, numeric_solver=len).solve(np_sse, gradient=np_gradient)  # noqa: E731
    with pytest.raises(TypeError) as caught:
        solve()
    note = "numeric_solver was called with what scope.typing.NumericSolver takes."
    assert caught.value.__notes__ == [note]
    assert not verdict.judged(solve, ["numeric_solver"])


# The fuzzer itself.


def writing(path, then):
    """A shell, not Python: on a busy machine that may not have begun after a second."""
    return ["sh", "-c", f"printf 'the input' > {shlex.quote(str(path))}; {then}"]


def test_a_signal_is_reported_with_its_input(tmp_path):
    current = tmp_path / "current.txt"
    outcome = supervise(writing(current, "kill -SEGV $$"), current)
    assert not outcome.passed
    assert "SIGSEGV at\nthe input" in str(outcome)


def test_a_hang_is_reported_with_its_input(tmp_path):
    current = tmp_path / "current.txt"
    outcome = supervise(writing(current, "exec sleep 60"), current, patience=1.0)
    assert not outcome.passed
    assert "HANG" in str(outcome)
    assert "the input" in str(outcome)


def test_a_leaked_error_is_a_finding(monkeypatch):
    monkeypatch.setattr("scope._validation.group_labels", lambda *arguments: [].pop())
    with pytest.raises(verdict.Finding, match="undocumented IndexError"):
        verdict.judged(lambda: ScopeSolver(P, 1).solve(sse), ["group"])


def test_documented_errors_and_the_users_own_are_none():
    broken_code = compile("def f(t): return {}['missing']", str(verdict.HERE / "user.py"), "exec")
    exec(broken_code, namespace := {})
    assert not verdict.judged(lambda: ScopeSolver(P, 7).solve(sse), ["sparsity"])
    assert not verdict.judged(lambda: ScopeSolver(P, 1).solve(namespace["f"]), [])
    assert verdict.judged(lambda: ScopeSolver(P, 1).solve(sse), [])
