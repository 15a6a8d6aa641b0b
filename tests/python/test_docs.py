"""What is written about the public names is complete, and the examples run and are true."""

import dataclasses
import doctest
import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import pytest
from numpydoc.validate import validate

import scope

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
MODULES = [
    module.name
    for module in pkgutil.walk_packages(scope.__path__, "scope.")
    if module.name not in {"scope._core", "scope.__main__"}
]
PUBLIC = [
    "scope",
    "scope.base_solver",
    "scope.exceptions",
    "scope.layer",
    "scope.model",
    "scope.numeric_solver",
    "scope.skmodel",
    "scope.solver",
    "scope.typing",
    "scope.utilities",
    "scope._scope",
]
RESULTS = [
    "scope._path.Path",
    "scope._result.Result",
    "scope._result.Seconds",
]  # met as attributes of solvers
NOT_ASKED_FOR = {
    "ES01": "a summary may say all there is",
    "SA01": "the API reference lists what belongs together",
    "GL08": "what is inherited from scikit-learn is documented there",
}
SHARED = {"PR03", "PR04"}  # "As for `BaseSolver`": parameters that many solvers have in common


def names_of(module):
    """The classes and functions that a module lists, or defines in public."""
    own = [name for name, value in vars(module).items() if defined_in(value, module)]
    return getattr(module, "__all__", [name for name in own if not name.startswith("_")])


def defined_in(value, module):
    return getattr(value, "__module__", None) == module.__name__ and callable(value)


def public_objects():
    """Yield the full names of all public classes and functions, each once."""
    seen = set()
    for module in map(importlib.import_module, PUBLIC):
        for name in names_of(module):
            found = getattr(module, name)
            documented = inspect.isclass(found) or inspect.isfunction(found)
            if documented and found.__module__.startswith("scope") and found not in seen:
                seen.add(found)
                yield f"{module.__name__}.{name}", found
    for name in RESULTS:
        yield name, pkgutil.resolve_name(name)


def methods_of(owner):
    """Yield the public methods that a class or its own bases define, but not spellings of 2023."""
    for name in dir(owner):
        kept = inspect.getattr_static(owner, name)
        function = getattr(kept, "fget", getattr(kept, "__func__", kept))
        origin = getattr(function, "__module__", None) or ""
        if name.startswith("_") or not inspect.isfunction(function):
            continue
        if origin.startswith("scope.") and origin != "scope._legacy":
            yield name


def overrides(owner, name):
    """Whether a base of a class documents the parameters of a method already."""
    return any(
        name in vars(base) and base.__module__.startswith("scope.") for base in owner.__mro__[1:]
    )


def excused(found):
    """The checks that do not apply to a class or function."""
    codes = set(NOT_ASKED_FOR)
    if "As for `BaseSolver`" in (found.__doc__ or ""):
        codes |= SHARED
    made_by_us = dataclasses.is_dataclass(found) or found is scope._path.Path
    if made_by_us or getattr(found, "_is_protocol", False):
        codes |= {"PR01"}  # nobody calls its constructor
    if not has_example(found):
        codes |= {"EX01"}
    return codes


def has_example(found):
    """Whether an example is asked for: of whatever a user calls."""
    is_made = dataclasses.is_dataclass(found) or getattr(found, "_is_protocol", False)
    return not (is_made or (inspect.isclass(found) and issubclass(found, Exception | Warning)))


OBJECTS = dict(public_objects())
METHODS = [
    (f"{name}.{method}", {*NOT_ASKED_FOR, "EX01"} | ({"PR01", "RT01"} if inherited else set()))
    for name, found in OBJECTS.items()
    if inspect.isclass(found)
    for method in methods_of(found)
    for inherited in [overrides(found, method)]
]


def shortcomings(name, codes):
    return [error for error in validate(name)["errors"] if error[0] not in codes]


@pytest.mark.parametrize("name", OBJECTS)
def test_docstrings_are_complete(name):
    assert shortcomings(name, excused(OBJECTS[name])) == []


@pytest.mark.parametrize(("name", "codes"), METHODS, ids=[name for name, _ in METHODS])
def test_docstrings_of_methods_are_complete(name, codes):
    assert shortcomings(name, codes) == []


def test_there_is_something_to_validate():
    assert {"scope.ScopeSolver", "scope.utilities.GIC", "scope.layer.NonNegative"} <= set(OBJECTS)
    assert "scope.ScopeSolver.explain" in {name for name, _ in METHODS}


@pytest.mark.parametrize("name", ["scope", *MODULES])
def test_docstring_examples(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_examples_of_pages(page):
    assert doctest.testfile(str(page), module_relative=False).failed == 0


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_no_code_of_pages_is_left_out(page):
    blocks = re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    assert [block for block in blocks if not block.startswith(">>> ")] == []
    assert all(block.endswith("\n\n") for block in blocks), "doctest takes the fence for output"


def test_what_the_page_of_faults_names_is_there():
    page = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
    files = set(re.findall(r"`(test_\w+\.py)`", page))
    sessions = set(re.findall(r"`nox -s (\w+)`", page))
    assert len(files) > 10
    assert [name for name in files if not (ROOT / "tests" / "python" / name).exists()] == []
    noxfile = ROOT / "noxfile.py"
    if noxfile.exists():  # not in the sdist
        functions = re.findall(r"^def (\w+)\(session", noxfile.read_text(encoding="utf-8"), re.M)
        assert sessions <= set(functions)
