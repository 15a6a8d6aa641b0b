"""The examples in docstrings and in the README run and are true."""

import doctest
import importlib
import pkgutil
from pathlib import Path

import pytest

import scope

MODULES = [
    module.name
    for module in pkgutil.walk_packages(scope.__path__, "scope.")
    if module.name not in {"scope._core", "scope.__main__"}
]
README = Path(__file__).parents[2] / "README.md"


@pytest.mark.parametrize("name", ["scope", *MODULES])
def test_docstring_examples(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_readme_examples():
    outcome = doctest.testfile(str(README), module_relative=False)
    assert outcome.attempted > 0
    assert outcome.failed == 0


def test_public_functions_have_examples():
    finder = doctest.DocTestFinder()
    for name in ["ScopeSolver", "clear_cache", "convex_solver_LBFGS"]:
        tests = finder.find(getattr(scope, name), name)
        assert any(test.examples for test in tests), name
