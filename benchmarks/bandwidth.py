"""Time of a solve against the time of its passes over the data at the memory's bandwidth."""

from collections.abc import Mapping
from pathlib import Path

from benchmarks import report
from benchmarks.catalog import Task
from benchmarks.report import Record
from benchmarks.session import Limits, contest

_EXTRA_PASSES = 2  # the gradient at the start, and at the answer


def measure(
    tasks: list[Task], pythons: Mapping[str, Path], seeds: int, limits: Limits
) -> list[Record]:
    """Time solves; after the last one, measure the bandwidth and profile one more."""
    if "scope" not in pythons:
        raise SystemExit("bandwidth is measured for scope")
    records: list[Record] = []
    for task in tasks:
        with contest(task, {"scope": pythons["scope"]}, limits) as (scope,):
            for seed in range(seeds):
                report.progress(f"{task.name}, seed {seed}")
                answer = scope.solve(seed)
                records.append({"task": task.name, "peer": "scope", "seed": seed, **answer})
            report.progress(f"{task.name}, profile")
            profile = scope.ask("profile")
            records.append({"task": task.name, "peer": "profile", **profile})
    return records


def show(records: list[Record]) -> Record:
    """Print the ratio of each task, and where the rest goes."""
    rows, ratios = [], {}
    for profile in report.of(records, peer="profile", outcome="ok"):
        best = max(profile["bandwidth"].values())
        for record in report.of(records, task=profile["task"], peer="scope", outcome="ok"):
            details = record["details"]
            passes = details["n_exchanges"] + _EXTRA_PASSES
            floor = passes * record["memory"]["data"] / best
            ratio = record["seconds"] / floor
            ratios[f"{record['task']} {record['seed']}"] = ratio
            counts = (passes, details["n_evaluations"], details["n_hessians"])
            times = [report.milliseconds(t) for t in (record["seconds"], floor)]
            name = [record["task"], str(record["seed"])]
            rows.append([*name, *times, report.number(ratio), *map(str, counts)])
    header = ["task", "seed", "ms", "passes ms", "ratio", "passes", "gradients", "Hessians"]
    report.table("Solves against their passes at the memory's bandwidth", header, rows)
    for profile in report.of(records, peer="profile"):
        _show_profile(profile)
    return {"ratios": ratios}


def _show_profile(profile: Record) -> None:
    print(f"\n{profile['task']}: profile of one solve")
    if profile["outcome"] != "ok":
        print(f"  {profile['outcome']}")
        return
    speeds = ", ".join(f"{kind} {v / 1e9:.1f}" for kind, v in profile["bandwidth"].items())
    print(f"  bandwidth, GB/s: {speeds}")
    parts = {
        "in all, with the profiler": "profiled",
        "reading and publishing, in Python": "python",
        "  of which tracing takes about": "tracing",
        "callbacks": "callbacks",
        "native": "native",
    }
    for text, field in parts.items():
        print(f"  {text:36s} {report.milliseconds(profile[field]):>8s} ms")
    for entry in profile["heaviest"]:
        own = report.milliseconds(entry["own"])
        print(f"    {own:>8s} ms {entry['calls']:6d} calls  {entry['function']}")
