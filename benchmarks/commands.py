"""What can be measured: by default of what, by whom, and how often."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from benchmarks import (
    accuracy,
    algorithms,
    bandwidth,
    cold,
    examples,
    large,
    quick,
    scaling,
    warm,
)
from benchmarks.catalog import ALL_PEERS, JITTED, select
from benchmarks.report import Record
from benchmarks.tables import Findings


@dataclass(frozen=True)
class Command:
    """What a command measures by default, and how."""

    help: str
    measure: Callable[..., None]
    show: Callable[[list[Record]], Findings]
    tasks: tuple[str, ...]
    peers: tuple[str, ...]
    seeds: int
    warmups: int = 2
    budget: float = 120.0
    select: Callable[[list[str]], list[Any]] = select


_BANDWIDTH_TASKS = ("linear-2500", "logistic-2500", "linear-5000", "logistic-5000")
_FOREVER = float("inf")

COMMANDS = {
    "warm": Command(
        "solves in warm processes, new data each time, peers interleaved",
        warm.measure, warm.show, ("paper", "abess", "designs"), ALL_PEERS, 10,
    ),
    "cold": Command(
        "first solves of fresh processes, evaluations and peak memory",
        cold.measure, cold.show, ("paper", "abess"), ALL_PEERS, 5,
    ),
    "levels": Command(
        "levels chosen by criterion and by cross-validation, and a bootstrap",
        warm.measure, warm.show, ("levels",), ALL_PEERS, 10, warmups=1,
    ),
    "scaling": Command(
        "growth of time with n, p and s",
        scaling.measure, scaling.show, ("scaling",), ALL_PEERS, 5,
    ),
    "bandwidth": Command(
        "solves of scope against the memory's bandwidth, with a profile",
        bandwidth.measure, bandwidth.show, _BANDWIDTH_TASKS, ("scope",), 3,
    ),
    "large": Command(
        "peak memory and time on data of 1.6 GB",
        large.measure, large.show, ("large",), ALL_PEERS, 3,
    ),
    "algorithms": Command(
        "all solvers beside their namesakes: support recovery",
        warm.measure, algorithms.show, ("algorithms",), JITTED, 10, warmups=0, budget=_FOREVER,
    ),
    "accuracy": Command(
        "objectives on random small instances",
        accuracy.measure, accuracy.show, ("random",), JITTED, 500, warmups=0, budget=_FOREVER,
    ),
    "examples": Command(
        "the worked examples, objectives side by side",
        examples.measure, examples.show, ("examples",), JITTED, 3, select=examples.select,
    ),
    "quick": Command(
        "small tasks; fails where an objective or a support is worse than a peer's",
        quick.measure, quick.show, ("quick",), ("scope", "skscope", "abess"), 2, warmups=1,
    ),
}  # fmt: skip

PUBLISHED = tuple(name for name in COMMANDS if name != "quick")  # the sections of the page
