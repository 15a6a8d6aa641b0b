"""Drives workers: asks, waits no longer than a limit, restarts what died and records it."""

import json
import math
import os
import select
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from benchmarks.catalog import Task
from benchmarks.environments import BUILD, ROOT, worker_environment

Answer = dict[str, Any]

_START_LIMIT = 300.0  # starting and generating data are not what is measured
_WARM_SEED = 10_000  # seeds of warm-up solves are never timed
_LEAST_SEEDS = 3
_LONG = 10.0  # seconds; after such a warm-up another would show nothing


@dataclass(frozen=True)
class Limits:
    """How long a solve may take, and how often a peer may fail.

    `patience` failures in a row, or a solve beyond the limit, leave a peer out of the rest of a
    task. Once its timed solves of a task took `budget` seconds, and there were three, it has no
    more seeds.
    """

    solve: float = 300.0
    warmups: int = 2
    scale: float = 1.0
    patience: int = 2
    budget: float = math.inf


class Process:
    """One worker process. After a failure it is dead, and the answer says of what."""

    def __init__(self, peer: str, python: Path) -> None:
        self.log = BUILD / f"{peer}.log"
        self._process: subprocess.Popen[bytes] | None = None
        self.hello: Answer = {"outcome": "not installed"}
        self.alive = False
        if not python.exists():
            return
        with self.log.open("w") as log:
            self._process = subprocess.Popen(
                [str(python), "-m", "benchmarks.worker", peer],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                cwd=ROOT,
                env=worker_environment(),
            )
        self.hello = self._answer(_START_LIMIT)
        self.alive = self.hello["outcome"] == "ok"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def ask(self, limit: float, **request: Any) -> Answer:
        """Send a request and return the answer, whose `outcome` is "ok" or what went wrong."""
        if not self.alive:
            return {**self.hello, "outcome": f"not started: {self.hello['outcome']}"}
        assert self._process is not None  # it is alive
        assert self._process.stdin is not None  # it is a pipe
        try:
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            return self._death()
        answer = self._answer(limit)
        self.alive = self._process.poll() is None
        return answer

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
        self.alive = False

    def _answer(self, limit: float) -> Answer:
        assert self._process is not None  # it was started
        assert self._process.stdout is not None  # it is a pipe
        descriptor = self._process.stdout.fileno()
        deadline, received = time.monotonic() + limit, b""
        while not received.endswith(b"\n"):
            left = deadline - time.monotonic()
            if left <= 0.0 or not select.select([descriptor], [], [], left)[0]:
                self.close()
                return {"outcome": "time limit", "limit": limit}
            chunk = os.read(descriptor, 1 << 16)
            if not chunk:
                return self._death()
            received += chunk
        answer: Answer = json.loads(received)
        return {"outcome": f"error: {answer['error']}" if "error" in answer else "ok", **answer}

    def _death(self) -> Answer:
        assert self._process is not None  # it was started
        code = self._process.wait()
        self.alive = False
        name = signal.Signals(-code).name if code < 0 else f"exit {code}"
        said = self.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return {"outcome": f"aborted ({name})", "last_words": said[-20:]}


class Contestant:
    """A peer on one task: a warm process, replaced by another warm one when it fails."""

    def __init__(self, peer: str, python: Path, task: Task, limits: Limits) -> None:
        self.peer, self.task, self.limits = peer, task, limits
        self._python = python
        self._process: Process | None = None
        self._failures = 0
        self._spent, self._timed = 0.0, 0
        self.versions: dict[str, str] = {}

    @property
    def spent(self) -> bool:
        """Whether the peer has used up its time for this task."""
        return self._timed >= _LEAST_SEEDS and self._spent >= self.limits.budget

    def solve(self, seed: int) -> Answer:
        """Solve the task for a seed, in a process that has solved it before."""
        if self._failures >= self.limits.patience:
            return {"outcome": "left out"}
        answer = self._warm() or self._once(seed)
        self._spent += float(answer.get("seconds") or answer.get("limit") or 0.0)
        self._failures = 0 if answer["outcome"] == "ok" else self._failures + 1
        if answer["outcome"].startswith("time limit"):
            self._failures = self.limits.patience
        self._timed += 1
        return answer

    def ask(self, command: str, **options: Any) -> Answer:
        """Send another request about the problem that was solved last."""
        if self._process is None:
            return {"outcome": "not started"}
        return self._process.ask(self.limits.solve, command=command, **options)

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.close()

    def _warm(self) -> Answer | None:
        """Make sure of a warm process, or return the answer that says why there is none."""
        if self._process is not None and self._process.alive:
            return None
        self._process = Process(self.peer, self._python)
        self.versions = self._process.hello.get("versions", {})
        for k in range(self.limits.warmups):
            answer = self._once(_WARM_SEED + k)
            if answer["outcome"] not in ("ok", "infeasible"):
                return {**answer, "outcome": f"{answer['outcome']}, warming up"}
            if answer["seconds"] > _LONG:
                break
        return None

    def _once(self, seed: int) -> Answer:
        assert self._process is not None  # made by _warm
        return run_once(self._process, self.task, seed, self.limits)


def run_once(process: Process, task: Task, seed: int, limits: Limits) -> Answer:
    """Have a process generate the data of a task and solve it."""
    request = {"task": task.name, "seed": seed, "scale": limits.scale}
    prepared = process.ask(_START_LIMIT, command="prepare", **request)
    if prepared["outcome"] != "ok":
        return prepared
    answer = process.ask(limits.solve, command="solve")
    if answer["outcome"] == "ok" and not answer["feasible"]:
        answer["outcome"] = "infeasible"
    return {**answer, "recipe": prepared["recipe"]}


@contextmanager
def contest(task: Task, pythons: Mapping[str, Path], limits: Limits) -> Iterator[list[Contestant]]:
    """Provide the contestants of a task; their processes end with the block."""
    contestants = [
        Contestant(peer, python, task, limits)
        for peer, python in pythons.items()
        if peer in task.peers
    ]
    try:
        yield contestants
    finally:
        for contestant in contestants:
            contestant.close()
