"""All algorithms beside their namesakes: how much of the truth they recover, and how fast."""

import math
import statistics

from benchmarks import report
from benchmarks.catalog import JITTED
from benchmarks.report import Record
from benchmarks.tables import Findings, Table, number


def show(records: list[Record]) -> Findings:
    """Return mean recovery, objectives that are worse, and ratios of times."""
    rows, behind = [], []
    for task in report.names(records, "task"):
        paired = report.pairs(report.of(records, task=task), "scope", "skscope")
        failed = [report.failures(report.of(records, task=task, peer=p)) or "-" for p in JITTED]
        if not paired:
            rows.append([task, "0", *["-"] * 5, *failed])
            continue
        mine, other = ([pair[k]["recovery"] for pair in paired] for k in (0, 1))
        noise = _standard_error([a - b for a, b in zip(mine, other, strict=True)])
        worse = sum(report.excess(*pair) > report.TOLERANCE for pair in paired)
        ratio = statistics.median(b["seconds"] / a["seconds"] for a, b in paired)
        if statistics.mean(mine) < statistics.mean(other) - 2.0 * noise:
            behind.append(task)
        rows.append(
            [
                task,
                str(len(paired)),
                f"{statistics.mean(mine):.3f}",
                f"{statistics.mean(other):.3f}",
                f"{noise:.3f}",
                f"{worse}/{len(paired)}",
                number(ratio),
                *failed,
            ]
        )
    header = ["task", "seeds", "recovery", "skscope's", "error", "worse", "times faster"]
    table = Table("Algorithms", [*header, "scope failed", "skscope failed"], rows)
    notes = [f"Recovery behind by two standard errors: {', '.join(behind) or 'none'}."]
    return Findings([table], notes, {"behind": behind})


def _standard_error(differences: list[float]) -> float:
    if len(differences) < 2:
        return 0.0
    return statistics.stdev(differences) / math.sqrt(len(differences))
