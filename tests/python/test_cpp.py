"""The engine's own tests, built without Python bindings and run."""

import importlib.metadata
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCTEST = [Path(folder, "doctest/doctest.h") for folder in ("/usr/include", "/usr/local/include")]


def eigen():
    files = importlib.metadata.files("cmeel-eigen") or []
    core = next(file for file in files if str(file).endswith("eigen3/Eigen/Core"))
    return Path(core.locate()).resolve().parent.parent


@pytest.mark.skipif(
    not any(header.exists() for header in DOCTEST),
    reason="the C++ tests need doctest: apt-get install doctest-dev",
)
def test_engine(tmp_path):
    cmake = shutil.which("cmake", path=str(Path(sys.executable).parent)) or shutil.which("cmake")
    assert cmake is not None, "cmake comes with the extra [test]"
    configure = [
        cmake,
        f"-S{ROOT}",
        f"-B{tmp_path}",
        "-DSCOPE_BUILD_PYTHON=OFF",
        "-DSCOPE_BUILD_TESTS=ON",
        f"-DSCOPE_EIGEN_DIR={eigen()}",
    ]
    for command in (
        configure,
        [cmake, "--build", str(tmp_path), "--parallel", "2"],
        [str(tmp_path / "tests" / "cpp" / "scope_tests"), "--no-intro"],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    assert "Status: SUCCESS" in done.stdout
