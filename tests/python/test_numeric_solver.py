"""numeric_solver: how each solver calls it, and what it makes of the answer."""

import itertools

import numpy as np
import pytest
from published import (
    DATA,
    EVERY,
    FITTED,
    REFITTING,
    TRUTH,
    N,
    P,
    best_subset,
    each,
    least_squares,
    np_gradient,
    np_sse,
    solve_by_hand,
    split,
    sse_of,
)

from scope import BaseSolver, ForwardSolver, GraspSolver, HTPSolver, IHTSolver, PDASSolver
from scope.layer import OffsetSparse
from scope.numeric_solver import convex_solver_LBFGS


class Observed:
    """A numeric_solver that notes how it is called; fits the noisy model in closed form."""

    def __init__(self, answer=None):
        self.calls = []
        self.answer = answer

    def __call__(self, *args, **kwargs):
        self.calls.append((args, kwargs, args[2].copy()))
        loss, _, params, variables, data = args
        params[variables] = least_squares(variables)[variables]
        answer = loss(params, data), params
        return answer if self.answer is None else self.answer(*answer)


def observed(Solver, numeric_solver, level=2, **arguments):
    return solve_by_hand(Solver(P, level, numeric_solver=numeric_solver), **arguments)


@EVERY
def test_five_arguments_by_position(Solver):
    fit = Observed()
    solver = observed(Solver, fit, data="mine")
    assert len(fit.calls) > 0
    for args, kwargs, _ in fit.calls:
        assert len(args) == 5
        assert not kwargs
        assert args[4] == "mine"
    assert solver.support_set.tolist() == TRUTH


@EVERY
def test_what_a_numeric_solver_is_given(Solver):
    fit = Observed()
    observed(Solver, fit)
    for (loss, value_and_grad, params, variables, data), _, start in fit.calls:
        assert params.flags.writeable
        assert params.dtype == np.float64
        assert params.shape == (P,)
        assert variables.dtype.kind == "i"
        assert variables.tolist() == sorted(set(variables.tolist()))
        if Solver is not ForwardSolver:  # which fits a group beside the others
            assert not np.delete(start, variables).any()
        value, gradient = value_and_grad(params, data)
        assert loss(params, data) == pytest.approx(np_sse(params)) == value
        assert type(value) is float
        assert gradient[variables] == pytest.approx(np_gradient(params)[variables], abs=1e-6)
        assert gradient.shape == (P,)


@EVERY
def test_the_gradient_has_the_length_of_the_parameters(Solver):
    """Also where the engine works on a support: all entries are those of the full gradient."""
    gradients = []

    def fit(loss, value_and_grad, params, variables, data):
        params[variables] = least_squares(variables)[variables]
        gradients.append((params.copy(), np.array(value_and_grad(params, data)[1])))
        return loss(params, data), params

    observed(Solver, fit)
    for params, gradient in gradients:
        np.testing.assert_allclose(gradient, np_gradient(params), rtol=1e-6, atol=1e-6)


@EVERY
def test_a_level_without_variables_is_not_fitted(Solver):
    fit = Observed()
    assert observed(Solver, fit, level=0).params.tolist() == [0.0] * P
    assert not fit.calls


@each(REFITTING)
@pytest.mark.parametrize(
    "answer",
    [lambda loss, params: (-1e9, params), lambda loss, params: (np.log(loss), params)],
    ids=["constant", "monotone"],
)
def test_a_wrong_loss_corrupts_nothing(Solver, answer):
    solver = observed(Solver, Observed(answer))
    assert solver.support_set.tolist() == TRUTH
    assert solver.objective_value == pytest.approx(np_sse(least_squares(TRUTH)))


@EVERY
def test_fits_are_counted(Solver):
    count = itertools.count()

    def counting(*args):
        next(count)
        return convex_solver_LBFGS(*args)

    assert observed(Solver, counting).support_set.tolist() == TRUTH
    fits = next(count)
    assert 1 <= fits <= 200
    if Solver is BaseSolver:
        assert fits == 10  # 5 over 2


class Gamma:
    """2 x - log x, smallest at 1 / 2, and two other variables; below `edge` it goes on as a line.

    The line leads away from the minimum: who starts there has to be moved.
    """

    edge = 1e-3
    slope = np.array([2.0, 0.0, 0.5, 0.2])

    def __call__(self, params):
        rest = params[1:] @ (params[1:] - self.slope[1:])
        return float(2 * params[0] - np.log(max(params[0], self.edge)) + rest)

    def gradient(self, params):
        first = 2 - (1 / params[0] if params[0] > self.edge else 0.0)
        return np.r_[first, 2 * params[1:] - self.slope[1:]]

    def shift(self, loss, value_and_grad, params, variables, data):
        if 0 in variables and params[0] <= self.edge:
            params[0] = 0.3
        return convex_solver_LBFGS(loss, value_and_grad, params, variables, data)


@EVERY
def test_a_numeric_solver_may_shift_the_start(Solver):
    model = Gamma()
    solver = Solver(4, 2, numeric_solver=model.shift, preselect=[0])
    solver.solve(model, gradient=model.gradient)
    np.testing.assert_allclose(solver.params, [0.5, 0.0, 0.25, 0.0], atol=FITTED)


@each([BaseSolver, HTPSolver, IHTSolver, GraspSolver, PDASSolver])
def test_zero_may_be_outside_the_domain_of_fits_of_one_s_own(Solver):
    """These start from init_params: nobody else has reason to look at zero."""

    class Undefined(Gamma):
        def __call__(self, params):
            return super().__call__(params) if params[0] else 1 / 0

        def gradient(self, params):
            return super().gradient(params) if params[0] else 1 / 0

    model = Undefined()
    solver = Solver(4, 2, numeric_solver=model.shift, preselect=[0])
    solver.solve(model, gradient=model.gradient, init_params=np.array([0.8, 0.0, 0.0, 0.0]))
    np.testing.assert_allclose(solver.params, [0.5, 0.0, 0.25, 0.0], atol=FITTED)


@EVERY
@pytest.mark.parametrize("shape", [(P - 1,), (P, 1), (), (1,)], ids=str)
def test_a_wrong_shape_is_told(Solver, shape):
    with pytest.raises(ValueError, match="numeric_solver"):
        observed(Solver, Observed(lambda loss, params: (loss, np.ones(shape))))


@EVERY
def test_what_a_numeric_solver_raises_passes(Solver):
    error = RuntimeError("no feasible point")

    def failing(*args):
        raise error

    solver = Solver(P, 2, numeric_solver=failing)
    with pytest.raises(RuntimeError, match="no feasible point") as raised:
        solve_by_hand(solver)
    assert raised.value is error
    assert not hasattr(solver, "params")
    solver.set_params(numeric_solver=convex_solver_LBFGS)
    assert solve_by_hand(solver).support_set.tolist() == TRUTH


@EVERY
def test_params_may_be_another_array_than_the_one_given(Solver):
    def replacing(loss, value_and_grad, params, variables, data):
        found = least_squares(variables)
        params[:] = 1e6  # scratch
        return loss(found, data), found.tolist()

    assert observed(Solver, replacing).support_set.tolist() == best_subset(2)


@EVERY
def test_what_is_returned_outside_the_set_is_not_taken(Solver):
    def dense(loss, value_and_grad, params, variables, data):
        params += 1e3
        params[variables] = least_squares(variables)[variables]
        return loss(params, data), params

    assert observed(Solver, dense).support_set.tolist() == TRUTH


@EVERY
def test_levels_and_folds_by_a_numeric_solver(Solver):
    solver = Solver(P, [0, 2], N, cv=2, split_method=split, random_state=0)
    expected = solver.solve(sse_of, data=DATA)
    seen = []

    def fit(loss, value_and_grad, params, variables, data):
        seen.append(data[0].shape)
        params[variables] = least_squares(variables, *data)[variables]
        return loss(params, data), params

    solver.set_params(numeric_solver=fit).solve(sse_of, data=DATA)
    assert set(seen) == {(N // 2, P), (N, P)}
    np.testing.assert_allclose(solver.params, expected, atol=1e-2)


@EVERY
def test_a_numeric_solver_works_before_the_layers(Solver):
    """It sees the objective of what the layers make of its parameters."""
    seen = []

    def fit(loss, value_and_grad, params, variables, data):
        result = convex_solver_LBFGS(loss, value_and_grad, params, variables, data)
        seen.append((loss(params, data), np_sse(params + 1.0)))
        return result

    solver = observed(Solver, fit, layers=[OffsetSparse(P, 1.0)])
    found, expected = np.transpose(seen)
    np.testing.assert_allclose(found, expected, rtol=1e-9)
    assert np.sum(solver.params == 1.0) == P - 2
