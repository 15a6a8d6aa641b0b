"""A virtual environment for each peer, under build/benchmarks, kept between runs."""

import json
import os
import subprocess
import sys
import venv
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "benchmarks"

# What skscope and abess are measured with. scope's own requirements come from its checkout. An
# example needs pandas.
REQUIREMENTS: Mapping[str, tuple[str, ...]] = {
    "scope": ("pandas",),
    "skscope": ("skscope==0.1.8", "jax==0.7.1", "pandas"),
    "abess": ("abess==0.4.11", "numpy", "scikit-learn"),
}

_THREADS = ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB_MAXIMUM")
# Tuning of the machine's owner, and caches that would hide what a first solve costs.
_REMOVED = (
    "OPENBLAS_CORETYPE",
    "OPENBLAS_L2_SIZE",
    "JAX_COMPILATION_CACHE_DIR",
    "PYTHONPATH",
    "PYTHONHOME",
)


def settings() -> dict[str, str]:
    """Return the variables that every worker is started with, in addition to the caller's."""
    one_thread = {f"{library}_NUM_THREADS": "1" for library in _THREADS}
    return {**one_thread, "JAX_PLATFORMS": "cpu", "PYTHONNOUSERSITE": "1"}


def worker_environment() -> dict[str, str]:
    """Return the environment of a worker, the same for all peers."""
    inherited = {name: value for name, value in os.environ.items() if name not in _REMOVED}
    return inherited | settings()


def _pip(python: Path, *arguments: str) -> None:
    command = [str(python), "-m", "pip", "install", "--quiet", *arguments]
    if subprocess.run(command, check=False, stdout=sys.stderr).returncode:
        raise SystemExit(f"not installed: {' '.join(arguments)}")


def _installed(folder: Path) -> list[str] | None:
    stamp = folder / "requirements.json"
    return json.loads(stamp.read_text(encoding="utf-8")) if stamp.exists() else None


def prepare(peer: str, source: Path, install: bool) -> Path:
    """Return the Python of a peer's environment, made or brought up to date.

    Parameters
    ----------
    peer : str
        Name of the peer.
    source : Path
        Checkout that scope is installed from, each time.
    install : bool
        False uses scope's environment as it is, if there is one.
    """
    folder = BUILD / peer
    python = folder / "bin" / "python"
    requirements = list(REQUIREMENTS[peer])
    known = _installed(folder)
    if known != requirements:
        print(f"making the environment of {peer}", file=sys.stderr)
        venv.create(folder, clear=True, with_pip=True)
        if requirements:
            _pip(python, *requirements)
    if peer == "scope" and (install or known is None):
        print(f"installing scope from {source}", file=sys.stderr)
        # A build folder of its own: the checkout's may be in use by its developer.
        _pip(python, f"--config-settings=build-dir={BUILD / 'wheel'}", str(source))
    (folder / "requirements.json").write_text(json.dumps(requirements), encoding="utf-8")
    return python
