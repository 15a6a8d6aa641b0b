"""Calls of solvers, well-formed ones in which some arguments were replaced by anything."""

import inspect
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from hypothesis import strategies as st

import scope
from scope import layer as layer_module
from scope import utilities
from tests.fuzz import problems, verdict
from tests.fuzz.problems import N, Named, OfData, OfParams
from tests.fuzz.values import ANYTHING

SOLVERS = ["ScopeSolver", "BaseSolver", "HTPSolver", "IHTSolver", "GraspSolver"]
SOLVERS += ["FobaSolver", "ForwardSolver", "OMPSolver", "PDASSolver"]
LAYERS = ["Identity", "NonNegative", "LinearConstraint", "SimplexConstraint", "BoxConstraint"]
LAYERS += ["OffsetSparse"]
# First-order descent ends at a kink only after some thousand evaluations: too slow when eager.
SMOOTH_LAYERS = ["Identity", "LinearConstraint", "OffsetSparse"]
MOST_REPLACED = 2
flag = st.booleans()


@dataclass
class SolverCall:
    """A constructor's arguments, attributes set afterwards, and those of ``solve``."""

    solver: str
    options: dict[str, Any]
    solve: dict[str, Any]
    attributes: dict[str, Any] = field(default_factory=dict)
    layers: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    @property
    def arguments(self):
        """All names that a message may give."""
        of_layers = [name for _, options in self.layers for name in options]
        return [*self.options, *self.solve, *self.attributes, *of_layers]

    def run(self):
        """Make the call, and judge how it ends."""
        made = []

        def call():
            solver = getattr(scope, self.solver)(**self.options)
            for name, value in self.attributes.items():
                setattr(solver, name, value)
            made.append((solver, solver.get_params(deep=False)))
            chain = [getattr(layer_module, name)(**options) for name, options in self.layers]
            solver.solve(**({"layers": chain} if self.layers else {}) | self.solve)

        if verdict.judged(call, self.arguments):
            verdict.judge_answer(*made[0])


def replaced(draw, *groups):
    """Replace some values of some dictionaries by anything."""
    places = [(group, name) for group in groups for name in group]
    victims = draw(st.lists(st.sampled_from(places), max_size=MOST_REPLACED)) if places else []
    for group, name in victims:
        group[name] = draw(ANYTHING)


@st.composite
def group_labels(draw, p):
    """Draw labels of adjacent variables, or no groups."""
    if draw(flag):
        return None
    cuts = draw(st.lists(flag, min_size=p - 1, max_size=p - 1))
    return np.concatenate([[0], np.cumsum(cuts)]).astype(draw(st.sampled_from(["i8", "i4", "f8"])))


@st.composite
def selections(draw, p):
    """Draw the arguments that say what to select from."""
    group = draw(group_labels(p))
    q = p if group is None else int(group[-1]) + 1
    preselect = draw(st.lists(st.integers(0, q - 1), max_size=min(q, 2), unique=True))
    level = st.integers(len(preselect), q)
    several = draw(st.integers(0, 3)) == 0
    sparsity = draw(st.lists(level, min_size=1, max_size=3) | st.none()) if several else draw(level)
    chosen = {"dimensionality": p, "sparsity": sparsity, "preselect": preselect}
    return chosen | ({} if group is None else {"group": group})


@st.composite
def criteria(draw, solver, p, several):
    """Draw the arguments by which a level is chosen."""
    method = st.sampled_from([utilities.AIC, utilities.GIC, utilities.LinearSIC])
    method |= st.sampled_from([Named("criterion", p), Named("wild_criterion", p)])
    method |= st.sampled_from([Named(name, p) for name in ("raising", "nothing", "text")])
    options = {"sample_size": N, "random_state": draw(st.integers(0, 9) | st.none())}
    if draw(st.integers(0, 4)) == 0:
        options |= {"cv": draw(st.integers(2, 4)), "split_method": Named("part", p)}
        if draw(flag):
            options["cv_fold_id"] = np.arange(N) % options["cv"]
    if solver != "PDASSolver" and (several or draw(flag)):
        options["ic_method"] = draw(method)
    return options


@st.composite
def own_options(draw, solver):
    """Draw arguments that few solvers have."""
    several = {
        "important_search": st.integers(0, 10),
        "screening_size": st.integers(-1, 8),
        "max_exchange_num": st.integers(1, 6),
        "is_dynamic_max_exchange_num": flag,
        "greedy": flag,
        "splicing_type": st.sampled_from(["halve", "taper"]),
        "path_type": st.sampled_from(["seq", "gs"]),
        "gs_lower_bound": st.integers(0, 3) | st.none(),
        "gs_upper_bound": st.integers(2, 8) | st.none(),
        "thread": st.integers(0, 2),
        "console_log_level": st.just("off"),
        "file_log_level": st.sampled_from(["off", "debug"]),
        "log_file_name": st.sampled_from(["a.log", "", ".", "b/c.log", "a.log/d", "\0"]),
        "step_size": st.floats(1e-6, 1.0) | st.none(),
        "use_gradient": flag,
        "threshold": st.floats(0.0, 1.0),
        "foba_threshold_ratio": st.floats(0.0, 1.0),
        "strict_sparsity": flag,
        "max_iter": st.integers(0, 30),
        "time_limit": st.sampled_from([0, 0.001, 0.01, np.float64(9.0), np.inf]) | st.none(),
        "numeric_solver": st.sampled_from([scope.convex_solver_LBFGS]),
    }
    known = inspect.signature(getattr(scope, solver)).parameters
    names = [name for name in several if name in known]
    chosen = draw(st.lists(st.sampled_from(names), max_size=4, unique=True))
    return {name: draw(several[name]) for name in chosen}


@st.composite
def solve_arguments(draw, p, options):
    """Draw the arguments of ``solve``."""
    if "cv" in options:
        arguments = {"objective": OfData("squares_of", p), "data": np.arange(N)}
    elif draw(st.integers(0, 3)) == 0:
        names = ["numpy_squares", "late", "nan_trial", "squares"]
        slopes = ["numpy_gradient", "numpy_gradient", "lied_gradient", "raising", "vector"]
        arguments = {"objective": OfParams(draw(st.sampled_from(names)), p)}
        arguments |= {"gradient": OfParams(draw(st.sampled_from(slopes)), p)}
    else:
        names = problems.TRACEABLE * 3 + problems.WRONG
        arguments = {"objective": OfParams(draw(st.sampled_from(names)), p)}
    starts = st.lists(st.floats(-3.0, 3.0), min_size=p, max_size=p)
    possible = {
        "init_params": starts,
        "init_support_set": st.lists(st.integers(0, p - 1), max_size=4),
        "jit": flag,
        "data": st.integers(0, 3) | st.none(),
    }
    for name in draw(st.lists(st.sampled_from(sorted(possible)), max_size=2, unique=True)):
        arguments.setdefault(name, draw(possible[name]))
    return arguments


@st.composite
def attributes(draw, p):
    """Draw what programs set on a solver before ``solve``."""
    possible = {
        "use_hessian": st.sampled_from([True, False, "auto"]),
        "hessian": st.sampled_from(["hessian", "wrong_hessian", "raising", "nothing"]).map(
            lambda name: OfParams(name, p)
        ),
        "warm_start": flag,
        "threshold": st.floats(0.0, 1.0),
        "swap_polish": st.sampled_from(["off", "screened", "exhaustive"]),
        "jax_platform": st.just("cpu"),
    }
    chosen = draw(st.lists(st.sampled_from(sorted(possible)), max_size=2, unique=True))
    return {name: draw(possible[name]) for name in chosen}


@st.composite
def layers(draw, p, kinds):
    """Draw layers by name and arguments."""
    names = draw(st.lists(st.sampled_from(kinds), min_size=1, max_size=2))
    number = st.floats(0.1, 2.0)
    weights = number | st.lists(number, min_size=p, max_size=p)
    drawn = []
    for name in names:
        options: dict[str, Any] = {"dimensionality": p}
        if name == "BoxConstraint":
            options |= {"lower": -draw(number), "upper": draw(weights)}
        elif name == "OffsetSparse":
            options["offset"] = draw(weights)
        elif name.endswith("Constraint"):
            options["coef"] = draw(weights)
        drawn.append((name, options))
    return drawn


@st.composite
def solver_calls(draw):
    """Draw a call of any solver."""
    solver, p = draw(st.sampled_from(SOLVERS)), draw(st.integers(1, 7))
    options = draw(selections(p))
    several = not isinstance(options["sparsity"], int)
    options |= draw(criteria(solver, p, several)) if several or draw(flag) else {}
    options |= draw(own_options(solver))
    if draw(st.integers(0, 5)) == 0:
        names = st.sampled_from(["downhill", "scattered", "raising", "nothing"])
        options["numeric_solver"] = Named(draw(names), p)
    arguments = draw(solve_arguments(p, options))
    kinds = SMOOTH_LAYERS if "gradient" in arguments else LAYERS
    chain = draw(layers(p, kinds)) if draw(st.integers(0, 5)) == 0 else []
    set_later = draw(attributes(p)) if draw(flag) else {}
    replaced(draw, options, arguments, set_later, *(given for _, given in chain))
    return SolverCall(solver, options, arguments, set_later, chain)
