"""Tables as plain text for the terminal and as Markdown for the page; numbers as they appear."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

_NUMBERS = re.compile(r"[-\d\s.,e+/%\[\]]*")


@dataclass(frozen=True)
class Table:
    """A title, a header and rows of text; details stay in the terminal."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    detail: bool = False

    def text(self) -> str:
        """Return the table in columns: words flush left, numbers flush right."""
        numeric = self._numeric()
        lines = [list(self.header), *(list(row) for row in self.rows)]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        lines.insert(1, ["-" * width for width in widths])
        shown = [self.title]
        for line in lines:
            cells = [
                f"{cell:>{width}}" if right else f"{cell:<{width}}"
                for cell, width, right in zip(line, widths, numeric, strict=True)
            ]
            shown.append("  ".join(cells).rstrip())
        return "\n".join(shown)

    def markdown(self) -> str:
        """Return the table as Markdown, without its title."""
        alignment = ["--:" if right else "---" for right in self._numeric()]
        rows = [list(self.header), alignment, *(list(row) for row in self.rows)]
        return "\n".join(f"| {' | '.join(_escaped(cell) for cell in row)} |" for row in rows)

    def _numeric(self) -> list[bool]:
        """Return which columns have numbers only, or nothing."""
        columns = zip(*self.rows, strict=True) if self.rows else ((),) * len(self.header)
        return [all(_NUMBERS.fullmatch(cell) for cell in column) for column in columns]


@dataclass(frozen=True)
class Findings:
    """What the records of a command say: tables, sentences, and what a program reads."""

    tables: Sequence[Table]
    notes: Sequence[str] = ()
    summary: dict[str, Any] = field(default_factory=dict)

    def text(self) -> str:
        """Return all that the terminal shows."""
        shown = [table.text() for table in self.tables if table.rows]
        return "\n" + "\n\n".join([*shown, "\n".join(self.notes)])


def _escaped(cell: str) -> str:
    return cell.replace("|", "\\|").replace("<", "&lt;")


def number(value: float | None, digits: int = 3) -> str:
    """Return a number with that many significant digits, or a dash if it is not known."""
    return "-" if value is None or math.isnan(value) else f"{value:.{digits}g}"


def milliseconds(seconds: float) -> str:
    """Return a time in milliseconds, to three digits."""
    if math.isnan(seconds):
        return "-"
    value = 1e3 * seconds
    return f"{value:.0f}" if value >= 100.0 else f"{value:.3g}"


def spread(middle: float, low: float, high: float) -> str:
    """Return a median time with its quartiles, in milliseconds."""
    if math.isnan(middle):
        return "-"
    return f"{milliseconds(middle)} [{milliseconds(low)}, {milliseconds(high)}]"


def megabytes(count: float) -> str:
    """Return bytes in megabytes."""
    return "-" if math.isnan(count) else f"{count / 1e6:.0f}"
