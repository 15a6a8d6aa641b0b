"""Command line: ``python -m tests.fuzz --seconds 1200``; ``--only 7`` repeats round 7."""

import argparse
import os
import re
import resource
import sys
import tempfile
import time
from pathlib import Path

from tests.fuzz.supervision import supervise

EXAMPLES = 250  # of a round: some seconds
MEMORY = 6 * 2**30  # bytes of address space: a MemoryError instead of the end of the machine


def main():
    """Run rounds until the time is over; exit with 1 if anything was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=100.0, help="no round begins after that")
    parser.add_argument("--first", type=int, default=0, help="number of the first round")
    parser.add_argument("--only", type=int, help="run this round alone")
    parser.add_argument("--examples", type=int, default=EXAMPLES, help="examples of a round")
    parser.add_argument("--round", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--current", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.round is not None:
        _run_round(options)
        return
    found = _run_rounds(options)
    sys.exit(1 if found else 0)


def _run_rounds(options):
    end = time.monotonic() + options.seconds
    number = options.first if options.only is None else options.only
    found: dict[str, int] = {}
    count = 0
    with tempfile.TemporaryDirectory() as folder:
        while time.monotonic() < end:
            outcome = supervise(
                [*_command(options, number, Path(folder))], Path(folder) / "current.txt"
            )
            count += 1
            kinds = [] if outcome.passed else _kinds(outcome)
            if not found.keys() >= set(kinds):
                print(f"round {number}: {outcome}\n", flush=True)
            for kind in kinds:
                found[kind] = found.get(kind, 0) + 1
            if options.only is not None:
                break
            number += 1
    print(f"{count} rounds of {options.examples} examples, {len(found)} kinds of findings")
    for kind, times in found.items():
        print(f"  {times} x {kind}")
    return found


def _command(options, number, folder):
    current = folder / "current.txt"
    yield from (sys.executable, "-X", "faulthandler", "-m", "tests.fuzz")
    yield from ("--round", str(number), "--examples", str(options.examples))
    yield from ("--current", str(current))


def _kinds(outcome):
    """Tell findings apart by their messages, without numbers."""
    if outcome.hung or outcome.code < 0:
        return [str(outcome).splitlines()[0]]
    lines = [line for line in outcome.output.splitlines() if "Finding: " in line]
    said = lines or outcome.output.strip().splitlines()[-1:] or [f"exit code {outcome.code}"]
    number = re.compile(r"-?\d+(\.\d+)?(e[+-]?\d+)?")
    return sorted({number.sub("#", line.strip(" |"))[:160] for line in said})


def _run_round(options):
    import hypothesis  # noqa: PLC0415  # the supervisor does without

    from tests.fuzz.cases import solver_calls  # noqa: PLC0415
    from tests.fuzz.estimators import estimator_calls  # noqa: PLC0415

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    calls = estimator_calls() if options.round % 4 == 3 else solver_calls()

    @hypothesis.seed(options.round)
    @hypothesis.settings(
        max_examples=options.examples,
        deadline=None,
        database=None,
        print_blob=False,
        phases=[hypothesis.Phase.generate, hypothesis.Phase.shrink],
        report_multiple_bugs=True,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(calls)
    def examples(call):
        options.current.write_text(_shown(call), encoding="utf-8", errors="replace")
        call.run()

    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)  # log files of the examples stay there
        examples()


def _shown(call):
    try:
        return repr(call)
    except RuntimeError:  # a value without representation
        return "; ".join(f"{name}: {_parts(value)}" for name, value in vars(call).items())


def _parts(value):
    if not isinstance(value, dict):
        return _safe(value)
    return ", ".join(f"{name}={_safe(part)}" for name, part in value.items())


def _safe(value):
    try:
        return repr(value)
    except RuntimeError:
        return f"<{type(value).__name__}>"


if __name__ == "__main__":
    main()
