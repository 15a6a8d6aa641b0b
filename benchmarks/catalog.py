"""What is solved: names, sizes and peers of all tasks.

Only the standard library is imported here, so that the driver can list tasks without NumPy.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

JAX_PEERS = ("scope", "skscope", "skscope-nojit")
JITTED = ("scope", "skscope")
GLM_PEERS = (*JAX_PEERS, "abess")
L1_PEERS = ("lasso", "skglm", "cvxpy")
ALL_PEERS = (*GLM_PEERS, "omp", *L1_PEERS)
LINEAR_PEERS = ALL_PEERS
LOGISTIC_PEERS = (*GLM_PEERS, *L1_PEERS)


@dataclass(frozen=True)
class Task:
    """A generator in `benchmarks.data` with its sizes, and who can solve what it makes.

    The job is to solve at the true "level", or to choose the level by "criterion" or "cv" among
    0, ..., p / 5 - 1, or a "bootstrap" of refits at the true level.
    """

    name: str
    suite: str
    generator: str
    n: int
    p: int
    s: int
    peers: tuple[str, ...] = JAX_PEERS
    options: Mapping[str, Any] = field(default_factory=dict)
    solver: str = "ScopeSolver"
    job: str = "level"

    def scaled(self, factor: float) -> "Task":
        """Return the task with n and p multiplied, for trials of the benchmark itself."""
        n, p = (max(2 * self.s, round(size * factor)) for size in (self.n, self.p))
        return replace(self, n=n, p=p)


# Coefficients of +-100 make the logistic labels of the paper's task separable on large supports;
# the comparison with abess needs a minimiser, hence +-1 there.
_MODERATE = {"magnitude": 1.0}
_SIZES = ((500, 1000, 10), (2500, 5000, 50), (5000, 10000, 100))
_LARGE = {"tall": (10**5, 2000), "wide": (2000, 10**5)}
_HUGE = {"tall": (10**6, 200), "wide": (2000, 200_000), "square": (10_000, 10_000)}
# The L1 baseline of the paper's table is a convex programme in cvxpy, of these models.
_PUBLISHED_L1 = (*JAX_PEERS, "cvxpy")

_PAPER = (
    Task("linear", "paper", "linear", 600, 500, 50, LINEAR_PEERS),
    Task("logistic", "paper", "logistic", 600, 500, 50, LOGISTIC_PEERS),
    Task("trend", "paper", "trend", 600, 600, 50, _PUBLISHED_L1),
    Task("multi-task", "paper", "multi_task", 600, 500, 50, _PUBLISHED_L1),
    Task("ising", "paper", "ising", 600, 190, 40, _PUBLISHED_L1),
    Task("hsic", "paper", "hsic", 600, 50, 10, _PUBLISHED_L1),
    Task("robust", "paper", "robust", 600, 500, 50),
)
_ABESS = (
    *(Task(f"linear-{n}", "abess", "linear", n, p, s, (*GLM_PEERS, "omp", "lasso", "skglm"))
      for n, p, s in _SIZES),
    *(Task(f"logistic-{n}", "abess", "logistic", n, p, s, (*GLM_PEERS, "lasso", "skglm"), _MODERATE)
      for n, p, s in _SIZES),
    Task("poisson-500", "abess", "poisson", 500, 1000, 10, GLM_PEERS),
    Task("cox-500", "abess", "cox", 500, 1000, 10, GLM_PEERS),
)  # fmt: skip
_DESIGNS = tuple(
    Task(f"linear:{design}", "designs", "linear", 500, 1000, 20,
         ("scope", "skscope", "abess", "omp", "lasso", "skglm"), {"design": design})
    for design in ("AR 0.7", "AR 0.9", "equicorrelated", "scales over six orders")
)  # fmt: skip
_CHOOSING = tuple(
    Task(f"{job}", "levels", "linear", 500, 500, 20, ("scope", "skscope", "abess", *own), job=job)
    for job, own in {
        "criterion": ("lasso",), "cv": ("omp", "lasso"), "bootstrap": ("omp", "lasso"),
    }.items()
)  # fmt: skip
_LARGEST = tuple(
    Task(f"{model}-{shape}", "large", model, n, p, 20,
         ("scope", "skscope", "abess", *(("omp",) if model == "linear" else ())), _MODERATE)
    for model in ("linear", "logistic")
    for shape, (n, p) in _LARGE.items()
)  # fmt: skip
_HUGEST = tuple(
    Task(f"{model}-{shape}-huge", "huge", model, n, p, 20, ("scope", "abess"), _MODERATE)
    for model in ("linear", "logistic")
    for shape, (n, p) in _HUGE.items()
)
# One of n, p and s grows, the others stay where they are.
_BASE = {"n": 1000, "p": 1000, "s": 20}
_GROWING = {
    "n": (500, 1000, 2000, 4000, 8000),
    "p": (500, 1000, 2000, 4000, 8000),
    "s": (5, 10, 20, 40, 80),
}


def _grown(model: str, name: str, size: int) -> Task:
    n, p, s = (_BASE | {name: size}).values()
    peers = ("scope", "skscope", "abess")
    return Task(f"{model}:{name}={size}", "scaling", model, n, p, s, peers, _MODERATE)


_SCALING = tuple(
    _grown(model, name, size)
    for model in ("linear", "logistic")
    for name, sizes in _GROWING.items()
    for size in sizes
)
_QUICK = (
    Task("quick-linear", "quick", "linear", 300, 400, 10, (*JITTED, "abess")),
    Task("quick-logistic", "quick", "logistic", 400, 300, 8, (*JITTED, "abess"), _MODERATE),
    Task("quick-trend", "quick", "trend", 200, 200, 10, JITTED),
    Task("quick-multi-task", "quick", "multi_task", 200, 100, 10, JITTED),
    Task("quick-ising", "quick", "ising", 300, 190, 20, JITTED),
)  # fmt: skip
# Sizes of random instances are drawn, these are only what the smallest one needs.
_RANDOM = (Task("random", "random", "random_instance", 30, 8, 1, JITTED),)

# ForwardSolver of skscope minimises over every candidate alone at every step, BaseSolver over every
# support: for these, problems are small.
_SMALL = tuple(
    Task(f"{model}-{n}:{solver}", "algorithms", model, n, p, s, JITTED, _MODERATE, solver)
    for model in ("linear", "logistic")
    for solver, (n, p, s) in {"ForwardSolver": (200, 50, 5), "BaseSolver": (60, 14, 2)}.items()
)
_SOLVERS = ("HTPSolver", "IHTSolver", "GraspSolver", "FobaSolver", "OMPSolver", "PDASSolver")
_ALGORITHMS = tuple(
    replace(task, name=f"{task.name}:{solver}", suite="algorithms", peers=JITTED, solver=solver)
    for task in _PAPER
    if task.name not in ("robust", "hsic")
    for solver in ("ScopeSolver", *_SOLVERS)
)

TASKS = {
    task.name: task
    for task in (
        *_PAPER, *_ABESS, *_DESIGNS, *_CHOOSING, *_LARGEST, *_HUGEST, *_SCALING, *_QUICK, *_RANDOM,
        *_ALGORITHMS, *_SMALL,
    )
}  # fmt: skip


def select(names: list[str]) -> list[Task]:
    """Return the tasks of these names; the name of a suite stands for all its tasks.

    Raises
    ------
    KeyError
        There is no task or suite of such a name.
    """
    chosen: dict[str, Task] = {}
    for name in names:
        found = {n: task for n, task in TASKS.items() if name in (n, task.suite)}
        if not found:
            raise KeyError(f"no task or suite {name!r}; tasks: {', '.join(TASKS)}")
        chosen |= found
    return list(chosen.values())
