"""The part of the comparison that continuous integration repeats: answers, not times."""

from benchmarks import report, warm
from benchmarks.report import Record
from benchmarks.tables import Findings

measure = warm.measure


def show(records: list[Record]) -> Findings:
    """Return the tables of `warm`, and as failures all in which scope is behind a peer."""
    failed = [
        fault
        for task in report.names(records, "task")
        for fault in faults(task, report.of(records, task=task))
    ]
    notes = ["scope is nowhere behind." if not failed else "scope is behind."]
    return Findings([warm.times(records), warm.answers(records)], notes, {"failed": failed})


def faults(task: str, records: list[Record]) -> list[str]:
    """Return in what scope is behind: a solve, an objective of a seed, or the mean recovery.

    A peer that did not solve anything is a fault as well: it may not have been installed.
    """
    found = []
    failures = report.failures(report.of(records, peer="scope"))
    if failures:
        found.append(f"{task}: {failures}")
    for peer in report.peers(records):
        paired = report.pairs(records, "scope", peer)
        if peer == "scope":
            continue
        if not paired:
            found.append(f"{task}: nothing of {peer}'s to compare with")
            continue
        worse = [
            mine["seed"] for mine, other in paired if report.excess(mine, other) > report.TOLERANCE
        ]
        if worse:
            found.append(f"{task}: objective above {peer}'s at seeds {worse}")
        ours, theirs = ([pair[k] for pair in paired] for k in (0, 1))
        if report.mean(ours, "recovery") < report.mean(theirs, "recovery"):
            found.append(f"{task}: recovery below {peer}'s")
    return found
