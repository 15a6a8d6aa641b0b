"""Solves in warm processes: a new solver and a new closure over new data each time."""

import statistics
from collections.abc import Mapping
from pathlib import Path

from benchmarks import report
from benchmarks.catalog import Task
from benchmarks.report import Record
from benchmarks.session import Limits, contest


def measure(
    tasks: list[Task], pythons: Mapping[str, Path], seeds: int, limits: Limits
) -> list[Record]:
    """Have all peers solve all tasks, in rounds of one seed, each round in another order."""
    records: list[Record] = []
    for task in tasks:
        with contest(task, pythons, limits) as contestants:
            for seed in range(seeds):
                for k in range(len(contestants)):
                    contestant = contestants[(seed + k) % len(contestants)]
                    report.progress(f"{task.name}, seed {seed}, {contestant.peer}")
                    records.append(
                        {
                            "task": task.name,
                            "peer": contestant.peer,
                            "seed": seed,
                            **contestant.solve(seed),
                            "versions": contestant.versions,
                        }
                    )
    return records


def show(records: list[Record]) -> Record:
    """Print times and ratios, answers of each seed, and how scope's compare with skscope's."""
    peers = list(dict.fromkeys(record["peer"] for record in records))
    tasks = list(dict.fromkeys(record["task"] for record in records))
    ratios = _show_times(records, tasks, peers)
    means = {peer: report.geometric_mean(ratios[peer]) for peer in peers}
    print("\ngeometric mean of the ratios to scope:")
    for peer in peers:
        print(f"  {peer:8s} {report.number(means[peer])}")
    _show_answers(records)
    return {"geometric_means": means, "excesses": show_excesses(records, tasks)}


def _show_times(
    records: list[Record], tasks: list[str], peers: list[str]
) -> dict[str, list[float]]:
    rows, ratios = [], {peer: list[float]() for peer in peers}
    for task in tasks:
        scope = report.median(report.of(records, task=task, peer="scope"))
        for peer in peers:
            mine = report.of(records, task=task, peer=peer)
            if not mine:
                continue
            ratio = report.median(mine) / scope
            ratios[peer].append(ratio)
            seconds = [record["seconds"] for record in mine if record["outcome"] == "ok"]
            spread = (min(seconds), statistics.median(seconds), max(seconds)) if seconds else ()
            least, middle, most = map(report.milliseconds, spread or [float("nan")] * 3)
            rows.append(
                [task, peer, middle, least, most, report.number(ratio), report.failures(mine)]
            )
    header = ["task", "peer", "median ms", "least", "most", "ratio to scope", "failures"]
    report.table("Warm solves", header, rows)
    return ratios


def _show_answers(records: list[Record]) -> None:
    rows = []
    tasks = list(dict.fromkeys(record["task"] for record in records))
    order = sorted(records, key=lambda r: (tasks.index(r["task"]), r["seed"], r["peer"]))
    for record in order:
        if record["outcome"] not in ("ok", "infeasible"):
            continue
        details = record.get("details", {})
        counts = [str(details.get(name, "")) for name in ("status", "n_exchanges")]
        rows.append(
            [
                record["task"],
                str(record["seed"]),
                record["peer"],
                f"{record['objective']:.10g}",
                f"{record['recovery']:.2f}",
                *counts,
            ]
        )
    header = ["task", "seed", "peer", "objective", "recovery", "status", "exchanges"]
    report.table("Answers (objective by the independent function)", header, rows)


def show_excesses(records: list[Record], tasks: list[str]) -> dict[str, float]:
    """Print and return each task's largest relative excess of scope's objective over skscope's."""
    rows, largest = [], {}
    for task in tasks:
        paired = report.pairs(report.of(records, task=task), "scope", "skscope")
        if not paired:
            continue
        excesses = [report.excess(mine, other) for mine, other in paired]
        largest[task] = max(excesses)
        of_gain = max(report.gain_excess(mine, other) for mine, other in paired)
        worse = sum(value > report.TOLERANCE for value in excesses)
        better = sum(value < -report.TOLERANCE for value in excesses)
        figures = [f"{largest[task]:.2e}", f"{of_gain:.2e}", f"{worse}/{len(paired)}"]
        rows.append([task, *figures, f"{better}/{len(paired)}"])
    header = ["task", "largest excess", "of gain", "worse", "better"]
    if rows:
        report.table("scope's objective against skscope's (worse: above 1e-6)", header, rows)
    return largest
