"""What importing scope costs beside JAX and scikit-learn: ``python -m benchmarks.imports``."""

import argparse
import statistics
import subprocess
import sys

PROGRAMS = {
    "jax and scikit-learn": "import jax, sklearn.base, sklearn.model_selection, scipy.optimize",
    "scope": "import scope",
}
_CLOCK = "import time; start = time.process_time(); {}; print(time.process_time() - start)"


def seconds(program: str) -> float:
    """Return the processor time of an import in a new process."""
    command = [sys.executable, "-c", _CLOCK.format(program)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def main() -> None:
    """Import in turns, so that what else the machine does meets both; print medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=11)
    rounds = parser.parse_args().rounds
    times: dict[str, list[float]] = {name: [] for name in PROGRAMS}
    for _ in range(rounds):
        for name, program in PROGRAMS.items():
            times[name].append(seconds(program))
    medians = {name: statistics.median(found) for name, found in times.items()}
    for name, median in medians.items():
        print(f"{name:>22} {median:7.3f} s")
    print(f"{'ratio':>22} {medians['scope'] / medians['jax and scikit-learn']:7.3f}")


if __name__ == "__main__":
    main()
