"""What a type checker sees in a user's program: the types of results, and mistakes in calls."""

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

import scope

PROGRAM = """
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scope import BaseSolver, HTPSolver, ScopeSolver
from scope.layer import NonNegative
from scope.typing import FloatArray, IndexArray, InformationCriterion
from scope.utilities import EBIC


def objective(theta: Any) -> Any:
    return (theta**2).sum()


def criterion(loss: float, p: int, k: int, n: int) -> float:
    return loss + k


def minimise(
    f: Any, value_and_grad: Any, start: FloatArray, support: IndexArray, data: Any
) -> tuple[float, FloatArray]:
    return 0.0, start


chosen: InformationCriterion = EBIC
solver = ScopeSolver(5, sparsity=[1, 2], sample_size=10, ic_method=criterion)
reveal_type(solver)  # is ScopeSolver
reveal_type(solver.solve(objective, layers=[NonNegative(5)]))  # is ndarray[Any, dtype[float64]]
reveal_type(solver.get_support())  # is ndarray[Any, dtype[signedinteger[Any]]]
reveal_type(solver.get_estimated_params())  # is ndarray[Any, dtype[float64]]
reveal_type(solver.objective_value)  # is float
reveal_type(solver.result.status)  # is str
reveal_type(solver.result.n_evaluations)  # is int
reveal_type(solver.explain(objective))  # is str
reveal_type(EBIC(1.0, 5, 2, 10))  # is float
reveal_type(HTPSolver(5, 2, numeric_solver=minimise).n_iters)  # is int
base: BaseSolver = HTPSolver(5, 2)
params: NDArray[np.float64] = base.solve(objective)

ScopeSolver("5", 2)  # error: arg-type
ScopeSolver(5, 2, 10, [0])  # error: call-arg
ScopeSolver(5, 2, sparsness=1)  # error: call-arg
ScopeSolver(5, 2, ic_method=lambda loss: loss)  # error: arg-type
solver.solve(3.0)  # error: arg-type
solver.solve()  # error: call-arg
solver.result.n_evaluation  # error: attr-defined
HTPSolver(5, 2, step_size="large")  # error: arg-type
"""


def plain(text):
    """Return a revealed type without the modules and the spellings that versions differ in."""
    text = re.sub(r"[\w]+\.(?=[\w])", "", text).replace("[_64Bit]", "")
    return re.sub(r"signedinteger\[.*?\]|\bintp\b|\bint64\b", "signedinteger[Any]", text)


def without_shape(text):
    """Return an array type without the type of its shape, which NumPy's versions write apart."""
    return re.sub(r"ndarray\[.*?, (?=dtype)", "ndarray[Any, ", plain(text))


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """Return {line number: [(kind, text), ...]} of strict mypy on the program."""
    folder = tmp_path_factory.mktemp("program")
    program = folder / "program.py"
    program.write_text(PROGRAM)
    options = ["--strict", "--config-file", "", "--no-error-summary", "--show-error-codes"]
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "mypy",
            *options,
            "--cache-dir",
            str(folder / "cache"),
            program.name,
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env={"MYPYPATH": str(Path(scope.__file__).parents[1])} if in_checkout() else None,
    )
    found = {}
    for line in done.stdout.splitlines():
        report = re.match(r"program\.py:(\d+): (\w+): (.*)", line)
        if report:  # the others are about the libraries that we import
            found.setdefault(int(report[1]), []).append((report[2], report[3]))
    assert found, done.stderr
    return found


def in_checkout():
    return "site-packages" not in Path(scope.__file__).parts


def lines_with(mark):
    for number, line in enumerate(PROGRAM.splitlines(), start=1):
        if f"# {mark}" in line:
            yield pytest.param(number, line.split(f"# {mark}")[1].strip(), id=line.split("  #")[0])


needs_mypy = pytest.mark.skipif(
    find_spec("mypy") is None, reason="types are checked with mypy: pip install '.[lint]'"
)


@needs_mypy
@pytest.mark.parametrize(("number", "expected"), [*lines_with("is ")])
def test_results_have_their_types(reports, number, expected):
    ((kind, text),) = reports[number]
    assert kind == "note"
    revealed = re.search(r'Revealed type is "(.*)"', text)[1]
    assert without_shape(revealed) == expected


@needs_mypy
@pytest.mark.parametrize(("number", "code"), [*lines_with("error: ")])
def test_mistakes_in_calls_are_found(reports, number, code):
    assert [text.rsplit("[", 1)[-1] for kind, text in reports[number] if kind == "error"] == [
        f"{code}]"
    ]


@needs_mypy
def test_nothing_else_is_reported(reports):
    marked = {param.values[0] for mark in ("is ", "error: ") for param in lines_with(mark)}
    assert set(reports) <= marked, reports
