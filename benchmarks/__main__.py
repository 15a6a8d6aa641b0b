"""Measure scope beside its peers: ``python -m benchmarks``, or a part: ``... COMMAND``."""

import argparse
import math
from pathlib import Path
from typing import Any

from benchmarks import environments, instructions, page
from benchmarks.catalog import ALL_PEERS
from benchmarks.circumstances import circumstances
from benchmarks.commands import COMMANDS, PUBLISHED, Command
from benchmarks.environments import BUILD, ROOT
from benchmarks.session import Limits
from benchmarks.store import Journal, Store


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    commands = parser.add_subparsers(dest="command")
    shown = argparse.ArgumentDefaultsHelpFormatter
    everything = commands.add_parser(
        "all", help="everything, and the page (the default)", formatter_class=shown
    )
    everything.add_argument("--sections", nargs="+", default=PUBLISHED, choices=PUBLISHED)
    everything.add_argument("--resume", action="store_true", help="keep what is recorded already")
    everything.add_argument("--tasks", nargs="+", help="tasks or suites (default: a section's)")
    _add_circumstances(everything, None)
    commands.add_parser("report", help="the page from docs/benchmarks.json")
    counting = commands.add_parser(
        "instructions", help="instructions of the engine's kernels against their baseline"
    )
    counting.add_argument("--program", type=Path, help="scope_kernels (default: compiled)")
    counting.add_argument("--accept", action="store_true", help="write the baseline, and the page")
    for name, command in COMMANDS.items():
        sub = commands.add_parser(name, help=command.help, formatter_class=shown)
        sub.add_argument("--tasks", nargs="+", default=command.tasks, help="tasks or suites")
        sub.add_argument("--output", type=Path, default=BUILD / f"{name}.json", help="results")
        _add_circumstances(sub, command)
    return parser


def _add_circumstances(parser: argparse.ArgumentParser, command: Command | None) -> None:
    """Add what every measurement can be told; without a command each section has its own."""
    peers, seeds, warmups, budget = (
        (command.peers, command.seeds, command.warmups, command.budget)
        if command
        else (None, None, None, None)
    )
    parser.add_argument("--peers", nargs="+", default=peers, choices=ALL_PEERS)
    parser.add_argument("--seeds", type=int, default=seeds, help="rounds or instances")
    parser.add_argument("--warmups", type=int, default=warmups, help="solves not timed")
    parser.add_argument(
        "--budget",
        type=float,
        default=budget,
        help="seconds of a peer on a task, then no more seeds",
    )
    parser.add_argument("--limit", type=float, default=300.0, help="seconds a solve may take")
    parser.add_argument(
        "--source", type=Path, default=ROOT, help="checkout or wheel to install scope from"
    )
    parser.add_argument("--no-install", action="store_true", help="use scope as last installed")
    parser.add_argument(
        "--scale",
        type=float,
        default=1.0,
        help="factor for n and p (generalised linear models only), to try the benchmark",
    )


def _measure(name: str, arguments: argparse.Namespace, store: Store, resume: bool) -> list[str]:
    """Measure a section into the store, print it, and return what failed."""
    command = COMMANDS[name]

    def given(field: str) -> Any:
        value = getattr(arguments, field)
        return getattr(command, field) if value is None else value

    tasks = command.select(list(given("tasks")))
    peers = [peer for peer in given("peers") if peer in command.peers]
    pythons = environments.prepare_peers(peers, arguments.source, not arguments.no_install)
    limits = Limits(arguments.limit, given("warmups"), arguments.scale, budget=given("budget"))
    budget = limits.budget if math.isfinite(limits.budget) else None  # JSON knows no infinity
    asked = {"seeds": given("seeds"), "limit": limits.solve, "budget": budget}
    about = circumstances() | asked
    journal = Journal(store, name, about, resume)
    try:
        command.measure(tasks, pythons, given("seeds"), limits, journal)
        findings = command.show(journal.records)
        journal.close(findings.summary)
    finally:
        journal.close()
    print(findings.text())
    return list(findings.summary.get("failed", []))


def main() -> None:
    """Run a command, print its tables and store its raw results."""
    parser = _parser()
    arguments = parser.parse_args()
    if arguments.command is None:
        arguments = parser.parse_args(["all"])
    if arguments.command == "report":
        page.publish()
        return
    if arguments.command == "instructions":
        instructions.main(arguments)
        if arguments.accept:
            page.write()
        return
    try:
        if arguments.command == "all":
            for name in arguments.sections:
                _measure(name, arguments, Store(page.RESULTS), arguments.resume)
                arguments.no_install = True
                page.publish()
            return
        failed = _measure(arguments.command, arguments, Store(arguments.output), resume=False)
    except KeyError as error:
        parser.error(error.args[0])
    if failed:
        raise SystemExit("\n".join(["behind, or not solved:", *failed]))


if __name__ == "__main__":
    main()
