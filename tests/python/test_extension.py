"""What users add: solvers by subclassing, layers, objectives of their own."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from published import (
    DATA,
    EVERY,
    FAMILY,
    FITTED,
    REFITTING,
    TRUTH,
    N,
    P,
    X,
    Z,
    each,
    least_squares,
    np_gradient,
    np_sse,
    solve_by_hand,
    split,
    sse_of,
)
from sklearn.base import clone

from scope import (
    BaseSolver,
    HTPSolver,
    ScopeSolver,
)
from scope.layer import Identity, NonNegative, OffsetSparse
from scope.utilities import LinearSIC

# --- solvers by subclassing --------------------------------------------------------------------


class MarginalSolver(BaseSolver):
    """Keeps the groups of steepest gradient at the start, and fits once."""

    def _solve(
        self,
        sparsity,
        loss_fn,
        value_and_grad,
        init_support_set,
        init_params,
        data,
        preselect,
        group,
    ):
        self.seen = (sparsity, init_support_set, init_params, data, preselect, group)
        _, gradient = value_and_grad(np.zeros(self.dimensionality), data)
        score = np.bincount(group, gradient**2)
        score[preselect] = np.inf
        chosen = np.argsort(-score)[:sparsity]
        support = np.flatnonzero(np.isin(group, chosen))
        start = np.zeros(self.dimensionality)
        _, params = self._numeric_solver(loss_fn, value_and_grad, start, support, data)
        return params, support


class OlderSolver(BaseSolver):
    """The form of an older developer guide: neither preselection nor groups."""

    def _solve(self, sparsity, loss_fn, value_and_grad, init_support_set, init_params, data, **_):
        _, gradient = value_and_grad(np.zeros(self.dimensionality), data)
        support = np.sort(np.argsort(-np.abs(gradient))[:sparsity])
        _, params = self._numeric_solver(loss_fn, value_and_grad, init_params, support, data)
        return params, support


class HookedSolver(HTPSolver):
    """Fits by the normal equations, whatever numeric_solver is."""

    fits = 0

    def _numeric_solver(self, loss_fn, value_and_grad, params, optim_variable_set, data):
        self.fits += 1
        params = least_squares(optim_variable_set)
        return loss_fn(params, data), params


class ScaledHTP(HTPSolver):
    """Has a constructor of its own, with a parameter of its own."""

    def __init__(self, dimensionality, sparsity=None, sample_size=1, *, scale=1.0, max_iter=50):
        super().__init__(dimensionality, sparsity, sample_size, max_iter=max_iter)
        self.scale = scale

    def solve(self, objective, *args, gradient, **kwargs):
        return super().solve(
            lambda x: self.scale * objective(x),
            *args,
            gradient=lambda x: self.scale * gradient(x),
            **kwargs,
        )


class PassingSolver(MarginalSolver):
    """Hands on whatever it is given."""

    def _solve(self, *args, **kwargs):
        return super()._solve(*args, **kwargs)


def steepest(level):
    return sorted(np.argsort(-np.abs(np_gradient(np.zeros(P))))[:level].tolist())


@each([MarginalSolver, OlderSolver, PassingSolver])
@pytest.mark.parametrize("level", [0, 1, 2, 4, P])
def test_a_solver_of_one_s_own(Solver, level):
    solver = solve_by_hand(Solver(P, level))
    assert solver.support_set.tolist() == steepest(level)
    np.testing.assert_allclose(solver.params, least_squares(steepest(level)), atol=FITTED)
    assert solver.objective_value == pytest.approx(np_sse(solver.params))


@each([MarginalSolver, OlderSolver])
def test_it_chooses_levels_by_a_criterion(Solver):
    solver = solve_by_hand(Solver(P, [0, 1, 2, 3], N, ic_method=LinearSIC))
    losses = {level: np_sse(least_squares(steepest(level))) for level in range(4)}
    values = {level: LinearSIC(loss, P, level, N) for level, loss in losses.items()}
    assert solver.eval_objective == pytest.approx(min(values.values()))


@each([MarginalSolver, OlderSolver])
def test_it_chooses_levels_by_folds(Solver):
    solver = Solver(P, [0, 2], N, cv=2, split_method=split)
    solver.solve(sse_of, data=DATA)
    assert solver.support_set.tolist() == steepest(2)


def test_it_is_given_what_the_user_gave():
    start = np.arange(5.0)
    solver = MarginalSolver(P, 2, group=[0, 0, 1, 2, 3], preselect=[3])
    solver.solve(sse_of, data=DATA, init_params=start, init_support_set=[4, 2])
    level, support, params, data, preselect, group = solver.seen
    assert level == 2
    assert sorted(support) == [2, 4]
    np.testing.assert_array_equal(params, start)
    assert data is DATA
    assert list(preselect) == [3]
    assert list(group) == [0, 0, 1, 2, 3]


@each([MarginalSolver, OlderSolver])
def test_it_works_before_the_layers(Solver):
    solver = solve_by_hand(Solver(P, 2), layers=[OffsetSparse(P, 1.0)])
    chosen = sorted(np.argsort(-np.abs(np_gradient(np.ones(P))))[:2].tolist())
    rest = least_squares(chosen, X, Z - X @ np.ones(P))
    np.testing.assert_allclose(solver.params, rest + 1.0, atol=FITTED)


class ShortSolver(BaseSolver):
    """Forgets the zeros."""

    def _solve(self, sparsity, *_):
        return np.ones(sparsity), np.arange(sparsity)


def test_a_solver_that_returns_a_wrong_shape_is_told():
    with pytest.raises(ValueError, match=r"_solve .*\(5,\).*\(2,\)"):
        solve_by_hand(ShortSolver(P, 2))


def test_it_keeps_what_estimators_can():
    solver = MarginalSolver(P, 2).set_params(max_iter=3)
    assert solver.get_config()["max_iter"] == 3
    assert list(solve_by_hand(solver).get_result())[:3] == [
        "params",
        "support_set",
        "objective_value",
    ]


def test_a_constructor_of_one_s_own():
    solver = ScaledHTP(P, 2, scale=0.5)
    assert repr(solver) == "ScaledHTP(dimensionality=5, scale=0.5, sparsity=2)"
    copied = solve_by_hand(clone(solver).set_params(scale=0.25))
    assert copied.support_set.tolist() == TRUTH
    assert copied.objective_value == pytest.approx(0.25 * np_sse(least_squares(TRUTH)))
    with pytest.warns(DeprecationWarning, match="jax_platform"):
        assert solve_by_hand(ScaledHTP(P, 2, jax_platform="cpu")).support_set.tolist() == TRUTH


def test_the_hook_of_the_numeric_solver_is_overridden():
    solver = solve_by_hand(HookedSolver(P, 2))
    assert solver.fits > 0
    np.testing.assert_array_equal(solver.params, least_squares(TRUTH))


# --- layers ------------------------------------------------------------------------------------


@jax.tree_util.register_pytree_node_class
class Cubed(Identity):
    """One to one, with slope 0 at the start."""

    def transform_params(self, x):
        return jnp.sign(x) * jnp.abs(x) ** 3 + x


@jax.tree_util.register_pytree_node_class
class Scaled(Identity):
    """Has a parameter of its own, which is a leaf."""

    def __init__(self, dimensionality, scale):
        super().__init__(dimensionality)
        self.scale = scale

    @jax.jit
    def transform_params(self, x):
        return self.scale * x

    def tree_flatten(self):
        return (self.scale,), {"dimensionality": self.in_features}

    @classmethod
    def tree_unflatten(cls, aux_data, children):
        return cls(*aux_data.values(), *children)


@each(REFITTING)
@pytest.mark.parametrize("layer", [Cubed(P), Scaled(P, 0.25)], ids=["without", "with leaves"])
def test_a_layer_of_one_s_own(Solver, layer):
    """It is one to one: the answer is that without it."""
    options = {"step_size": 1e-4} if issubclass(Solver, HTPSolver) else {}
    solver = Solver(P, 2, **options)
    solver.solve(sse_of, data=DATA, layers=[layer])
    np.testing.assert_allclose(solver.params, least_squares(TRUTH), rtol=1e-3)


def test_layers_of_one_s_own_stand_beside_others():
    solver = ScopeSolver(P, 2)
    solver.solve(sse_of, data=DATA, layers=[Scaled(P, 2.0), NonNegative(P), Cubed(P)])
    assert np.all(solver.params >= 0)
    np.testing.assert_allclose(solver.params, least_squares(TRUTH), rtol=1e-3)


# --- objectives --------------------------------------------------------------------------------


class Ridge:
    """An objective class: data, a penalty, value and gradient; counts calls."""

    def __init__(self, design, response, penalty):
        self.design, self.response, self.penalty = design, response, penalty
        self.calls = 0

    def value(self, params):
        self.calls += 1
        return jnp.sum((self.response - self.design @ params) ** 2) + self.penalty * params @ params

    def gradient(self, params):
        residual = self.design @ params - self.response
        return 2 * self.design.T @ residual + 2 * self.penalty * params

    def minimiser(self, support):
        params, design = np.zeros(P), self.design[:, support]
        gram = design.T @ design + self.penalty * np.eye(len(support))
        params[support] = np.linalg.solve(gram, design.T @ self.response)
        return params


@each(REFITTING)
@pytest.mark.parametrize("by_hand", [False, True], ids=["traced", "by hand"])
def test_methods_of_an_objective_class(Solver, by_hand):
    ridge = Ridge(X, Z, 5.0)
    pairs = [list(pair) for pair in itertools.combinations(range(P), 2)]
    best = min(pairs, key=lambda pair: float(ridge.value(ridge.minimiser(pair))))
    ridge.calls = 0
    solver = Solver(P, 2)
    solver.solve(ridge.value, gradient=ridge.gradient if by_hand else None)
    np.testing.assert_allclose(solver.params, ridge.minimiser(best), atol=1e-3)
    assert ridge.calls > 0


@EVERY
def test_a_changed_objective_object_is_read_anew(Solver):
    ridge = Ridge(X, Z, 0.0)
    solver = Solver(P, P)
    solver.solve(ridge.value)
    ridge.penalty = 50.0
    ridge.response = -Z
    solver.solve(ridge.value)
    np.testing.assert_allclose(solver.params, ridge.minimiser(list(range(P))), atol=1e-3)


@each(FAMILY)
def test_a_solver_is_used_for_one_objective_after_another(Solver):
    solver = Solver(P, 2)
    for factor in (1.0, -3.0):
        solver.solve(lambda x: jnp.sum((factor * Z - X @ x) ** 2))  # noqa: B023
        assert solver.support_set.tolist() == TRUTH
        assert (
            np.sign(solver.params[TRUTH]).tolist()
            == np.sign(factor * least_squares(TRUTH)[TRUTH]).tolist()
        )
