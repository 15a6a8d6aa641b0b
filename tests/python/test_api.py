"""ScopeSolver's public surface: arguments, calling conventions, results and error texts."""

import copy
import functools
import inspect
import itertools
import pickle
import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import make_regression

from scope import ScopeSolver
from scope.numeric_solver import convex_solver_BFGS, convex_solver_LBFGS
from scope.utilities import AIC, LinearSIC

N, P = 100, 5
X, Y, _ = make_regression(N, P, n_informative=2, coef=True, random_state=1)
Z = Y + 5 * np.random.default_rng(0).standard_normal(N)
TRUTH, GROUPS, DATA = [1, 3], [0, 0, 1, 1, 1], (X, Y)
WRONG = [0, 2]  # disjoint from TRUTH: a start from which exchanges are necessary
RTOL = 1e-6  # Newton and L-BFGS stop at relative decreases near machine precision, its square
DOUBLE = pytest.approx(0.1, abs=1e-12)  # float32 would be off by 1.5e-9
RESULTS = [
    "params",
    "support_set",
    "objective_value",
    "information_criterion",
    "cross_validation_loss",
]
EVIDENCE = ["status", "swap_optimal", "stationarity", "relative_stationarity"]
COUNTS = ["n_iterations", "n_exchanges", "n_evaluations", "n_hessians"]
SIGNATURE = """(dimensionality, sparsity=None, sample_size=1, *, preselect=(),
numeric_solver=convex_solver_LBFGS, max_iter=20, ic_method=None, cv=1, split_method=None,
cv_fold_id=None, group=None, important_search=128, screening_size=-1, max_exchange_num=5,
is_dynamic_max_exchange_num=True, greedy=True, splicing_type='halve', path_type='seq',
gs_lower_bound=None, gs_upper_bound=None, thread=1, random_state=None, console_log_level='off',
file_log_level='off', log_file_name='logs/skscope.log', time_limit=None, callback=None)"""


def sse(params):
    return jnp.sum((Y - X @ params) ** 2)


def noisy(params):
    return jnp.sum((Z - X @ params) ** 2)


def sse_data(params, data):
    return jnp.sum((data[1] - data[0] @ params) ** 2)


def np_sse(params, y=Y):
    return float(np.sum((y - X @ np.asarray(params)) ** 2))


def np_grad(params):
    return 2 * X.T @ (X @ np.asarray(params) - Y)


def only_data(params, data):
    return np_sse(params) if data is DATA else np.nan


def least_squares(support, y=Y):
    params = np.zeros(P)
    params[support] = np.linalg.lstsq(X[:, support], y, rcond=None)[0]
    return params


def solved(objective=sse, sparsity=2, dimensionality=P, *, after=(), **options):
    """Solve; `data`, `gradient`, `jit`, `layers`, `init_*` go to solve, `after` to attributes."""
    names = [name for name in inspect.signature(ScopeSolver.solve).parameters if name in options]
    call = {name: options.pop(name) for name in names}
    solver = ScopeSolver(dimensionality, sparsity, **options)
    for name, value in dict(after).items():
        setattr(solver, name, value)
    solver.solve(objective, **call)
    return solver


def table(rows):
    return pytest.mark.parametrize("row", [pytest.param(v, id=str(k)) for k, v in rows.items()])


def test_signatures():
    parameters = inspect.signature(ScopeSolver).parameters.values()
    plain = inspect.Signature([p.replace(annotation=p.empty) for p in parameters])
    text = re.sub(r"<function (\w+) at \w+>", r"\1", str(plain)).replace("[]", "()")
    assert text == SIGNATURE.replace("\n", " ")
    call = "self objective data layers init_support_set init_params gradient jit"
    assert " ".join(inspect.signature(ScopeSolver.solve).parameters) == call


def test_config_round_trip():
    solver = ScopeSolver(P, [1, 2], N, preselect=[1], greedy=False, ic_method=LinearSIC)
    before = solver.get_config()
    assert solver.set_config(**before) is solver
    assert solver.get_config() == before == solver.get_params()


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda s: pickle.loads(pickle.dumps(s))])
@pytest.mark.parametrize("fitted", [False, True])
def test_copies(duplicate, fitted):
    solver = solved() if fitted else ScopeSolver(P, 2)
    solver.use_hessian = False
    copied = duplicate(solver)
    assert str(vars(copied)) == str(vars(solver))
    assert np.flatnonzero(copied.solve(sse)).tolist() == TRUTH


def test_solve_leaves_constructor_parameters_alone():
    options = {"sparsity": [2, 1, 1], "preselect": [1, 1], "group": list(GROUPS)}
    solver = ScopeSolver(P, sample_size=N, ic_method=LinearSIC, **options)
    before = copy.deepcopy(solver.get_params())
    solver.solve(sse)
    assert solver.get_params() == before
    assert all(getattr(solver, name) is value for name, value in options.items())


@pytest.mark.parametrize("name", [*RESULTS, "get_result", "get_estimated_params", "get_support"])
def test_no_result_before_solve(name):
    with pytest.raises(AttributeError):
        getattr(ScopeSolver(P, 2), name)()


RESULT_CHECKS = {
    "keys": lambda s: set(s.get_result()) == {*RESULTS, *COUNTS, *EVIDENCE, "structure", "seconds"},
    "counts": lambda s: all(type(s.get_result()[name]) is int for name in COUNTS),
    "status": lambda s: s.get_result()["status"] == "converged",
    "shape": lambda s: type(s.params) is np.ndarray and s.params.shape == (P,),
    "types": lambda s: s.params.dtype == np.float64 and s.support_set.dtype.kind == "i",
    "support": lambda s: s.support_set.tolist() == np.flatnonzero(s.params).tolist() != [],
    "floats": lambda s: type(s.objective_value) is type(s.information_criterion) is float,
    "loss": lambda s: s.objective_value == pytest.approx(np_sse(s.params, Z), rel=RTOL),
    "AIC by default": lambda s: s.information_criterion == AIC(s.objective_value, P, 3, 1),
    "no folds": lambda s: s.cross_validation_loss is None,
    "same": lambda s: all(s.get_result()[name] is getattr(s, name) for name in RESULTS),
    "getters": lambda s: s.get_support() is s.support_set and s.get_estimated_params() is s.params,
    "returned": lambda s: s.solve(noisy).tolist() == s.params.tolist(),
}


@table(RESULT_CHECKS)
def test_result(row):
    assert row(solved(noisy, 3))


class Callables:
    __signature__ = "unreadable"

    def __call__(self, *args):
        return sse(*args) if len(args) == 1 else sse_data(*args)

    def method(self, params):
        return sse(params)


BY_HAND = {"objective": np_sse, "gradient": np_grad}
START = {"init_support_set": WRONG}
STARTS = [None, [], [0, 1, 2], WRONG, [0, 0, 0, 2, 2], (4,), np.array([2, 0]), range(P)]
RETURNS = [float, np.float64, np.float32, np.asarray, jnp.asarray, round]
SIZES = {"dimensionality": P, "sparsity": 2, "sample_size": N, "max_iter": 20}
JIT, grad = (False, True), jax.grad(sse)
CHOICES = {
    "greedy": [True, False],
    "splicing_type": ["halve", "taper"],
    "is_dynamic_max_exchange_num": [True, False],
    "important_search": [0, 1, 128],
    "max_exchange_num": [1, 5],
    "after": [{"use_hessian": value} for value in ("auto", True, False)],
}
PRODUCT = itertools.product(*CHOICES.values())
RECOVERIES = {
    "one ignores data": {"data": "ignored"},
    "two": {"objective": sse_data, "data": DATA},
    "two, no data": {"objective": lambda t, data: sse(t) if data is None else jnp.nan},
    "dict": {"objective": lambda t, d: sse_data(t, d["xy"]), "data": {"xy": DATA}},
    "partial": {"objective": functools.partial(sse_data, data=DATA)},
    "callable object": {"objective": jax.tree_util.Partial(sse_data), "data": DATA},
    "bound method": {"objective": Callables().method, "data": "ignored"},
    "jitted": {"objective": jax.jit(sse)},
    "jitted, data": {"objective": jax.jit(sse_data), "data": DATA},
    "defaults": {"objective": lambda t, x=X, y=Y: sse_data(t, (x, y))},
    "unreadable": {"objective": Callables()},
    "unreadable, data": {"objective": Callables(), "data": DATA},
    **{f"{j} 1": {"objective": sse_data, "gradient": grad, "data": DATA, "jit": j} for j in JIT},
    **{f"{j} 2": {"gradient": jax.grad(sse_data), "data": DATA, "jit": j} for j in JIT},
    **{f"numpy {name}": {name: np.int64(value)} for name, value in SIZES.items()},
    "iterator": {"sparsity": iter([2])},
    "BFGS": {"numeric_solver": convex_solver_BFGS},
    "own LBFGS": {
        "numeric_solver": functools.partial(convex_solver_LBFGS)
    },  # not the default object
    "log level": {"console_log_level": "OFF", "file_log_level": "Off"},
    "params": {"init_params": np.full(P, -50.0, np.float32)},
    "params list": {"init_params": [1] * P},
    "params read-only": {"init_params": np.broadcast_to(1.0, P)},
    "same data": {"objective": only_data, "gradient": np_grad, "data": DATA},
    "hessian 1": BY_HAND | {"after": {"use_hessian": True, "hessian": lambda t: 2 * X.T @ X}},
    "hessian 2": BY_HAND | {"after": {"use_hessian": True, "hessian": lambda t, d: 2 * X.T @ X}},
    **{f"start {s}": {"init_support_set": s} for s in STARTS},
    **{f"as {f.__name__}": BY_HAND | {"objective": lambda t, f=f: f(np_sse(t))} for f in RETURNS},
    **{str(v): dict(zip(CHOICES, v, strict=True)) | START for v in PRODUCT},
}


@table(RECOVERIES)
def test_recovers_the_truth(row):
    assert solved(**row).support_set.tolist() == TRUTH


LEVELS = {"sample_size": N, "ic_method": LinearSIC}
COLD = LEVELS | {"after": {"warm_start": False}}
GROUP = {"sparsity": 1, "group": GROUPS}
SUPPORTS = {
    "level 0": ([], {"sparsity": 0}),
    "level p": ([*range(P)], {"sparsity": P}),
    "choice": (TRUTH, {"sparsity": [4, 2, 2, 0]} | LEVELS),
    "cold": (TRUTH, {"sparsity": range(P + 1)} | COLD),
    "default": (TRUTH, {"sparsity": None} | LEVELS),
    "tie": ([3], {"sparsity": [3, 1, 2], "sample_size": N, "ic_method": lambda *_: 7.0}),
    **{f"kept {v!r}": ([0, 3], {"preselect": v}) for v in (0, [0, 0], np.int64(0))},
    "only kept": ([0, 2], {"preselect": [2, 0, 0]}),
    "group": ([2, 3, 4], GROUP),
    "kept group": ([0, 1], GROUP | {"preselect": 0}),
    **{f"from {v}": ([2, 3, 4], GROUP | {"init_support_set": v}) for v in ([], [4], [1, 1, 0])},
}


@table(SUPPORTS)
def test_support_and_fit(row):
    expected, options = row
    solver = solved(noisy, **options)
    assert solver.support_set.tolist() == expected
    np.testing.assert_allclose(solver.params, least_squares(expected, Z), rtol=RTOL)


def first_fit(**options):
    seen = []
    fit = lambda f, g, x, v, d: seen.append(v.tolist()) or (0.0, least_squares(v))  # noqa: E731
    solved(numeric_solver=fit, **options)
    return seen[0]


def criterion_calls(p=P, **options):
    calls = []
    record = {"ic_method": lambda *args: calls.append(args) or AIC(*args), "sample_size": N}
    solver = solved(lambda t: jnp.sum((t - 2.0) ** 2), None, p, **record, **options)
    assert (solver.objective_value, p, len(solver.support_set), N) in calls
    return [k for _, p_given, k, n in calls if (p_given, n) == (p, N)]


LOSS = pytest.approx(np_sse(least_squares(TRUTH, Z), Z), rel=RTOL)
BAD_LOSS = {"numeric_solver": lambda f, g, x, v, d: (-1e9, least_squares(v, Z))}
FACTS = {
    "no validation": (lambda: ScopeSolver(-1, "many", cv=None, group=object()).sparsity, "many"),
    "set_params": (lambda: ScopeSolver(P).set_params(sparsity=0).solve(sse).tolist(), [0.0] * P),
    "repr": (lambda: repr(ScopeSolver(5, 2)), "ScopeSolver(dimensionality=5, sparsity=2)"),
    "clone": (lambda: vars(clone(solved(greedy=False))), vars(ScopeSolver(P, 2, greedy=False))),
    "constant": (lambda: solved(lambda t: 3).objective_value, 3.0),
    "double": (lambda: solved(lambda t: (t[0] - 0.1) ** 2, 1, 1).params[0], DOUBLE),
    "loss again": (lambda: solved(noisy, **BAD_LOSS).objective_value, LOSS),
    "first fit": (lambda: first_fit(init_support_set=WRONG), WRONG),
    "first fit, repeated": (lambda: first_fit(init_support_set=[2, 2, 0]), WRONG),
    "first fit, group": (lambda: first_fit(init_support_set=[4], **GROUP), [2, 3, 4]),
    "first fit, kept": (lambda: first_fit(init_support_set=[2], preselect=0), WRONG),
    "levels, p=1": (lambda: criterion_calls(1), [0, 1]),
    "levels, p=5": (lambda: criterion_calls(5), [0, 1, 2, 3, 4, 5]),
    "levels, p=12": (lambda: criterion_calls(12), [0, 1, 2, 3, 4, 5]),
    "levels, kept": (lambda: criterion_calls(preselect=[0, 3, 3]), [2, 3, 4, 5]),
    "levels, many kept": (lambda: criterion_calls(12, preselect=range(7)), [7]),
    "levels, group": (lambda: criterion_calls(group=[0, 0, 0, 1, 1]), [0, 3, 5]),
}


@table(FACTS)
def test_fact(row):
    assert row[0]() == row[1]


NUMERIC_ARGUMENTS = {
    "objective": lambda f, g, x, v, d: f(x, d) == pytest.approx(np_sse(x), rel=RTOL),
    "value": lambda f, g, x, v, d: g(x, d)[0] == f(x, d) and type(g(x, d)[0]) is float,
    "gradient": lambda f, g, x, v, d: np.allclose(g(x, d)[1], np_grad(x), rtol=RTOL),
    "start": lambda f, g, x, v, d: x.dtype == np.float64 and x.shape == (P,) and x.flags.writeable,
    "zero elsewhere": lambda f, g, x, v, d: not np.delete(x, v).any(),
    "variables": lambda f, g, x, v, d: v.dtype.kind == "i" and v.tolist() == sorted(set(v)),
    "never empty": lambda f, g, x, v, d: len(v) in (1, 2),
    "data": lambda f, g, x, v, d: d is DATA,
}


@table(NUMERIC_ARGUMENTS)
def test_numeric_solver_receives(row):
    checks = []
    fit = lambda *args: checks.append(row(*args)) or (0.0, least_squares(args[3]))  # noqa: E731
    levels = {"sparsity": [0, 1, 2], "sample_size": N, "ic_method": AIC}
    solved(sse_data, data=DATA, init_params=np.ones(P), numeric_solver=fit, **levels)
    assert set(checks) == {True}


def integer(sign, name):
    bad = [-1 if sign == "non-negative" else 0, 2.0, True, "2", None]
    return {f"{name} should be an {sign} integer.": [{name: value} for value in bad]}


LOG_LEVEL = "console_log_level and file_log_level must be in 'off', 'error', 'warning', 'debug'"
NOT_1D = "The initial active set should be an 1D array of integers."
NO_IC = "ic_method should be provided for choosing sparsity level with information criterion."
OUTSIDE = [{"preselect": [P]}, {"preselect": -1}, {"preselect": 2, "group": GROUPS}]
LEVEL = [{"sparsity": -1}, {"sparsity": [1, 6]}, {"sparsity": 3, "group": GROUPS}]
ERRORS = {  # in the order of the checks
    LOG_LEVEL: [{"console_log_level": "loud"}, {"file_log_level": "info"}],
    "log_file_name must be a string": [{"log_file_name": 3}],
    **integer("positive", "dimensionality"),
    **integer("positive", "sample_size"),
    **integer("non-negative", "max_iter"),
    **integer("positive", "max_exchange_num"),
    "Group should be an 1D array of integers.": [{"group": [[0]] * P}, {"group": [0.5] * P}],
    "The length of group should be equal to dimensionality.": [{"group": range(P + 1)}],
    "Group should start from 0.": [{"group": [1] * P}],
    "Group should be an incremental integer array.": [{"group": range(0, -P, -1)}],
    "There is a gap in group.": [{"group": range(0, 2 * P, 2)}],
    "preselect should be between 0 and dimensionality.": OUTSIDE,
    "path_type should be 'seq' or 'gs'": [{"path_type": "random"}],
    "Sparsity should not be empty.": [{"sparsity": []}],
    "There is an invalid sparsity.": [*LEVEL, {"sparsity": 1, "preselect": [0, 1]}],
    **integer("non-negative", "thread"),
    "splicing_type should be 'halve' or 'taper'.": [{"splicing_type": "both"}],
    **integer("non-negative", "important_search"),
    **integer("positive", "cv"),
    "cv should not be greater than sample_size.": [{"cv": 3, "sample_size": 2}],
    NO_IC: [{"sparsity": [1, 2], "cv": 1}, {"sparsity": None, "cv": 1}],
    "sample_size should be given when using ic_method.": [{"ic_method": AIC}],
    NOT_1D: [{"init_support_set": [[0, 1]]}, {"init_support_set": [0.5]}],
    "init_support_set contains wrong index.": [{"init_support_set": [v]} for v in (P, -1)],
    "The length of init_params should be equal to dimensionality.": [{"init_params": [0.0] * 6}],
}
WRONG_CALLS = [(options, text) for text, rows in ERRORS.items() for options in rows]
FIRST = {}  # the first error of each argument alone
for _options, _text in WRONG_CALLS:
    if len(_options) == 1:
        FIRST.setdefault(*_options, (*_options.values(), _text))
for _i, _name in enumerate(FIRST):  # with all that is checked later wrong too
    WRONG_CALLS.append(({k: FIRST[k][0] for k in [*FIRST][_i:]}, FIRST[_name][1]))


def readable(value):
    return ", ".join(value) if isinstance(value, dict) else value[:50]


@pytest.mark.parametrize(("options", "text"), WRONG_CALLS, ids=readable)
def test_error_text(options, text):
    with pytest.raises(ValueError, match=re.escape(text)):
        solved(**options)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"group": np.zeros(P + 1)}, "The length of group should be equal to dimensionality."),
        ({"group": np.ones(P)}, "Group should start from 0."),
        ({"group": np.arange(P) + 0.5}, "Group should be an 1D array of integers."),
        (
            {"path_type": "gs", "gs_lower_bound": P + 1, "gs_upper_bound": P},
            "gs_upper_bound should be larger than gs_lower_bound.",
        ),
        ({"layers": 3}, "layers should be a list of layers."),
    ],
    ids=str,
)
def test_what_programs_pass_by_mistake(options, text):
    with pytest.raises(ValueError, match=re.escape(text)):
        solved(**options)


def test_whole_floats_are_groups():
    np.testing.assert_array_equal(
        solved(group=np.arange(float(P))).params, solved(group=range(P)).params
    )


def test_errors_of_an_objective_tell_the_shape_of_its_argument():
    X = np.ones((7, P + 2))
    with pytest.raises(TypeError, match="contract") as raised:
        ScopeSolver(P, 2).solve(lambda theta: jnp.sum((X @ theta) ** 2))
    assert f"objective was called with params of shape ({P},)." in raised.value.__notes__
