"""What must hold for every answer, whatever the problem, the groups and the options."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_problems import (
    IN_NUMPY,
    NOT_WORSE,
    N,
    P,
    fast,
    gain,
    options,
    problems,
    selections,
    solved,
)

from scope.utilities import AIC

ROUNDING = 1e-12  # of sums of thirty numbers, in another order


@given(problem=problems(), selection=selections(), chosen=options)
@fast
def test_size_groups_and_preselection(problem, selection, chosen):
    solver = solved(problem, **selection, **chosen)
    group = selection["group"]
    selected = np.unique(group[solver.support_set])
    assert selected.size <= selection["sparsity"]
    assert set(selection["preselect"]) <= set(selected.tolist())
    assert np.isin(group, selected).sum() == solver.support_set.size
    assert np.isfinite(solver.params).all()


@given(problem=problems(), selection=selections(), chosen=options)
@fast
def test_the_value_is_that_of_the_parameters(problem, selection, chosen):
    X, y, loss = problem
    solver = solved(problem, **selection, **chosen)
    value = IN_NUMPY[loss](X @ solver.params, y)
    assert solver.objective_value == pytest.approx(value, rel=ROUNDING, abs=ROUNDING)


@given(problem=problems(), selection=selections())
@fast
def test_restart_from_the_answer_is_no_worse(problem, selection):
    first = solved(problem, **selection)
    again = solved(problem, start=first, **selection)
    allowed = NOT_WORSE * gain(problem, first)
    assert again.objective_value <= first.objective_value + allowed
    if again.objective_value >= first.objective_value - allowed:
        assert again.support_set.tolist() == first.support_set.tolist()


@given(problem=problems(), selection=selections(), most=st.integers(1, 6))
@fast
def test_the_objective_decreases_over_accepted_swaps(problem, selection, most):
    """What is found with one round more is what was found before, or better."""
    values = [
        solved(problem, max_iter=rounds, **selection).objective_value for rounds in range(most + 1)
    ]
    allowed = NOT_WORSE * (abs(values[0]) + 1.0)
    assert all(later <= earlier + allowed for earlier, later in pairwise(values))


@given(problem=problems(), chosen=options)
@fast
def test_a_finer_level_is_never_worse(problem, chosen):
    solver = solved(problem, range(P + 1), sample_size=N, ic_method=AIC, **chosen)
    values = [level.objective_value for level in solver.path_]
    allowed = NOT_WORSE * gain(problem, solver)
    assert len(values) == P + 1
    assert all(later <= earlier + allowed for earlier, later in pairwise(values))
