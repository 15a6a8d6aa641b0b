"""Instructions of the engine's kernels, counted by callgrind: a time without noise.

Counts are those of a build for plain x86-64; they depend on the compiler, and are compared with
`instructions.json` only if it was counted with the same one.
"""

import argparse
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.environments import BUILD, ROOT, prepare
from benchmarks.tables import Table

BASELINE = Path(__file__).parent / "instructions.json"
TOLERATED = 0.10  # rise that is not a regression
# The mathematical library has variants for newer processors; which one runs must not be seen.
_PLAIN = "glibc.cpu.hwcaps=-AVX2,-AVX2_Usable,-FMA,-FMA_Usable,-AVX512F,-ERMS,-Prefer_ERMS"


def build() -> Path:
    """Compile the kernels as wheels are compiled, and return the program."""
    bin_folder = prepare("kernels").parent
    environment = os.environ | {"PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}"}
    folder = BUILD / "kernels-build"
    options = ("Release", "OFF", "ON")
    names = ("CMAKE_BUILD_TYPE", "SCOPE_BUILD_PYTHON", "SCOPE_BUILD_KERNELS")
    defines = [f"-D{name}={value}" for name, value in zip(names, options, strict=True)]
    python = f"-DPython_EXECUTABLE={bin_folder / 'python'}"
    configure = ["cmake", "-S", str(ROOT), "-B", str(folder), "-G", "Ninja", python, *defines]
    for command in (configure, ["cmake", "--build", str(folder), "--target", "scope_kernels"]):
        subprocess.run(command, check=True, stdout=sys.stderr, env=environment)
    return folder / "benchmarks" / "cpp" / "scope_kernels"


def count(program: Path) -> dict[str, Any]:
    """Return the compiler and each kernel's number of instructions."""
    names = _output([str(program)]).split()
    compiler = _output([str(program), "--compiler"]).strip()
    return {"compiler": compiler, "counts": {name: _instructions(program, name) for name in names}}


def _output(command: list[str]) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _instructions(program: Path, kernel: str) -> int:
    collect = ("--toggle-collect=scope_counted", "--callgrind-out-file=/dev/null")
    command = ["valgrind", "--tool=callgrind", *collect, str(program), kernel]
    environment = os.environ | {"GLIBC_TUNABLES": _PLAIN}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    found = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode or not found or not int(found[1]):
        raise SystemExit(f"{kernel} was not counted:\n{done.stderr[-2000:]}")
    return int(found[1])


def compare(found: dict[str, Any], baseline: dict[str, Any]) -> tuple[Table, list[str]]:
    """Return counts beside their baseline, and the kernels that need more than is tolerated."""
    comparable = found["compiler"] == baseline.get("compiler")
    rows, risen = [], []
    for name, instructions in found["counts"].items():
        before = baseline.get("counts", {}).get(name)
        change = instructions / before - 1.0 if before and comparable else None
        if change is not None and change > TOLERATED:
            risen.append(name)
        shown = "-" if change is None else f"{change:+.2%}"
        rows.append([name, f"{instructions:,}", f"{before:,}" if before else "-", shown])
    header = ["kernel", "instructions", "baseline", "change"]
    return Table(f"Instructions ({found['compiler']})", header, rows), risen


def main(arguments: argparse.Namespace) -> None:
    """Count, compare with the baseline, and fail if a kernel has become slower."""
    found = count(arguments.program or build())
    baseline = json.loads(BASELINE.read_text(encoding="utf-8")) if BASELINE.exists() else {}
    table, risen = compare(found, baseline)
    print(table.text())
    if arguments.accept:
        BASELINE.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    elif found["compiler"] != baseline.get("compiler"):
        print(f"not compared: the baseline is of {baseline.get('compiler', 'no compiler')}")
    elif risen:
        raise SystemExit(f"more than {TOLERATED:.0%} more instructions: {', '.join(risen)}")
