"""Measure scope beside its peers: ``python -m benchmarks COMMAND``."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import (
    accuracy,
    algorithms,
    bandwidth,
    cold,
    environments,
    examples,
    large,
    report,
    warm,
)
from benchmarks.catalog import ALL_PEERS, JAX_PEERS, select
from benchmarks.report import Record
from benchmarks.session import Limits


@dataclass(frozen=True)
class Command:
    """What a command measures by default, and how."""

    help: str
    measure: Callable[..., list[Record]]
    show: Callable[[list[Record]], Record]
    tasks: tuple[str, ...]
    peers: tuple[str, ...]
    seeds: int
    warmups: int = 2
    select: Callable[[list[str]], list[Any]] = select


_BANDWIDTH_TASKS = ("linear-2500", "logistic-2500", "linear-5000", "logistic-5000")

COMMANDS = {
    "warm": Command(
        "solves in warm processes, new data each time, peers interleaved",
        warm.measure, warm.show, ("paper", "abess"), ALL_PEERS, 7,
    ),
    "cold": Command(
        "first solves of fresh processes",
        cold.measure, cold.show, ("paper", "abess"), JAX_PEERS, 5,
    ),
    "bandwidth": Command(
        "solves of scope against the memory's bandwidth, with a profile",
        bandwidth.measure, bandwidth.show, _BANDWIDTH_TASKS, ("scope",), 3,
    ),
    "accuracy": Command(
        "objectives on random small instances",
        accuracy.measure, accuracy.show, ("random",), JAX_PEERS, 500, warmups=0,
    ),
    "algorithms": Command(
        "all solvers beside their namesakes: support recovery",
        warm.measure, algorithms.show, ("algorithms",), JAX_PEERS, 10, warmups=0,
    ),
    "large": Command(
        "peak memory and time on data of 0.8 to 3.2 GB",
        large.measure, large.show, ("large",), ("scope",), 1,
    ),
    "examples": Command(
        "the worked examples, objectives side by side",
        examples.measure, examples.show, ("examples",), JAX_PEERS, 3, select=examples.select,
    ),
}  # fmt: skip


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, command in COMMANDS.items():
        sub = commands.add_parser(
            name, help=command.help, formatter_class=argparse.ArgumentDefaultsHelpFormatter
        )
        sub.add_argument("--tasks", nargs="+", default=command.tasks, help="tasks or suites")
        sub.add_argument("--peers", nargs="+", default=command.peers, choices=ALL_PEERS)
        sub.add_argument("--seeds", type=int, default=command.seeds, help="rounds or instances")
        sub.add_argument("--warmups", type=int, default=command.warmups, help="solves not timed")
        sub.add_argument("--limit", type=float, default=300.0, help="seconds a solve may take")
        sub.add_argument("--output", type=Path, help="JSON file (default: in build/benchmarks)")
        sub.add_argument(
            "--source", type=Path, default=environments.ROOT, help="checkout to install scope from"
        )
        sub.add_argument("--no-install", action="store_true", help="use scope as last installed")
        sub.add_argument(
            "--scale",
            type=float,
            default=1.0,
            help="factor for n and p (generalised linear models only), to try the benchmark",
        )
    return parser


def main() -> None:
    """Run a command, print its tables and store its raw results."""
    parser = _parser()
    arguments = parser.parse_args()
    command = COMMANDS[arguments.command]
    try:
        tasks = command.select(list(arguments.tasks))
    except KeyError as error:
        parser.error(error.args[0])
    pythons = {
        peer: environments.prepare(peer, arguments.source, not arguments.no_install)
        for peer in arguments.peers
    }
    limits = Limits(arguments.limit, arguments.warmups, arguments.scale)
    circumstances = report.circumstances(arguments.source)
    records = command.measure(tasks, pythons, arguments.seeds, limits)
    summary = command.show(records)
    run = {"name": arguments.command, **circumstances, "summary": summary, "records": records}
    report.save(run, arguments.output)
    if summary.get("failed"):
        raise SystemExit(f"worse than skscope, or not solved: {', '.join(summary['failed'])}")


if __name__ == "__main__":
    main()
