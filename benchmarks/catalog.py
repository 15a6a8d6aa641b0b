"""What is solved: names, sizes and peers of all tasks.

Only the standard library is imported here, so that the driver can list tasks without NumPy.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

JAX_PEERS = ("scope", "skscope")
ALL_PEERS = ("scope", "skscope", "abess")


@dataclass(frozen=True)
class Task:
    """A generator in `benchmarks.data` with its sizes, and who can solve what it makes."""

    name: str
    suite: str
    generator: str
    n: int
    p: int
    s: int
    peers: tuple[str, ...] = JAX_PEERS
    options: Mapping[str, Any] = field(default_factory=dict)
    solver: str = "ScopeSolver"

    def scaled(self, factor: float) -> "Task":
        """Return the task with n and p multiplied, for trials of the benchmark itself."""
        n, p = (max(2 * self.s, round(size * factor)) for size in (self.n, self.p))
        return replace(self, n=n, p=p)


# Coefficients of +-100 make the logistic labels of the paper's task separable on large supports;
# the comparison with abess needs a minimiser, hence +-1 there.
_MODERATE = {"magnitude": 1.0}
_SIZES = ((500, 1000, 10), (2500, 5000, 50), (5000, 10000, 100))
_LARGE = {"tall": (10**6, 200), "wide": (2000, 200_000), "square": (10_000, 10_000)}

_PAPER = (
    Task("linear", "paper", "linear", 600, 500, 50, ALL_PEERS),
    Task("logistic", "paper", "logistic", 600, 500, 50, ALL_PEERS),
    Task("trend", "paper", "trend", 600, 600, 50),
    Task("multi-task", "paper", "multi_task", 600, 500, 50),
    Task("ising", "paper", "ising", 600, 190, 40),
    Task("hsic", "paper", "hsic", 100, 50, 10),
    Task("robust", "paper", "robust", 600, 500, 50),
)
_ABESS = (
    *(Task(f"linear-{n}", "abess", "linear", n, p, s, ALL_PEERS) for n, p, s in _SIZES),
    *(
        Task(f"logistic-{n}", "abess", "logistic", n, p, s, ALL_PEERS, _MODERATE)
        for n, p, s in _SIZES
    ),
    Task("poisson-500", "abess", "poisson", 500, 1000, 10, ALL_PEERS),
    Task("cox-500", "abess", "cox", 500, 1000, 10, ALL_PEERS),
)
_LARGEST = tuple(
    Task(f"{model}-{shape}", "large", model, n, p, 20, ALL_PEERS, _MODERATE)
    for model in ("linear", "logistic")
    for shape, (n, p) in _LARGE.items()
)
# Sizes of random instances are drawn, these are only what the smallest one needs.
_RANDOM = (Task("random", "random", "random_instance", 30, 8, 1),)

# ForwardSolver of skscope minimises over every candidate alone at every step, BaseSolver over every
# support: for these, problems are small.
_SMALL = tuple(
    Task(f"{model}-{n}:{solver}", "algorithms", model, n, p, s, JAX_PEERS, _MODERATE, solver)
    for model in ("linear", "logistic")
    for solver, (n, p, s) in {"ForwardSolver": (200, 50, 5), "BaseSolver": (60, 14, 2)}.items()
)
_SOLVERS = ("HTPSolver", "IHTSolver", "GraspSolver", "FobaSolver", "OMPSolver", "PDASSolver")
_ALGORITHMS = tuple(
    replace(task, name=f"{task.name}:{solver}", suite="algorithms", peers=JAX_PEERS, solver=solver)
    for task in _PAPER
    if task.name != "robust"
    for solver in ("ScopeSolver", *_SOLVERS)
)

TASKS = {task.name: task for task in (*_PAPER, *_ABESS, *_LARGEST, *_RANDOM, *_ALGORITHMS, *_SMALL)}


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
