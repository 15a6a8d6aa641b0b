"""First solves of fresh processes; imports are made before, and timed apart."""

import math
from collections.abc import Mapping
from pathlib import Path

from benchmarks import report, warm
from benchmarks.catalog import Task
from benchmarks.circumstances import progress
from benchmarks.report import Record
from benchmarks.session import Limits, Process, run_once
from benchmarks.store import Journal
from benchmarks.tables import Findings, Table, megabytes, milliseconds, number, spread


def measure(
    tasks: list[Task], pythons: Mapping[str, Path], seeds: int, limits: Limits, journal: Journal
) -> None:
    """Start a process for each task, seed and peer, the peers in turn.

    The process of seed 0 solves once more, to count evaluations.
    """
    for task in tasks:
        spent = dict.fromkeys(pythons, 0.0)
        for seed in range(seeds):
            for peer in (peer for peer in pythons if peer in task.peers):
                if journal.knows(task.name, peer, seed) or spent[peer] > limits.budget:
                    continue
                progress(f"{task.name}, process {seed}, {peer}")
                with Process(peer, pythons[peer]) as process:
                    answer = {**process.hello, **run_once(process, task, seed, limits)}
                    if seed == 0 and answer["outcome"] == "ok":
                        counted = process.ask(limits.solve, command="count")
                        answer["evaluations"] = counted.get("evaluations")
                spent[peer] += answer.get("seconds", answer.get("limit", 0.0))
                journal.add(task.name, peer, seed, answer)


def show(records: list[Record]) -> Findings:
    """Return medians, ratios to scope, evaluations and peak memory."""
    rows = []
    for task, peer, mine in warm.rows_of(records):
        counts = [r["evaluations"] for r in mine if r.get("evaluations") is not None]
        rows.append(
            [
                task,
                peer,
                str(len(report.of(mine, outcome="ok"))),
                spread(*report.quartiles(mine)),
                number(warm.ratio(records, task, peer)),
                milliseconds(report.median(mine, "import_seconds")),
                str(counts[0]) if counts else "-",
                megabytes(_peak(mine)),
                report.failures(mine) or "-",
            ]
        )
    header = ["task", "peer", "processes", "ms, median [quartiles]", "ratio to scope", "imports ms"]
    header += ["evaluations", "peak MB", "failures"]
    means = warm.means_of_ratios(records)
    table = Table("First solves", header, rows)
    return Findings([table], warm.said(means), {"geometric_means": means})


def _peak(records: list[Record]) -> float:
    """Return the largest peak of the process beyond what it held before there were data."""
    return max(
        (
            float(record["memory"]["peak"] - record["memory"]["resident_before"])
            for record in report.of(records, outcome="ok")
        ),
        default=math.nan,
    )
