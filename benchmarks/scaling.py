"""How times grow with n, p and s: exponents, and the floor that the memory sets."""

from benchmarks import report, warm
from benchmarks.report import Record
from benchmarks.tables import Findings, Table, milliseconds, number

measure = warm.measure


def curves(records: list[Record]) -> dict[tuple[str, str, str], list[tuple[int, list[Record]]]]:
    """Return the records of each model, growing size and peer, with that size, in order."""
    found: dict[tuple[str, str, str], list[tuple[int, list[Record]]]] = {}
    for task in report.names(records, "task"):
        model, _, growing = task.partition(":")
        name, _, size = growing.partition("=")
        for peer in report.peers(records):
            mine = report.of(records, task=task, peer=peer, outcome="ok")
            if mine:
                found.setdefault((model, name, peer), []).append((int(size), mine))
    return {key: sorted(points, key=lambda point: point[0]) for key, points in found.items()}


def show(records: list[Record]) -> Findings:
    """Return the exponent of each curve with its first and last time."""
    rows = []
    for (model, name, peer), points in curves(records).items():
        sizes = [size for size, _ in points]
        seconds = [report.median(mine) for _, mine in points]
        slope = report.exponent(sizes, seconds)
        ends = [f"{name}={sizes[k]}: {milliseconds(seconds[k])}" for k in (0, -1)]
        rows.append([model, name, peer, number(slope, 2), *ends])
    header = ["model", "grows", "peer", "exponent", "ms at the smallest", "ms at the largest"]
    return Findings([Table("Growth of time", header, rows)])
