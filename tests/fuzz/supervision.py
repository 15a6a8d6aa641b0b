"""Rounds of examples in processes of their own, so that a signal is reported with its input."""

import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

PATIENCE = 120.0  # seconds for one example, compilation included; then it hangs
_POLL = 0.2


@dataclass(frozen=True)
class Outcome:
    """How a round ended: exit code or signal, its output, and the input that it was at."""

    code: int
    output: str
    current: str
    hung: bool = False

    @property
    def passed(self):
        """Whether nothing was found."""
        return self.code == 0 and not self.hung

    def __str__(self):
        """Say what was found."""
        if self.hung:
            return f"HANG: no end within {PATIENCE:g} s at\n{self.current}"
        if self.code < 0:
            name = signal.Signals(-self.code).name
            return f"{name} at\n{self.current}\n{self.output}"
        return self.output


def supervise(command, current: Path, environment=None, patience=PATIENCE) -> Outcome:
    """Run a round that writes each input to the file `current` before it is used."""
    current.write_text("before the first example", encoding="utf-8")
    log = current.with_suffix(".log")
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, env=environment or os.environ
        )
        hung = False
        while process.poll() is None:
            if time.time() - current.stat().st_mtime > patience:
                hung = True
                process.kill()
                break
            time.sleep(_POLL)
        code = process.wait()
    text = log.read_text(encoding="utf-8", errors="replace")
    return Outcome(code, text, current.read_text(encoding="utf-8", errors="replace"), hung)
