"""Time of a solve against the time of its passes over the data at the memory's bandwidth."""

from collections.abc import Mapping
from pathlib import Path

from benchmarks import report
from benchmarks.catalog import Task
from benchmarks.circumstances import progress
from benchmarks.report import Record
from benchmarks.session import Limits, contest
from benchmarks.store import Journal
from benchmarks.tables import Findings, Table, milliseconds, number

_EXTRA_PASSES = 2  # the gradient at the start, and at the answer


def measure(
    tasks: list[Task], pythons: Mapping[str, Path], seeds: int, limits: Limits, journal: Journal
) -> None:
    """Time solves; after the last one, measure the bandwidth and profile one more."""
    if "scope" not in pythons:
        raise SystemExit("bandwidth is measured for scope")
    for task in tasks:
        if journal.knows(task.name, "profile", 0):
            continue
        with contest(task, {"scope": pythons["scope"]}, limits) as (scope,):
            for seed in range(seeds):
                progress(f"{task.name}, seed {seed}")
                answer = scope.solve(seed)
                journal.add(task.name, "scope", seed, {**answer, "versions": scope.versions})
            progress(f"{task.name}, profile")
            journal.add(task.name, "profile", 0, scope.ask("profile"))


def floor(record: Record, speed: float) -> float:
    """Return the seconds of a solve's passes over its data at a number of bytes per second."""
    return float(passes(record) * record["memory"]["data"] / speed)


def passes(record: Record) -> int:
    """Return how often a solve of scope has to read its data."""
    return int(record["details"]["n_exchanges"]) + _EXTRA_PASSES


def fastest(records: list[Record]) -> float:
    """Return the largest bandwidth that was measured, in bytes per second; 0 if none was."""
    profiles = report.of(records, peer="profile", outcome="ok")
    return max((speed for p in profiles for speed in p["bandwidth"].values()), default=0.0)


def show(records: list[Record]) -> Findings:
    """Return the ratio of each task, and where the rest goes."""
    rows, ratios = [], {}
    for profile in report.of(records, peer="profile", outcome="ok"):
        best = max(profile["bandwidth"].values())
        for record in report.of(records, task=profile["task"], peer="scope", outcome="ok"):
            details, least = record["details"], floor(record, best)
            ratios[f"{record['task']} {record['seed']}"] = record["seconds"] / least
            counts = (passes(record), details["n_evaluations"], details["n_hessians"])
            times = [milliseconds(t) for t in (record["seconds"], least)]
            name = [record["task"], str(record["seed"])]
            rows.append([*name, *times, number(record["seconds"] / least), *map(str, counts)])
    header = ["task", "seed", "ms", "passes ms", "ratio", "passes", "gradients", "Hessians"]
    table = Table("Solves against their passes at the memory's bandwidth", header, rows)
    profiles = report.of(records, peer="profile")
    return Findings([table, _parts(profiles), *map(_heaviest, profiles)], (), {"ratios": ratios})


def _parts(profiles: list[Record]) -> Table:
    fields = {
        "profiled": "in all, profiled",
        "python": "reading and publishing",
        "tracing": "of which tracing",
        "callbacks": "callbacks",
        "native": "native",
    }
    rows = []
    for profile in profiles:
        if profile["outcome"] != "ok":
            rows.append([profile["task"], profile["outcome"][:40], *["-"] * len(fields)])
            continue
        speed = max(profile["bandwidth"].values()) / 1e9
        rows.append(
            [profile["task"], f"{speed:.1f}", *(milliseconds(profile[name]) for name in fields)]
        )
    header = ["task", "GB/s", *(f"{text}, ms" for text in fields.values())]
    return Table("Where the time of a solve goes", header, rows)


def _heaviest(profile: Record) -> Table:
    rows = [
        [entry["function"], milliseconds(entry["own"]), str(entry["calls"])]
        for entry in profile.get("heaviest", [])
    ]
    title = f"{profile['task']}: functions with the most time of their own"
    return Table(title, ["function", "ms", "calls"], rows, detail=True)
