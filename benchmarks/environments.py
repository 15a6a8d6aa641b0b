"""Virtual environments of peers and tools, under build/benchmarks, kept between runs."""

import hashlib
import json
import os
import subprocess
import sys
import venv
from collections.abc import Iterable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "benchmarks"

# What peers are measured with, and what draws and compiles. scope's own requirements come from its
# checkout. An example needs pandas.
REQUIREMENTS: Mapping[str, tuple[str, ...]] = {
    "scope": ("pandas",),
    "skscope": ("skscope==0.1.8", "jax==0.7.1", "pandas"),
    "abess": ("abess==0.4.11", "numpy", "scikit-learn"),
    "sklearn": ("scikit-learn==1.9.1",),
    "skglm": ("skglm==0.5", "scikit-learn<1.8"),
    "cvxpy": ("cvxpy==1.9.3",),
    "figures": ("matplotlib>=3.8",),
    "kernels": ("cmake>=3.25", "ninja>=1.11", "cmeel-eigen==3.4.0.2"),
}
# Peers that share an environment with another.
_SHARED = {"skscope-nojit": "skscope", "omp": "sklearn", "lasso": "sklearn"}

_THREADS = ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB_MAXIMUM", "NUMBA")
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
    return {
        **one_thread,
        "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
        "JAX_PLATFORMS": "cpu",
        "PYTHONNOUSERSITE": "1",
    }


def worker_environment() -> dict[str, str]:
    """Return the environment of a worker, the same for all peers."""
    inherited = {name: value for name, value in os.environ.items() if name not in _REMOVED}
    return inherited | settings()


def _pip(python: Path, *arguments: str) -> None:
    command = [str(python), "-m", "pip", "install", "--quiet", *arguments]
    if subprocess.run(command, check=False, stdout=sys.stderr).returncode:
        raise NotInstalledError(" ".join(arguments))


def _installed(folder: Path) -> list[str] | None:
    stamp = folder / "requirements.json"
    return json.loads(stamp.read_text(encoding="utf-8")) if stamp.exists() else None


def _revision(source: Path) -> str:
    """Return the commit of a checkout, or a wheel's digest."""
    if source.is_file():
        return f"wheel {hashlib.sha256(source.read_bytes()).hexdigest()[:12]}"
    command = ["git", "-C", str(source), "describe", "--always", "--dirty"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


def installed_revision() -> str:
    """Return what the scope that is measured was built from, whatever the checkout is now."""
    stamp = BUILD / "scope" / "revision"
    return stamp.read_text(encoding="utf-8") if stamp.exists() else "unknown"


class NotInstalledError(Exception):
    """Something could not be installed; of a peer this is a result."""


def prepare(name: str, source: Path = ROOT, install: bool = False) -> Path:
    """Return the Python of a peer's or a tool's environment, made or brought up to date.

    Parameters
    ----------
    name : str
        Name of the peer or the environment.
    source : Path
        Checkout (or wheel) that scope is installed from.
    install : bool
        False uses scope's environment as it is, if there is one.

    Raises
    ------
    NotInstalledError
        A requirement could not be installed.
    """
    name = _SHARED.get(name, name)
    folder = BUILD / name
    python = folder / "bin" / "python"
    requirements = list(REQUIREMENTS[name])
    known = _installed(folder)
    if known != requirements:
        print(f"making the environment of {name}", file=sys.stderr)
        venv.create(folder, clear=True, with_pip=True)
        _pip(python, *requirements)
    if name == "scope" and (install or known is None):
        print(f"installing scope from {source}", file=sys.stderr)
        # A build folder of its own: the checkout's may be in use by its developer.
        build = () if source.is_file() else (f"--config-settings=build-dir={BUILD / 'wheel'}",)
        _pip(python, *build, str(source))
        if source.is_file():  # pip keeps what is installed of the same version
            _pip(python, "--force-reinstall", "--no-deps", str(source))
        (folder / "revision").write_text(_revision(source), encoding="utf-8")
    (folder / "requirements.json").write_text(json.dumps(requirements), encoding="utf-8")
    return python


def prepare_peers(peers: Iterable[str], source: Path, install: bool) -> dict[str, Path]:
    """Return the Pythons of peers; one that cannot be installed fails when it is started."""
    pythons = {}
    for peer in peers:
        try:
            pythons[peer] = prepare(peer, source, install)
        except NotInstalledError as error:
            if peer == "scope":
                raise SystemExit(f"not installed: {error}") from error
            print(f"not installed: {error}", file=sys.stderr)
            pythons[peer] = BUILD / "not-installed" / "bin" / "python"
    return pythons
