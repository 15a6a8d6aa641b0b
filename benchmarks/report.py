"""Statistics of records: medians, spreads, ratios, and how far objectives are from a reference."""

import math
import statistics
from collections.abc import Iterable
from typing import Any

from benchmarks.catalog import ALL_PEERS

Record = dict[str, Any]

TOLERANCE = 1e-6  # relative excess of an objective that counts as worse


def of(records: Iterable[Record], **wanted: Any) -> list[Record]:
    """Return the records whose fields have these values."""
    return [r for r in records if all(r.get(name) == value for name, value in wanted.items())]


def median(records: Iterable[Record], field: str = "seconds") -> float:
    """Return the median of a field over the solves that succeeded; NaN if none did."""
    values = [record[field] for record in records if record["outcome"] == "ok"]
    return statistics.median(values) if values else math.nan


def quartiles(records: Iterable[Record], field: str = "seconds") -> tuple[float, float, float]:
    """Return median, lower and upper quartile of a field over the solves that succeeded."""
    values = [record[field] for record in records if record["outcome"] == "ok"]
    if len(values) < 2:
        only = values[0] if values else math.nan
        return only, only, only
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return middle, low, high


def mean(records: Iterable[Record], field: str) -> float:
    """Return the mean of a field over the solves that succeeded; NaN if none did."""
    values = [record[field] for record in records if record["outcome"] == "ok"]
    return statistics.mean(values) if values else math.nan


def exponent(sizes: Iterable[float], seconds: Iterable[float]) -> float:
    """Return the slope of log time over log size by least squares; NaN for less than three."""
    known = [(math.log(x), math.log(y)) for x, y in zip(sizes, seconds, strict=True) if y > 0.0]
    if len(known) < 3:
        return math.nan
    return statistics.linear_regression(*zip(*known, strict=True)).slope


def names(records: Iterable[Record], field: str) -> list[str]:
    """Return the values of a field in the order in which they appear."""
    return list(dict.fromkeys(record[field] for record in records))


def peers(records: Iterable[Record]) -> list[str]:
    """Return the solvers of records, scope first, in the order of the catalog."""
    return sorted(names(records, "peer"), key=ALL_PEERS.index)


def geometric_mean(ratios: Iterable[float]) -> float:
    """Return the geometric mean of those ratios that are known."""
    known = [ratio for ratio in ratios if math.isfinite(ratio) and ratio > 0.0]
    return statistics.geometric_mean(known) if known else math.nan


def excess(record: Record, reference: Record) -> float:
    """Return by how much an objective is above a reference, relative to the reference.

    Where the reference is next to zero (separable classes), a millionth of what the reference
    gained over the zero vector takes its place.
    """
    value, best = record["objective"], reference["objective"]
    gained = abs(reference["objective_at_zero"] - best)
    return float((value - best) / max(abs(best), TOLERANCE * gained, 1e-300))


def gain_excess(record: Record, reference: Record) -> float:
    """Return the same difference relative to what the reference gained over the zero vector."""
    gained = abs(reference["objective_at_zero"] - reference["objective"])
    return float((record["objective"] - reference["objective"]) / max(gained, 1e-300))


def tally(excesses: Iterable[float]) -> tuple[int, int]:
    """Return how many excesses are better than a reference, and how many worse."""
    known = list(excesses)
    return sum(e < -TOLERANCE for e in known), sum(e > TOLERANCE for e in known)


def pairs(records: list[Record], peer: str, other: str) -> list[tuple[Record, Record]]:
    """Return the solves of two peers of the same tasks and seeds, where both succeeded."""
    others = {(r["task"], r["seed"]): r for r in of(records, peer=other, outcome="ok")}
    mine = of(records, peer=peer, outcome="ok")
    return [(r, others[key]) for r in mine if (key := (r["task"], r["seed"])) in others]


def failures(records: Iterable[Record]) -> str:
    """Return the outcomes that are not "ok", counted."""
    bad = [record["outcome"][:60] for record in records if record["outcome"] != "ok"]
    return ", ".join(f"{bad.count(kind)}x {kind}" for kind in dict.fromkeys(bad))
