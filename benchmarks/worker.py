"""The process of one peer: reads requests, writes answers, one line of JSON each.

``python -m benchmarks.worker PEER``. Requests are ``prepare`` (make the data of a task and seed),
``solve`` (time a solve of it), ``count`` (evaluations of the objective), ``profile`` (see
`benchmarks.profiling`) and ``example`` (see `benchmarks.gallery`).
"""

import gc
import json
import os
import platform
import resource
import sys
import time
from importlib import import_module, metadata
from pathlib import Path
from typing import Any

_DISTRIBUTIONS = (
    "scope-solver", "skscope", "abess", "scikit-learn", "skglm", "cvxpy", "clarabel", "jax",
    "jaxlib", "numpy", "scipy",
)  # fmt: skip
_TRACING = ("scope", "skscope", "skscope-nojit")


def _peak_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _resident_bytes() -> int:
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * resource.getpagesize()


def _versions() -> dict[str, str]:
    installed = {"python": platform.python_version()}
    for name in _DISTRIBUTIONS:
        try:
            installed[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return installed


class Worker:
    """One peer and the problem that it solves next."""

    def __init__(self, peer: str) -> None:
        self.peer = peer
        start = time.perf_counter()
        packages = import_module("benchmarks.packages")
        if peer in _TRACING:
            import_module("jax.numpy")
        import_module(packages.PACKAGES[peer])
        self.import_seconds = time.perf_counter() - start
        # What the benchmark itself needs comes later, so that it is not counted.
        self.data = import_module("benchmarks.data")
        self.judge = import_module("benchmarks.judge").judge
        self.solver = import_module("benchmarks.peers").load(peer)
        self.problem: Any = None
        self.solver_name = ""
        self.resident_before = 0

    def hello(self) -> dict[str, Any]:
        """Return what the driver wants to know of a new process."""
        return {"import_seconds": self.import_seconds, "versions": _versions()}

    def prepare(self, task: str, seed: int, scale: float = 1.0) -> dict[str, Any]:
        """Generate the data of a task."""
        catalog = import_module("benchmarks.catalog")
        self.problem = None
        gc.collect()
        self.resident_before = _resident_bytes()
        chosen = catalog.TASKS[task]
        self.solver_name = chosen.solver
        self.problem = self.data.generate(chosen if scale == 1.0 else chosen.scaled(scale), seed)
        return {"recipe": self.problem.recipe}

    def solve(self) -> dict[str, Any]:
        """Solve the prepared problem, time it, and judge the answer by the independent loss."""
        problem = self.problem
        gc.collect()
        peak_before = _peak_bytes()
        answer = self.solver(problem, self.solver_name)
        peak = _peak_bytes()
        return {
            "seconds": answer.seconds,
            "cpu_seconds": answer.cpu_seconds,
            **self.judge(problem, answer.params),
            "memory": {
                "data": sum(array.nbytes for array in problem.arrays.values()),
                "resident_before": self.resident_before,
                "peak_before_solve": peak_before,
                "peak": peak,
            },
            "details": answer.details,
        }

    def count(self) -> dict[str, Any]:
        """Solve once more, untimed, and count evaluations of the objective."""
        if self.peer == "scope":  # a callback inside would hide the structure that it reads
            answer = self.solver(self.problem, self.solver_name)
            return {"evaluations": answer.details.get("n_evaluations")}
        if self.peer not in _TRACING or self.problem.job != "level":
            return {"evaluations": None}
        splicing = import_module("benchmarks.peers.with_splicing")
        return {"evaluations": splicing.evaluations(self.peer, self.problem, self.solver_name)}

    def example(self, name: str, rounds: int) -> dict[str, Any]:
        """Run a worked example."""
        answer: dict[str, Any] = import_module("benchmarks.gallery").solve(self.peer, name, rounds)
        return answer

    def profile(self) -> dict[str, Any]:
        """Say where the time of a solve of the prepared problem goes."""
        profiling = import_module("benchmarks.profiling")
        profile: dict[str, Any] = profiling.profile(self.problem, self.solver)
        return profile


def main() -> None:
    """Serve requests until the input ends."""
    # Whatever a library prints must not get between the answers.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    worker = Worker(sys.argv[1])

    def reply(answer: dict[str, Any]) -> None:
        answers.write(json.dumps(answer) + "\n")
        answers.flush()

    reply(worker.hello())
    for line in sys.stdin:
        request = json.loads(line)
        try:
            reply(getattr(worker, request.pop("command"))(**request))
        except Exception as error:  # noqa: BLE001  # a peer's error is a result
            reply({"error": f"{type(error).__name__}: {error}"[:500]})


if __name__ == "__main__":
    main()
