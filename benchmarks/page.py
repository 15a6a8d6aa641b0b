"""Writes ``docs/benchmarks.md`` and the sentence of the README from ``docs/benchmarks.json``."""

import json
import math
import os
import subprocess
import sys
from pathlib import Path
from string import Template
from typing import Any

from benchmarks import cold, instructions, report, warm
from benchmarks.catalog import TASKS
from benchmarks.commands import COMMANDS, PUBLISHED
from benchmarks.environments import ROOT, NotInstalledError, prepare
from benchmarks.report import Record
from benchmarks.store import Store
from benchmarks.tables import Table, number

RESULTS = ROOT / "docs" / "benchmarks.json"
PAGE = ROOT / "docs" / "benchmarks.md"
README = ROOT / "README.md"
MARK = "<!-- from docs/benchmarks.md -->\n"
_TEMPLATE = Path(__file__).parent / "page.md"
_SUITES = ("paper", "abess", "designs")
_QUOTED = {"skscope": "skscope 0.1.8 (`jit=True`)", "abess": "abess 0.4.11"}
_NOTHING = "*Not measured yet.*"


def publish() -> None:
    """Write the page and the README's sentence, and draw the figures."""
    sections = write()
    before, _, rest = README.read_text(encoding="utf-8").partition(MARK)
    after = rest.partition(MARK)[2]
    quoted = f"{MARK}{summary(sections)}\n{MARK}"
    README.write_text(before + quoted + after, encoding="utf-8")
    _draw()


def write() -> dict[str, Any]:
    """Write the page alone; return the results that it shows."""
    sections = Store(RESULTS).sections
    PAGE.write_text(render(sections), encoding="utf-8")
    return sections


def _draw() -> None:
    """Draw the figures where the site looks for them; it draws them anew when it is built."""
    try:
        python = prepare("figures")
    except NotInstalledError as error:
        print(f"no figures: {error}", file=sys.stderr)
        return
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "docs")])}
    script = ROOT / "docs" / "figures" / "measurements.py"
    subprocess.run([str(python), str(script)], check=True, cwd=ROOT, env=environment)


def render(sections: dict[str, Any]) -> str:
    """Return the page for sections of results; a section that is missing is said to be."""
    parts = {name: _shown(name, sections) for name in PUBLISHED if name not in ("warm", "cold")}
    warm_records = _records(sections, "warm")
    parts |= {suite: _suite(warm_records, suite) for suite in _SUITES}
    parts["cold"] = _tables(cold.show(_records(sections, "cold")).tables)
    rows = [f"| `{name}` | {command.help} |" for name, command in COMMANDS.items()]
    parts |= {
        "commands": "\n".join(rows),
        "summary": summary(sections),
        "instructions": _instructions(),
        "machine": _machine(sections),
        "versions": _versions(sections),
        "runs": _runs(sections),
    }
    return Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(parts)


def summary(sections: dict[str, Any]) -> str:
    """Return the sentence that the README quotes."""
    said = []
    for name, kind in {"warm": "warm", "cold": "first"}.items():
        records = _records(sections, name)
        means = warm.means_of_ratios(records)
        for peer, called in _QUOTED.items():
            if math.isfinite(means.get(peer, math.nan)):
                tasks = {mine["task"] for mine, _ in report.pairs(records, peer, "scope")}
                factor = number(means[peer], 2)
                said.append(f"{called} {factor} times ({kind} solves, {len(tasks)} tasks)")
    if not said:
        return "Nothing is measured yet."
    return f"As geometric means, the time of a solve over scope's is: {', '.join(said)}."


def _records(sections: dict[str, Any], name: str) -> list[Record]:
    records: list[Record] = sections.get(name, {}).get("records", [])
    return records


def _tables(tables: Any) -> str:
    shown = [table.markdown() for table in tables if table.rows and not table.detail]
    return "\n\n".join(shown) or _NOTHING


def _shown(name: str, sections: dict[str, Any]) -> str:
    records = _records(sections, name)
    if not records:
        return _NOTHING
    findings = COMMANDS[name].show(records)
    notes = [] if name == "levels" else [f"- {note}" for note in findings.notes]
    return "\n\n".join(filter(None, [_tables(findings.tables), "\n".join(notes)]))


def _suite(records: list[Record], suite: str) -> str:
    mine = [record for record in records if TASKS[record["task"]].suite == suite]
    if not mine:
        return _NOTHING
    means = ", ".join(f"{peer} {number(mean)}" for peer, mean in warm.means_of_ratios(mine).items())
    said = f"Geometric means of the ratios: {means}."
    return "\n\n".join([_tables([warm.times(mine)]), said, _tables([warm.answers(mine)])])


def _instructions() -> str:
    if not instructions.BASELINE.exists():
        return _NOTHING
    found = json.loads(instructions.BASELINE.read_text(encoding="utf-8"))
    rows = [[name, f"{count:,}"] for name, count in found["counts"].items()]
    return Table("", ["kernel", f"instructions ({found['compiler']})"], rows).markdown()


def _machine(sections: dict[str, Any]) -> str:
    runs = [run for section in sections.values() for run in section["runs"]]
    if not runs:
        return _NOTHING
    machine = runs[-1]["machine"]
    settings = " ".join(f"`{name}={value}`" for name, value in runs[-1]["environment"].items())
    memory = machine["memory"] / 2**30
    return (
        f"{machine['processor']}, {machine['cores']} cores, {memory:.0f} GiB, {machine['system']}."
        f" Workers were started with {settings}."
    )


def _versions(sections: dict[str, Any]) -> str:
    found: dict[str, dict[str, str]] = {}
    for section in sections.values():
        found |= section["versions"]
    rows = [
        [peer, ", ".join(f"{name} {version}" for name, version in versions.items())]
        for peer, versions in found.items()
    ]
    return Table("", ["peer", "versions"], rows).markdown()


def _runs(sections: dict[str, Any]) -> str:
    rows = [
        [
            name,
            run["date"].partition("+")[0].replace("T", " "),
            run["revision"],
            str(run["seeds"]),
            f"{run['limit']:.0f}",
            number(run["budget"]),
            f"{run['machine']['load'][0]:.1f}",
            f"`{run['command']}`",
        ]
        for name, section in sections.items()
        for run in section["runs"]
    ]
    header = [
        "section",
        "begun (UTC)",
        "revision",
        "seeds",
        "limit s",
        "budget s",
        "load",
        "command",
    ]
    return Table("", header, rows).markdown()
