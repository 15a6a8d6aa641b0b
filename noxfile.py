"""Chores of developers; ``.ci/run`` runs the same commands."""

from pathlib import Path

import nox

nox.options.sessions = ["lint", "test"]
OLDEST = ["jax==0.8.0", "jaxlib==0.8.0", "numpy==2.0.0", "scipy==1.13.0", "scikit-learn==1.6.0"]
CPP_SOURCES = [
    str(path)
    for folder in ("cpp", "python/bindings", "tests/cpp")
    for pattern in ("*.hpp", "*.cpp")
    for path in sorted(Path(folder).rglob(pattern))
]


@nox.session
def lint(session: nox.Session) -> None:
    session.install(".[lint]")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("clang-format", "--dry-run", "--Werror", *CPP_SOURCES)
    session.run("mypy")
    session.run("stubtest", "--allowlist", "python/stubtest-allow.txt", "scope._core")


@nox.session
def test(session: nox.Session) -> None:
    session.install(".[test]")
    session.run("pytest", *session.posargs)


@nox.session(python="3.11")
def oldest(session: nox.Session) -> None:
    session.install(".[test]", *OLDEST)
    session.run("pytest", *session.posargs)


@nox.session
def cpp(session: nox.Session) -> None:
    session.install("cmake>=3.25", "ninja", "cmeel-eigen==3.4.0.2")
    for preset in ("dev", "asan"):
        session.run("cmake", "--workflow", "--preset", preset)


@nox.session
def fuzz(session: nox.Session) -> None:
    """Hand arguments at random to everything, for an hour or as long as is said."""
    session.install(".[test]")
    session.run("python", "-m", "tests.fuzz", *(session.posargs or ["--seconds", "3600"]))


@nox.session
def format(session: nox.Session) -> None:
    session.install("ruff==0.17.6", "clang-format==23.1.5")
    session.run("ruff", "format", ".")
    session.run("clang-format", "-i", *CPP_SOURCES)


@nox.session
def sdist(session: nox.Session) -> None:
    """Build a wheel from the sdist with neither network nor Eigen at hand."""
    session.install("build", "scikit-build-core>=0.11", "pybind11>=3", "cmake>=3.25", "ninja")
    folder = session.create_tmp()
    session.run("python", "-m", "build", "--sdist", "--outdir", folder, ".")
    (archive,) = Path(folder).glob("*.tar.gz")
    session.run(
        "pip",
        "wheel",
        "--no-build-isolation",
        "--no-index",
        "--no-deps",
        "-w",
        folder,
        str(archive),
    )


@nox.session
def full(session: nox.Session) -> None:
    """Run everything."""
    for name in ("lint", "cpp", "test", "oldest", "sdist"):
        session.notify(name)
