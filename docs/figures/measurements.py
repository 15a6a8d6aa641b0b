"""What ``python -m benchmarks`` measured: ratios of times, and growth with the floor of memory."""

from pathlib import Path

import matplotlib.pyplot as plt
from benchmarks import bandwidth, report, scaling, warm
from benchmarks.catalog import TASKS
from benchmarks.store import Store
from drawing import save_on_both_grounds

RESULTS = Path(__file__).parent.parent / "benchmarks.json"
STYLES = {
    "scope": ("#4c9be8", "o"),
    "skscope": ("#e8843c", "s"),
    "skscope-nojit": ("#b8601c", "D"),
    "abess": ("#5fa55a", "^"),
    "omp": ("#a678c8", "v"),
    "lasso": ("#c85f8e", "P"),
    "skglm": ("#b0a030", "X"),
    "cvxpy": ("#8c959f", "*"),
}


def records(name):
    """Return the records of a section."""
    return Store(RESULTS).sections.get(name, {"records": []})["records"]


def draw_ratios(ink):
    """Draw each peer's ratio to scope, by task."""
    measured = records("warm")
    tasks = report.names(measured, "task")[::-1]
    figure, axis = plt.subplots(figsize=(7.2, 0.32 * len(tasks) + 1.4))
    for peer, (color, marker) in STYLES.items():
        points = [(warm.ratio(measured, task, peer), task) for task in tasks]
        known = [(ratio, tasks.index(task)) for ratio, task in points if ratio > 0.0]
        if known:
            axis.plot(*zip(*known, strict=True), marker, color=color, label=peer)
    axis.axvline(1.0, color=ink, linewidth=0.8)
    axis.set_xscale("log")
    axis.set_yticks(range(len(tasks)), [_with_size(task) for task in tasks], fontsize=10)
    axis.set_xlabel("time over that of scope, warm")
    if measured:
        axis.legend(fontsize=10, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return figure


def _with_size(name):
    task = TASKS[name]
    return f"{name} ({task.n}, {task.p}, {task.s})"


def draw_growth(ink):
    """Draw times over n, p and s, one row a model."""
    measured = records("scaling")
    found = scaling.curves(measured)
    speed = bandwidth.fastest(records("bandwidth"))
    figure, axes = plt.subplots(2, 3, figsize=(8.4, 5.2), sharey="row")
    for row, model in zip(axes, ("linear", "logistic"), strict=True):
        for axis, name in zip(row, "nps", strict=True):
            for peer, (color, marker) in STYLES.items():
                _curve(axis, found.get((model, name, peer), []), peer, color, marker)
            if speed:
                _floor(axis, found.get((model, name, "scope"), []), speed, ink)
            axis.set_xscale("log")
            axis.set_yscale("log")
            axis.set_xlabel(name)
        row[0].set_ylabel(f"{model}: seconds")
    if found:
        axes[0, 0].legend(fontsize=9)
    return figure


def _curve(axis, points, peer, color, marker):
    if points:
        sizes, seconds = zip(*((size, report.median(mine)) for size, mine in points), strict=True)
        slope = report.exponent(sizes, seconds)
        axis.plot(sizes, seconds, color=color, marker=marker, label=f"{peer}: {slope:.2f}")


def _floor(axis, points, speed, ink):
    floors = [
        (size, min(bandwidth.floor(record, speed) for record in mine)) for size, mine in points
    ]
    if floors:
        axis.plot(*zip(*floors, strict=True), ":", color=ink, label="floor")


def save(target):
    """Save the pictures; without results empty ones."""
    target.mkdir(exist_ok=True)
    save_on_both_grounds(draw_ratios, "measurements-ratios", target)
    save_on_both_grounds(draw_growth, "measurements-growth", target)


if __name__ == "__main__":
    save(Path(__file__).parent.parent / "_figures")
