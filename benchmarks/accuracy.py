"""Objectives of scope and skscope on random small instances; every loss is listed."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from benchmarks import report, warm
from benchmarks.catalog import Task
from benchmarks.report import Record
from benchmarks.session import Limits
from benchmarks.store import Journal
from benchmarks.tables import Findings, Table


def measure(
    tasks: list[Task], pythons: Mapping[str, Path], seeds: int, limits: Limits, journal: Journal
) -> None:
    """Have the peers solve the same instances; they are not timed against each other."""
    warm.measure(tasks, pythons, seeds, replace(limits, patience=seeds), journal)


def show(records: list[Record]) -> Findings:
    """Return the share of instances that are not worse, and the recipe of those that are."""
    paired = report.pairs(records, "scope", "skscope")
    judged = [(report.excess(*pair), report.gain_excess(*pair), *pair) for pair in paired]
    losses = sorted(
        (entry for entry in judged if entry[0] > report.TOLERANCE), key=lambda entry: -entry[0]
    )
    wins = sum(entry[0] < -report.TOLERANCE for entry in judged)
    total = len(judged)
    share = 1.0 - len(losses) / total if total else float("nan")
    counts = f"better on {wins}, worse on {len(losses)}"
    notes = [f"{total} instances: not worse on {share:.2%}, {counts}."]
    for peer in report.peers(records):
        failed = report.failures(report.of(records, peer=peer))
        notes.append(f"Failures of {peer}: {failed or 'none'}.")
    summary = {"share_not_worse": share, "worse": len(losses), "better": wins, "instances": total}
    return Findings([_table(losses)], notes, summary)


def _table(losses: list[tuple[float, float, Record, Record]]) -> Table:
    rows = []
    for relative, of_gain, mine, other in losses:
        recipe = mine["recipe"]
        sizes = " ".join(f"{name}={recipe[name]}" for name in ("n", "p", "s") if name in recipe)
        kind = [str(recipe.get(name, "")) for name in ("model", "design")]
        values = [f"{record['objective']:.10g}" for record in (mine, other)]
        amounts = [f"{relative:.2e}", f"{of_gain:.2e}"]
        rows.append([f"{mine['task']} {mine['seed']}", *kind, sizes, *values, *amounts])
    header = ["seed", "model", "design", "sizes", "scope", "skscope", "excess", "of gain"]
    return Table("Losses", header, rows)
