"""Solves in warm processes: a new solver and a new closure over new data each time."""

from collections.abc import Mapping
from pathlib import Path

from benchmarks import report
from benchmarks.catalog import Task
from benchmarks.circumstances import progress
from benchmarks.report import Record
from benchmarks.session import Limits, contest
from benchmarks.store import Journal
from benchmarks.tables import Findings, Table, number, spread


def measure(
    tasks: list[Task], pythons: Mapping[str, Path], seeds: int, limits: Limits, journal: Journal
) -> None:
    """Have all peers solve all tasks, in rounds of one seed, each round in another order."""
    for task in tasks:
        with contest(task, pythons, limits) as contestants:
            for seed in range(seeds):
                for k in range(len(contestants)):
                    contestant = contestants[(seed + k) % len(contestants)]
                    peer = contestant.peer
                    if journal.knows(task.name, peer, seed) or contestant.spent:
                        continue
                    progress(f"{task.name}, seed {seed}, {peer}")
                    answer = contestant.solve(seed)
                    journal.add(task.name, peer, seed, {**answer, "versions": contestant.versions})


def show(records: list[Record]) -> Findings:
    """Return times and ratios, answers of each seed, and how scope's compare with skscope's."""
    means = means_of_ratios(records)
    excesses, largest = _excesses(records)
    tables = [times(records), answers(records), _each_answer(records), excesses]
    return Findings(tables, said(means), {"geometric_means": means, "excesses": largest})


def said(means: dict[str, float]) -> list[str]:
    """Return the geometric means of ratios in words."""
    return [f"geometric mean of the ratios to scope, {p}: {number(m)}" for p, m in means.items()]


def ratio(records: list[Record], task: str, peer: str) -> float:
    """Return the ratio of a peer's median time to scope's, over the seeds that both solved."""
    paired = report.pairs(report.of(records, task=task), peer, "scope")
    theirs, ours = ([pair[k] for pair in paired] for k in (0, 1))
    return report.median(theirs) / report.median(ours)


def means_of_ratios(records: list[Record]) -> dict[str, float]:
    """Return each peer's geometric mean of its ratios to scope over the tasks that both solved."""
    tasks = report.names(records, "task")
    return {
        peer: report.geometric_mean(ratio(records, task, peer) for task in tasks)
        for peer in report.peers(records)
    }


def rows_of(records: list[Record]) -> list[tuple[str, str, list[Record]]]:
    """Return the records of each task and peer, in the order of tasks."""
    peers = report.peers(records)
    rows = [
        (task, peer, report.of(records, task=task, peer=peer))
        for task in report.names(records, "task")
        for peer in peers
    ]
    return [row for row in rows if row[2]]


def times(records: list[Record]) -> Table:
    """Return medians and quartiles of seconds, ratios to scope, and what failed."""
    rows = [
        [
            task,
            peer,
            str(len(report.of(mine, outcome="ok"))),
            spread(*report.quartiles(mine)),
            number(ratio(records, task, peer)),
            report.failures(mine) or "-",
        ]
        for task, peer, mine in rows_of(records)
    ]
    header = ["task", "peer", "seeds", "ms, median [quartiles]", "ratio to scope", "failures"]
    return Table("Warm solves", header, rows)


def answers(records: list[Record]) -> Table:
    """Return objectives, how far they are from scope's, and supports."""
    rows = []
    for task, peer, mine in rows_of(records):
        paired = report.pairs(report.of(records, task=task), peer, "scope")
        excesses = [report.excess(*pair) for pair in paired]
        better, worse = report.tally(excesses)
        rows.append(
            [
                task,
                peer,
                str(len(report.of(mine, outcome="ok"))),
                number(report.median(mine, "objective"), 6),
                "-"
                if peer == "scope" or not paired
                else f"{better}/{len(paired) - better - worse}/{worse}",
                number(report.mean(mine, "recovery")),
                number(report.mean(mine, "size")) if all("size" in r for r in mine) else "-",
                _statuses(mine),
            ]
        )
    header = ["task", "peer", "seeds", "median objective", "better/equal/worse than scope"]
    return Table("Answers", [*header, "recovery", "size", "status"], rows)


def _statuses(records: list[Record]) -> str:
    found = [record.get("details", {}).get("status", record["outcome"]) for record in records]
    return ", ".join(f"{found.count(kind)}x {kind[:40]}" for kind in dict.fromkeys(found))


def _each_answer(records: list[Record]) -> Table:
    order = report.names(records, "task")
    rows = [
        [
            record["task"],
            str(record["seed"]),
            record["peer"],
            f"{record['objective']:.10g}",
            f"{record['recovery']:.2f}",
            *(str(record["details"].get(name, "")) for name in ("status", "n_exchanges")),
        ]
        for record in sorted(records, key=lambda r: (order.index(r["task"]), r["seed"], r["peer"]))
        if record["outcome"] in ("ok", "infeasible")
    ]
    header = ["task", "seed", "peer", "objective", "recovery", "status", "exchanges"]
    return Table("Answers of each seed (independent function)", header, rows, detail=True)


def _excesses(records: list[Record]) -> tuple[Table, dict[str, float]]:
    """Return each task's largest relative excess of scope's objective over skscope's."""
    rows, largest = [], {}
    for task in report.names(records, "task"):
        paired = report.pairs(report.of(records, task=task), "scope", "skscope")
        if not paired:
            continue
        excesses = [report.excess(*pair) for pair in paired]
        largest[task] = max(excesses)
        of_gain = max(report.gain_excess(*pair) for pair in paired)
        better, worse = report.tally(excesses)
        figures = [f"{largest[task]:.2e}", f"{of_gain:.2e}", f"{worse}/{len(paired)}"]
        rows.append([task, *figures, f"{better}/{len(paired)}"])
    header = ["task", "largest excess", "of gain", "worse", "better"]
    title = "scope's objective against skscope's (worse: above 1e-6)"
    return Table(title, header, rows, detail=True), largest
