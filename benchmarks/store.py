"""The JSON file of results: sections with their circumstances, written while they are measured."""

import json
import time
from pathlib import Path
from typing import Any

from benchmarks.report import Record

_SECONDS_BETWEEN_WRITES = 5.0


class Store:
    """A file of sections, each with its circumstances and its records."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.sections: dict[str, Any] = {}
        if path.exists():
            self.sections = json.loads(path.read_text(encoding="utf-8"))["sections"]

    def write(self) -> None:
        """Write all sections, a record a line, so that changes can be read."""
        blocks = [f"{json.dumps(name)}: {_dumped(s)}" for name, s in self.sections.items()]
        text = '{"sections": {\n' + ",\n".join(blocks) + "\n}}\n"
        self.path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self.path.with_suffix(".part")
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(self.path)


def _dumped(section: Record) -> str:
    lines = [
        f"  {json.dumps(name)}: {json.dumps(value)}"
        for name, value in section.items()
        if name != "records"
    ]
    records = ",\n".join(f"    {json.dumps(record)}" for record in section["records"])
    return "{\n" + ",\n".join([*lines, f'  "records": [\n{records}\n  ]']) + "\n}"


class Journal:
    """The records of one section. What is recorded already is not measured again.

    Parameters
    ----------
    store : Store
        Where the section is kept.
    name : str
        Name of the section.
    circumstances : dict
        Machine, date, command and so on of this run, kept with those of the runs before.
    resume : bool
        Keep the section's records and go on; otherwise it starts anew.
    """

    def __init__(self, store: Store, name: str, circumstances: Record, resume: bool) -> None:
        self._store = store
        self._written = 0.0
        kept = store.sections.get(name, {}) if resume else {}
        self.records: list[Record] = kept.get("records", [])
        self.versions: dict[str, Any] = kept.get("versions", {})
        runs = [*kept.get("runs", []), circumstances]
        self._section = {"runs": runs, "versions": self.versions, "records": self.records}
        store.sections[name] = self._section

    def knows(self, task: str, peer: str, seed: int) -> bool:
        """Whether there is a record of a solve."""
        key = (task, peer, seed)
        return any((r["task"], r["peer"], r["seed"]) == key for r in self.records)

    def add(self, task: str, peer: str, seed: int, answer: Record) -> None:
        """Keep a record, and the versions that a peer was measured with apart from it."""
        versions = answer.pop("versions", None)
        if versions:
            self.versions[peer] = versions
        answer.pop("support", None)  # found again from the seed
        self.records.append({"task": task, "peer": peer, "seed": seed, **answer})
        if time.monotonic() - self._written > _SECONDS_BETWEEN_WRITES:
            self.close()

    def close(self, summary: Record | None = None) -> None:
        """Write the section, with a summary of its records if there is one."""
        if summary is not None:
            self._section["summary"] = summary
        self._store.write()
        self._written = time.monotonic()
