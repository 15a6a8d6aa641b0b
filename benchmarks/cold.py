"""First solves of fresh processes; imports are made before, and timed apart."""

from collections.abc import Mapping
from pathlib import Path

from benchmarks import report
from benchmarks.catalog import Task
from benchmarks.report import Record
from benchmarks.session import Limits, Process, run_once


def measure(
    tasks: list[Task], pythons: Mapping[str, Path], seeds: int, limits: Limits
) -> list[Record]:
    """Start a process for each task, seed and peer, the peers in turn."""
    records = []
    for task in tasks:
        for seed in range(seeds):
            for peer in (peer for peer in pythons if peer in task.peers):
                report.progress(f"{task.name}, process {seed}, {peer}")
                with Process(peer, pythons[peer]) as process:
                    answer = {**process.hello, **run_once(process, task, seed, limits)}
                records.append({"task": task.name, "peer": peer, "seed": seed, **answer})
    return records


def show(records: list[Record]) -> Record:
    """Print medians and ratios to scope."""
    rows, ratios = [], dict[str, list[float]]()
    for task in dict.fromkeys(record["task"] for record in records):
        scope = report.median(report.of(records, task=task, peer="scope"))
        for peer in dict.fromkeys(record["peer"] for record in records):
            mine = report.of(records, task=task, peer=peer)
            if not mine:
                continue
            seconds = report.median(mine)
            ratios.setdefault(peer, []).append(scope / seconds)
            times = [
                report.milliseconds(t) for t in (seconds, report.median(mine, "import_seconds"))
            ]
            rows.append([task, peer, *times, report.number(scope / seconds), report.failures(mine)])
    header = ["task", "peer", "median ms", "imports ms", "scope / peer", "failures"]
    report.table("First solve of a process", header, rows)
    means = {peer: report.geometric_mean(values) for peer, values in ratios.items()}
    for peer, mean in means.items():
        print(f"geometric mean of scope / {peer}: {report.number(mean)}")
    return {"geometric_means": means}
