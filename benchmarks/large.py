"""Peak memory and time of one solve of large data, in a process of its own."""

from benchmarks import cold, report
from benchmarks.report import Record

measure = cold.measure  # a fresh process for each solve is what the peak needs


def show(records: list[Record]) -> Record:
    """Print seconds and the peak, in all and beyond the data, as shares of the data."""
    rows = []
    for record in records:
        name = [record["task"], record["peer"]]
        if record["outcome"] != "ok":
            rows.append([*name, *[""] * 6, record["outcome"][:60]])
            continue
        memory = record["memory"]
        data = memory["data"]
        peaks = [
            f"{(memory[when] - memory['resident_before']) / data:.3f}"
            for when in ("peak_before_solve", "peak")
        ]
        sizes = [f"{memory[what] / 1e6:.0f}" for what in ("data", "resident_before")]
        figures = [report.number(record["seconds"]), f"{record['recovery']:.2f}"]
        rows.append([*name, *sizes, *peaks, *figures, record["details"].get("status", "")])
    header = ["task", "peer", "data MB", "MB before", "peak generating / data", "peak / data"]
    report.table("Large data", [*header, "seconds", "recovery", "outcome"], rows)
    return {}
