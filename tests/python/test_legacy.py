"""Older spellings: each warns, names the new one, and gives what the new one gives."""

import subprocess
import sys
import textwrap
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import published
import pytest
from published import (
    DATA,
    EVERY,
    FAMILY,
    TRUTH,
    N,
    P,
    X,
    Z,
    best_subset,
    each,
    least_squares,
    np_gradient,
    np_hessian,
    np_sse,
    solve_by_hand,
    split,
)

import scope
from scope import BaseSolver, FobaSolver, HTPSolver, ScopeSolver
from scope.numeric_solver import convex_solver_BFGS
from scope.utilities import AIC, BIC, EBIC, GIC, LinearSIC

BOTH = each([ScopeSolver, HTPSolver])
LEVELS = [1, 2, 3]


def steep_criterion(loss, p, s, n):
    return loss + 10**6 * s


def in_parts(params, design, response):
    return float(np.sum((response - design @ params) ** 2))


def in_parts_gradient(params, design, response):
    return 2 * design.T @ (design @ params - response)


def same_result(older, newer):
    np.testing.assert_array_equal(older.params, newer.params)
    assert older.get_params() == newer.get_params()


# --- arguments of constructors -----------------------------------------------------------------

FOLDS = {"cv": 2, "sample_size": N}
CONSTRUCTORS = {
    "always_select": ({"always_select": [0]}, {"preselect": [0]}),
    "always_select, empty": ({"always_select": []}, {"preselect": []}),
    "nlopt_solver": (
        {"nlopt_solver": convex_solver_BFGS},
        {"numeric_solver": convex_solver_BFGS},
    ),
    "ic_type": ({"ic_type": "gic", "sample_size": N}, {"ic_method": GIC, "sample_size": N}),
    "split_data_method": ({"split_data_method": split} | FOLDS, {"split_method": split} | FOLDS),
}


@EVERY
@pytest.mark.parametrize(("older", "newer"), CONSTRUCTORS.values(), ids=CONSTRUCTORS.keys())
def test_older_arguments_of_every_constructor(Solver, older, newer):
    name, replacement = next(iter(older)), next(iter(newer))
    with pytest.warns(DeprecationWarning, match=f"{name}.*{replacement}"):
        solver = Solver(P, 2, **older)
    replaced = Solver(P, 2, **newer)
    same_result(solve_by_hand(solver, data=DATA), solve_by_hand(replaced, data=DATA))


@pytest.mark.parametrize(
    ("name", "criterion"), [("aic", AIC), ("bic", BIC), ("gic", GIC), ("ebic", EBIC)]
)
@BOTH
def test_ic_type_chooses_the_level_of_its_criterion(Solver, name, criterion):
    with pytest.warns(DeprecationWarning, match="ic_type"):
        older = Solver(P, LEVELS, N, ic_type=name)
    newer = Solver(P, LEVELS, N, ic_method=criterion)
    assert solve_by_hand(older).eval_objective == solve_by_hand(newer).eval_objective
    assert older.support_set.tolist() == newer.support_set.tolist()


@BOTH
@pytest.mark.parametrize("coefficient", [0.5, 10.0, 1e6])
def test_ic_coef_multiplies_the_penalty(Solver, coefficient):
    with pytest.warns(DeprecationWarning, match="ic_") as warned:
        solver = Solver(P, LEVELS, N, ic_type="bic", ic_coef=coefficient)
    assert [str(w.message).split()[0] for w in warned] == ["ic_type", "ic_coef"]
    solve_by_hand(solver)
    losses = {s: np_sse(least_squares(best_subset(s))) for s in LEVELS}
    values = {s: 2 * loss + coefficient * s * np.log(N) for s, loss in losses.items()}
    assert solver.support_set.size == min(values, key=values.get)
    assert solver.eval_objective == pytest.approx(min(values.values()))


@BOTH
def test_ic_coef_alone_is_of_aic(Solver):
    with pytest.warns(DeprecationWarning, match=r"^ic_coef.*ic_method"):
        solver = Solver(P, 2, N, ic_coef=7.0)
    solve_by_hand(solver)
    assert solver.eval_objective == pytest.approx(2 * solver.objective_value + 7.0 * 2 * 2)


@each(FAMILY)
def test_metric_method_is_the_criterion(Solver):
    with pytest.warns(DeprecationWarning, match="metric_method.*ic_method"):
        older = Solver(P, LEVELS, N, metric_method=steep_criterion)
    assert solve_by_hand(older).support_set.size == 1


ATTRIBUTES = {
    "jax_platform": "cpu",
    "deleter": None,
    "warm_start": False,
    "use_hessian": False,
}


@pytest.mark.parametrize(("name", "value"), ATTRIBUTES.items())
def test_arguments_that_are_attributes_now(name, value):
    with pytest.warns(DeprecationWarning, match=name):
        older = ScopeSolver(P, 2, **{name: value})
    assert getattr(older, name) == value
    newer = ScopeSolver(P, 2)
    setattr(newer, name, value)
    same_result(solve_by_hand(older), solve_by_hand(newer))


@each(FAMILY)
def test_jax_platform_of_the_family(Solver):
    with pytest.warns(DeprecationWarning, match="jax_platform"):
        solver = Solver(P, 2, jax_platform="cpu")
    assert solve_by_hand(solver).support_set.tolist() == TRUTH


def test_gs_higher_bound():
    options = {"path_type": "gs", "gs_lower_bound": 1, "ic_method": LinearSIC}
    with pytest.warns(DeprecationWarning, match=r"gs_higher_bound.*gs_upper_bound"):
        older = ScopeSolver(P, None, N, gs_higher_bound=4, **options)
    newer = ScopeSolver(P, None, N, gs_upper_bound=4, **options)
    same_result(solve_by_hand(older), solve_by_hand(newer))


@pytest.mark.parametrize("name", ["regular_coef", "aux_params_size"])
def test_arguments_that_do_nothing_any_more(name):
    with pytest.warns(DeprecationWarning, match=name):
        older = ScopeSolver(P, 2, **{name: 0})
    same_result(solve_by_hand(older), solve_by_hand(ScopeSolver(P, 2)))


@EVERY
def test_an_unknown_ic_type(Solver):
    with (
        pytest.warns(DeprecationWarning, match="ic_type"),
        pytest.raises(ValueError, match=r"ic_type.*aic.*'dic'"),
    ):
        Solver(P, 2, N, ic_type="dic").solve(np_sse, gradient=np_gradient)


@EVERY
@pytest.mark.parametrize(
    "options",
    [
        {"always_select": [0], "preselect": [1]},
        {"nlopt_solver": convex_solver_BFGS, "numeric_solver": convex_solver_BFGS},
        {"ic_type": "aic", "ic_method": AIC},
        {"ic_coef": 2.0, "ic_method": AIC},
        {"metric_method": AIC, "ic_method": BIC},
        {"split_data_method": split, "split_method": split},
    ],
    ids=lambda options: next(iter(options)),
)
def test_both_spellings_at_once(Solver, options):
    older, newer = options
    with pytest.raises(TypeError, match=f"{older}.*{newer}|{newer}.*{older}"):
        Solver(P, 2, N, **options)


@pytest.mark.parametrize(
    "call",
    [
        lambda: ScopeSolver(P, 2, always_select=[]),
        lambda: HTPSolver(P, 2, ic_type="aic"),
        lambda: ScopeSolver(P, 2, regular_coef=0),
        lambda: ScopeSolver(P, 2, deleter=None),
        lambda: solve_by_hand(ScopeSolver(P, 2), hessian=np_hessian),
        lambda: solve_by_hand(ScopeSolver(P, 2), init_aux_params=None),
        lambda: solve_by_hand(ScopeSolver(P, 2)).get_support_set(),
        lambda: solve_by_hand(ScopeSolver(P, 2)).get_result()["value_of_objective"],
        lambda: ScopeSolver(P, 2).solve(in_parts, DATA, gradient=in_parts_gradient),
        lambda: HTPSolver(P, 2).solve(in_parts, DATA, gradient=in_parts_gradient),
        lambda: scope.GrahtpSolver,
        lambda: scope.numeric_solver.convex_solver_nlopt,
    ],
)
def test_a_warning_points_at_the_program(call):
    with pytest.warns(DeprecationWarning, match="deprecated|as in versions of") as warned:
        call()
    assert Path(warned[0].filename).name in (Path(__file__).name, Path(published.__file__).name)


# --- arguments of solve ------------------------------------------------------------------------


def test_the_hessian_as_an_argument_of_solve():
    calls = []
    solver = ScopeSolver(P, 2)
    solver.use_hessian = True
    with pytest.warns(DeprecationWarning, match="hessian"):
        solve_by_hand(solver, hessian=lambda x: calls.append(1) or np_hessian(x))
    assert calls
    assert solver.support_set.tolist() == TRUTH


@pytest.mark.parametrize("name", ["cpp", "autodiff"])
def test_switches_of_solve_that_are_traced_now(name):
    solver = ScopeSolver(P, 2)
    with pytest.warns(DeprecationWarning, match=f"{name} of solve.*attribute cpp"):
        solver.solve(lambda x: jnp.sum((Z - X @ x) ** 2), **{name: True})
    assert solver.support_set.tolist() == TRUTH


@pytest.mark.parametrize("nothing", [None, [], np.zeros(0)], ids=repr)
def test_auxiliary_parameters_are_dropped(nothing):
    with pytest.warns(DeprecationWarning, match="init_aux_params"):
        solver = solve_by_hand(ScopeSolver(P, 2), init_aux_params=nothing)
    assert solver.support_set.tolist() == TRUTH
    with pytest.raises(ValueError, match="init_aux_params was dropped"):
        solve_by_hand(solver, init_aux_params=np.ones(2))


@EVERY
def test_an_unknown_argument_of_solve_is_an_error(Solver):
    with pytest.raises(TypeError, match="hesian"):
        solve_by_hand(Solver(P, 2), hesian=None)


# --- results and methods -----------------------------------------------------------------------


@EVERY
def test_value_of_objective(Solver):
    solver = solve_by_hand(Solver(P, 2))
    with pytest.warns(DeprecationWarning, match=r"value_of_objective.*objective_value"):
        assert solver.value_of_objective == solver.objective_value
    with pytest.warns(DeprecationWarning, match=r"value_of_objective.*objective_value"):
        assert solver.get_result()["value_of_objective"] == solver.objective_value


@EVERY
def test_getters_of_old(Solver):
    solver = solve_by_hand(Solver(P, 2))
    with pytest.warns(DeprecationWarning, match=r"get_support_set.*get_support"):
        assert solver.get_support_set() is solver.support_set
    with pytest.warns(DeprecationWarning, match=r"get_value_of_objective.*objective_value"):
        assert solver.get_value_of_objective() == solver.objective_value


@BOTH
def test_set_split_method(Solver):
    solver = Solver(P, 2, N, cv=2)
    with pytest.warns(DeprecationWarning, match=r"set_split_method.*split_method"):
        solver.set_split_method(split)
    assert solver.split_method is split


# --- data --------------------------------------------------------------------------------------


@EVERY
def test_a_tuple_is_taken_apart_for_more_than_two_arguments(Solver):
    solver = Solver(P, 2)
    with pytest.warns(DeprecationWarning, match="data"):
        solver.solve(in_parts, data=DATA, gradient=in_parts_gradient)
    np.testing.assert_array_equal(solver.params, solve_by_hand(Solver(P, 2)).params)


@EVERY
def test_folds_without_data_are_indices_of_samples(Solver):
    """The rule of 2023, on which the authors' script for FoBa relies."""
    labels = np.tile([0, 1], N // 2)
    by_index = Solver(P, [0, 2], N, cv=2, cv_fold_id=labels)
    by_index.solve(lambda x, index: jnp.sum((Z[index] - X[index] @ x) ** 2))
    by_data = Solver(P, [0, 2], N, cv=2, cv_fold_id=labels, split_method=split)
    by_data.solve(lambda x, data: jnp.sum((data[1] - data[0] @ x) ** 2), data=DATA)
    assert by_index.support_set.tolist() == by_data.support_set.tolist() == TRUTH
    assert by_index.eval_objective == pytest.approx(by_data.eval_objective, rel=1e-6)


# --- names -------------------------------------------------------------------------------------


@pytest.mark.parametrize("module", [scope, scope.solver], ids=["scope", "scope.solver"])
def test_grahtp_is_htp(module):
    with pytest.warns(DeprecationWarning, match=r"GrahtpSolver.*HTPSolver"):
        older = module.GrahtpSolver
    assert issubclass(older, HTPSolver)
    np.testing.assert_array_equal(
        solve_by_hand(older(P, 2)).params, solve_by_hand(HTPSolver(P, 2)).params
    )


def test_the_nlopt_solver_is_lbfgs():
    with pytest.warns(DeprecationWarning, match=r"convex_solver_nlopt.*convex_solver_LBFGS"):
        older = scope.numeric_solver.convex_solver_nlopt
    solver = solve_by_hand(BaseSolver(P, 2, numeric_solver=older))
    assert solver.support_set.tolist() == TRUTH


@pytest.mark.parametrize("name", ["GraspsSolver", "convex_solver_nlop"])
def test_other_names_do_not_exist(name):
    for module in (scope, scope.solver, scope.numeric_solver):
        assert not hasattr(module, name)


def test_foba_without_gradient_is_the_older_default():
    assert FobaSolver(P, 2).use_gradient
    assert solve_by_hand(FobaSolver(P, 2, use_gradient=False)).support_set.tolist() == TRUTH


# --- programs that import skscope --------------------------------------------------------------

PROGRAMS = {
    "package": "import skscope; assert skscope.ScopeSolver is scope.ScopeSolver",
    "star": """
        from skscope.solver import *
        assert ScopeSolver is scope.ScopeSolver
        assert float(jnp.sum(jax.numpy.asarray(np.ones(3)))) == 3.0
        assert BaseSolver and BaseEstimator and KFold and PDASSolver and utilities
        assert convex_solver_LBFGS is scope.convex_solver_LBFGS
        """,
    "layer": "from skscope import layer; assert layer.NonNegative(3).in_features == 3",
    "layer as": "import skscope.layer as Layer; assert Layer.Identity(3).out_features == 3",
    "layer's class": "from skscope.layer import NonNegative; assert NonNegative(3)",
    "criterion": "from skscope.utilities import GIC; assert GIC is scope.utilities.GIC",
    "numeric solver": """
        from skscope.numeric_solver import convex_solver_BFGS
        assert convex_solver_BFGS is scope.numeric_solver.convex_solver_BFGS
        """,
    "estimator": """
        from skscope import PortfolioSelection
        import skscope.skmodel as skmodel
        assert skmodel.PortfolioSelection is PortfolioSelection is scope.PortfolioSelection
        """,
    "native": "from skscope import _scope; assert _scope.QuadraticData is not None",
    "everything": "from skscope import *; assert RobustRegression and FobaSolver",
    "base": "from skscope.base_solver import BaseSolver; assert BaseSolver is scope.BaseSolver",
}


def run(program):
    code = "import scope\nscope.replace_skscope()\n" + textwrap.dedent(program)
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False
    )


def test_programs_that_import_skscope():
    """All in one process: starting JAX is what takes time."""
    checks = "\n".join(textwrap.dedent(program) for program in PROGRAMS.values())
    outcome = run(checks)
    assert (outcome.returncode, outcome.stderr) == (0, "")


def test_a_submodule_may_be_the_first_import():
    outcome = run("import skscope.layer as Layer\nassert Layer.Identity(3).out_features == 3")
    assert (outcome.returncode, outcome.stderr) == (0, "")
