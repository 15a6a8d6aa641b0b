"""Statistics, plain tables and the JSON file of a run."""

import datetime
import json
import math
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.environments import ROOT, settings

Record = dict[str, Any]

TOLERANCE = 1e-6  # relative excess of an objective that counts as worse


def table(title: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table: the first column flush left, the others flush right."""
    lines = [list(header), *(list(row) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    print(f"\n{title}")
    for i, line in enumerate(lines):
        cells = [f"{cell:<{w}}" if k == 0 else f"{cell:>{w}}" for k, (cell, w) in
                 enumerate(zip(line, widths, strict=True))]  # fmt: skip
        print("  ".join(cells).rstrip())
        if i == 0:
            print("  ".join("-" * width for width in widths))


def progress(text: str) -> None:
    """Say on standard error what is being done."""
    print(text, file=sys.stderr, flush=True)


def of(records: Iterable[Record], **wanted: Any) -> list[Record]:
    """Return the records whose fields have these values."""
    return [r for r in records if all(r.get(name) == value for name, value in wanted.items())]


def median(records: Iterable[Record], field: str = "seconds") -> float:
    """Return the median of a field over the solves that succeeded; NaN if none did."""
    values = [record[field] for record in records if record["outcome"] == "ok"]
    return statistics.median(values) if values else math.nan


def geometric_mean(ratios: Iterable[float]) -> float:
    """Return the geometric mean of those ratios that are known."""
    known = [ratio for ratio in ratios if math.isfinite(ratio)]
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


def pairs(records: list[Record], peer: str, other: str) -> list[tuple[Record, Record]]:
    """Return the solves of two peers of the same tasks and seeds, where both succeeded."""
    others = {(r["task"], r["seed"]): r for r in of(records, peer=other, outcome="ok")}
    mine = of(records, peer=peer, outcome="ok")
    return [(r, others[key]) for r in mine if (key := (r["task"], r["seed"])) in others]


def failures(records: Iterable[Record]) -> str:
    """Return the outcomes that are not "ok", counted."""
    bad = [record["outcome"][:60] for record in records if record["outcome"] != "ok"]
    return ", ".join(f"{bad.count(kind)}x {kind}" for kind in dict.fromkeys(bad))


def number(value: float, digits: int = 3) -> str:
    """Return a number with that many significant digits, or a dash for NaN."""
    return "-" if math.isnan(value) else f"{value:.{digits}g}"


def milliseconds(seconds: float) -> str:
    """Return a time in milliseconds."""
    return "-" if math.isnan(seconds) else f"{1e3 * seconds:.1f}"


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def _revision(source: Path) -> str:
    command = ["git", "-C", str(source), "describe", "--always", "--dirty"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


def circumstances(source: Path) -> Record:
    """Return machine, revision, command and date."""
    return {
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "command": ["python", "-m", "benchmarks", *sys.argv[1:]],
        "revision": _revision(source),
        "machine": {
            "processor": _processor(),
            "cores": os.cpu_count(),
            "memory": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
            "system": platform.platform(),
            "load": os.getloadavg(),
        },
        "environment": settings() | {"XLA_FLAGS": os.environ.get("XLA_FLAGS", "")},
    }


def save(run: Record, output: Path | None) -> None:
    """Write the raw results of a run as JSON, by default under build/benchmarks."""
    if output is None:
        stamp = run["date"].replace(":", "").partition("+")[0]
        output = ROOT / "build" / "benchmarks" / f"{run['name']}-{stamp}.json"
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps(run, indent=1), encoding="utf-8")
    print(f"\nraw results: {os.path.relpath(output)}")
