"""The worked examples, solved by scope and skscope: objectives, recovery and time side by side."""

import math
from collections.abc import Mapping
from pathlib import Path

from benchmarks import report
from benchmarks.circumstances import progress
from benchmarks.environments import ROOT
from benchmarks.report import Record
from benchmarks.session import Limits, Process
from benchmarks.store import Journal
from benchmarks.tables import Findings, Table, milliseconds, number


def select(names: list[str]) -> list[str]:
    """Return the examples of these names; "examples" stands for all.

    Raises
    ------
    KeyError
        There is no example of such a name.
    """
    known = sorted(path.stem for path in (ROOT / "examples").glob("*.py"))
    chosen = known if "examples" in names else names
    for name in chosen:
        if name not in known:
            raise KeyError(f"no example {name!r}; examples: {', '.join(known)}")
    return chosen


def measure(
    names: list[str], pythons: Mapping[str, Path], seeds: int, limits: Limits, journal: Journal
) -> None:
    """Have each peer run each example, once and then `seeds` times more.

    The peers take turns. Each keeps its process from one example to the next; one that died is
    replaced, and what it died of is the result.
    """
    processes: dict[str, Process] = {}
    try:
        for name in names:
            for peer, python in pythons.items():
                if journal.knows(name, peer, 0):
                    continue
                progress(f"{name}, {peer}")
                if peer not in processes or not processes[peer].alive:
                    processes[peer] = Process(peer, python)
                limit = (1 + seeds) * limits.solve
                request = {"command": "example", "name": name, "rounds": seeds}
                answer = processes[peer].ask(limit, **request)
                versions = processes[peer].hello.get("versions")
                journal.add(name, peer, 0, {**answer, "versions": versions})
    finally:
        for process in processes.values():
            process.close()


def show(records: list[Record]) -> Findings:
    """Return a row for each example, and those where scope is worse than skscope."""
    names = report.names(records, "task")
    rows, failed, ratios = [], [], []
    for name in names:
        mine, other = (_of_peer(records, name, peer) for peer in ("scope", "skscope"))
        both = mine["outcome"] == other["outcome"] == "ok"
        excess = report.excess(mine, other) if both else math.nan
        wrong = mine["outcome"] != "ok" or not mine["recovery"] or excess > report.TOLERANCE
        failed += [name] if wrong else []
        ratio = other["seconds"] / mine["seconds"] if both else math.nan
        ratios.append(ratio)
        rows.append(
            [
                name + (" (criterion)" if mine.get("by_criterion") else ""),
                *(_value(record) for record in (mine, other)),
                "-" if math.isnan(excess) else f"{excess:.1e}",
                *(_recovery(record) for record in (mine, other)),
                *(milliseconds(r.get("seconds", math.nan)) for r in (mine, other)),
                number(ratio),
                *(milliseconds(r.get("first_seconds", math.nan)) for r in (mine, other)),
                "<- WORSE" if wrong else "",
            ]
        )
    header = ["example", "scope", "skscope", "excess", "truth", "sk truth", "ms", "sk ms"]
    header += ["ratio", "first ms", "sk first", ""]
    table = Table("Worked examples (objectives in double precision)", header, rows)
    mean = report.geometric_mean(ratios)
    notes = [f"Geometric mean of the ratios of time: {number(mean)}."] + [
        f"{record['task']}, {record['peer']}: {record['outcome'][:100]}"
        for record in records
        if record["outcome"] not in ("ok", "not asked")
    ]
    return Findings([table], notes, {"failed": failed, "geometric_mean": mean})


def _of_peer(records: list[Record], name: str, peer: str) -> Record:
    found = report.of(records, task=name, peer=peer)
    return found[0] if found else {"outcome": "not asked"}


def _value(record: Record) -> str:
    return f"{record['objective']:.9g}" if record["outcome"] == "ok" else record["outcome"][:24]


def _recovery(record: Record) -> str:
    return ("yes" if record["recovery"] else "no") if record["outcome"] == "ok" else "-"
