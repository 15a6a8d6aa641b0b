"""How the files of a release are built and looked at; used by noxfile.py."""

import hashlib
import os
import runpy
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import nox

ROOT = Path(__file__).parents[1]
DIST = ROOT / "dist"
OLDEST_GLIBC = "2.17"
PLATFORM = "manylinux_2_17_x86_64"
MOST_BYTES = 2_000_000


def files() -> list[Path]:
    """Return the sdist and the wheels that were built."""
    return sorted([*DIST.glob("*.tar.gz"), *DIST.glob("*.whl")])


def clear() -> None:
    """Remove what earlier builds left."""
    for path in files():
        path.unlink()


def sdist_at_hand() -> Path | None:
    """Return the sdist of an earlier session of the same run, if there is one."""
    return next(iter(DIST.glob("*.tar.gz")), None)


def build_sdist(session: nox.Session) -> Path:
    """Build the sdist twice, from clones in two folders, and keep it if the bytes are the same."""
    _warn_of_changes(session)
    digests, built = set(), None
    for mask in (0o022, 0o077):  # permissions of the builder must not show
        with tempfile.TemporaryDirectory() as folder:
            previous = os.umask(mask)
            clone = f"{folder}/clone"
            session.run("git", "clone", "-q", str(ROOT), clone, external=True)
            options = ("--sdist", "--no-isolation", "--outdir", f"{folder}/out")
            session.run("python", "-m", "build", *options, clone, env=_epoch(), silent=True)
            os.umask(previous)
            (archive,) = Path(folder, "out").glob("*.tar.gz")
            digests.add(hashlib.sha256(archive.read_bytes()).hexdigest())
            DIST.mkdir(exist_ok=True)
            built = DIST / archive.name
            built.write_bytes(archive.read_bytes())
    if len(digests) != 1 or built is None:
        session.error(f"two builds of the sdist differ: {sorted(digests)}")
    session.log("the sdist has the same bytes twice: sha256 %s", *digests)
    return built


def _warn_of_changes(session: nox.Session) -> None:
    status = ["git", "-C", str(ROOT), "status", "--porcelain", "--untracked-files=no"]
    if subprocess.check_output(status):
        session.warn("changes that are not committed are not in what is built")


def _epoch() -> dict[str, str]:
    """Return the time of the last commit as the time of all that is built from it."""
    command = ["git", "-C", str(ROOT), "log", "-1", "--format=%ct"]
    return {"SOURCE_DATE_EPOCH": subprocess.check_output(command, text=True).strip()}


def zig(session: nox.Session, name: str, target: str | None = None) -> Path:
    """Write a command `name` that calls clang as zig brings it."""
    folder = Path(session.create_tmp()).resolve() / "compiler"
    folder.mkdir(exist_ok=True)
    command = folder / name
    python = Path(session.bin) / "python"
    options = f"-target {target} " if target else ""
    command.write_text(f'#!/bin/sh\nexec "{python}" -m ziglang c++ {options}"$@"\n')
    command.chmod(0o755)
    return command


def build_wheel(session: nox.Session, archive: Path) -> Path:
    """Build a stripped wheel for glibc 2.17 or newer, and let auditwheel check the tag.

    The compilers of current distributions make extensions that need their own glibc and libstdc++.
    zig links against the symbols of an older glibc, and puts its C++ library into the extension.
    """
    folder = Path(session.create_tmp()).resolve()
    compiler = zig(session, "zig-c++", f"x86_64-linux-gnu.{OLDEST_GLIBC}")
    runtime = "--config-settings=cmake.define.SCOPE_STATIC_RUNTIME=libc++"
    # The cache would hand out what another compiler made of the same sdist.
    offline = ("--no-cache-dir", "--no-build-isolation", "--no-index", "--no-deps", runtime)
    env = {"CXX": str(compiler), **_epoch()}
    raw = folder / "raw"
    for old in raw.glob("*.whl"):
        old.unlink()
    session.run("pip", "wheel", *offline, "-w", str(raw), str(archive), env=env)
    (built,) = raw.glob("*.whl")
    repair = ("auditwheel", "repair", "--plat", PLATFORM, "--only-plat", "-w", str(DIST))
    session.run(*repair, str(built), env=_epoch())
    (wheel,) = DIST.glob(f"*-{built.stem.split('-')[2]}-*{PLATFORM}*.whl")
    session.run("auditwheel", "show", str(wheel))
    _look_into(session, wheel)
    return wheel


def _look_into(session: nox.Session, wheel: Path) -> None:
    """Refuse a wheel that is too large, not stripped, or without the notices of its parts."""
    if wheel.stat().st_size >= MOST_BYTES:
        session.error(f"{wheel.name} has {wheel.stat().st_size} bytes, at most {MOST_BYTES}")
    with zipfile.ZipFile(wheel) as archive, tempfile.TemporaryDirectory() as folder:
        names = archive.namelist()
        for part in (
            "COPYING.MPL2",
            "pybind11/LICENSE",
            "extern/NOTICE",
            "sboms/scope-solver.cdx.json",
        ):
            if not any(name.endswith(part) for name in names):
                session.error(f"{wheel.name} lacks {part}")
        (extension,) = (name for name in names if name.endswith(".so"))
        kind = subprocess.check_output(["file", archive.extract(extension, folder)], text=True)
    if "not stripped" in kind:
        session.error(f"{extension} is not stripped")


def fresh_environment(session: nox.Session, wheel: Path) -> str:
    """Install the wheel, and nothing that must be compiled, into a new virtual environment."""
    folder = Path(session.create_tmp()).resolve() / "fresh"
    session.run("python", "-m", "venv", "--clear", str(folder))
    python = str(folder / "bin" / "python")
    extra = "" if "smoke" in session.posargs else "[test]"
    install = ("-m", "pip", "install", "-q", "--only-binary", ":all:", f"{wheel}{extra}")
    session.run(python, *install, env={"PATH": str(folder / "bin")}, external=True)
    return python


def require_complete(built: list[Path], pythons: list[str]) -> None:
    """Raise unless there are an sdist and a wheel for each Python, of one version."""
    version = _version()
    tags = [f"cp{python.replace('.', '')}" for python in pythons]
    expected = {"sdist", *tags} if sys.platform == "linux" else {"sdist"}
    found = {"sdist" if path.suffix == ".gz" else path.name.split("-")[2] for path in built}
    if found != expected or any(f"-{version}" not in path.name for path in built):
        raise RuntimeError(f"expected {sorted(expected)} of {version}, found {built}")


def _version() -> Any:
    """Return the version from the one place where it is written."""
    return runpy.run_path(str(ROOT / "python/scope/_version.py"))["__version__"]


def listing(built: list[Path]) -> str:
    """Return name, size and SHA-256 of each file."""
    rows = (
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.stat().st_size:>9}  {path.name}"
        for path in built
    )
    return "\n".join(rows)
