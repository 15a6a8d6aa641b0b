"""Peak memory and time of one solve of large data, in a process of its own."""

from benchmarks import cold
from benchmarks.report import Record
from benchmarks.tables import Findings, Table, megabytes, number

measure = cold.measure  # a fresh process for each solve is what the peak needs


def show(records: list[Record]) -> Findings:
    """Return seconds and the peak, in all and beyond the data, as shares of the data."""
    rows = []
    for record in records:
        name = [record["task"], record["peer"], str(record["seed"])]
        if record["outcome"] != "ok":
            rows.append([*name, *["-"] * 5, record["outcome"][:60]])
            continue
        memory = record["memory"]
        data = memory["data"]
        peaks = [
            f"{(memory[when] - memory['resident_before']) / data:.3f}"
            for when in ("peak_before_solve", "peak")
        ]
        figures = [number(record["seconds"]), f"{record['recovery']:.2f}"]
        status = record["details"].get("status", "ok")
        rows.append([*name, megabytes(data), *peaks, *figures, status])
    header = ["task", "peer", "seed", "data MB", "peak generating / data", "peak / data"]
    table = Table("Large data", [*header, "seconds", "recovery", "outcome"], rows)
    return Findings([table])
