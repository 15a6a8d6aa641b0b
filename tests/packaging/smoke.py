"""What every wheel must do where it was only installed: run as ``python -I smoke.py``."""

import importlib.metadata
import itertools
import json
import sys
from pathlib import Path

import jax.numpy as jnp
import numpy as np

import scope
from scope.layer import NonNegative


def brute_force(X, y, s):
    """Return the least residual sum of squares over all supports of size s, and its support."""

    def rss(support):
        columns = X[:, list(support)]
        return float(np.sum((y - columns @ np.linalg.lstsq(columns, y, rcond=None)[0]) ** 2))

    return min((rss(support), support) for support in itertools.combinations(range(X.shape[1]), s))


def check_the_installation():
    """The package is the installed one, with its types and the notices of what is compiled in."""
    here = Path(scope.__file__)
    assert "site-packages" in here.parts, here
    assert (here.parent / "py.typed").exists()
    assert (here.parent / "_core.pyi").exists()
    assert importlib.metadata.version("scope-solver") == scope.__version__
    files = {file.as_posix(): file for file in importlib.metadata.files("scope-solver")}
    for end in ("NOTICE", "COPYING.MPL2", "pybind11/LICENSE"):
        assert any(name.endswith(end) for name in files), end
    (sbom,) = (file for name, file in files.items() if name.endswith(".cdx.json"))
    parts = json.loads(sbom.read_text())["components"]
    assert {"eigen", "pybind11"} <= {part["name"] for part in parts}


def check_a_solution():
    """The best support by enumeration is found, by native kernels and as a black box."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((80, 10))
    y = X[:, 1] - 2.0 * X[:, 4] + 0.5 * X[:, 7] + 0.3 * rng.standard_normal(80)
    least, support = brute_force(X, y, 3)
    solver = scope.ScopeSolver(10, 3)
    solver.solve(lambda theta: jnp.sum((y - X @ theta) ** 2))
    assert tuple(solver.get_support()) == support
    assert np.isclose(solver.objective_value, least, rtol=1e-8)
    solver.solve(
        lambda theta: float(np.sum((y - X @ theta) ** 2)),
        gradient=lambda theta: 2.0 * X.T @ (X @ theta - y),
    )
    assert tuple(solver.get_support()) == support
    assert np.isclose(solver.objective_value, least, rtol=1e-8)
    positive = solver.solve(lambda theta: jnp.sum((y - X @ theta) ** 2), layers=[NonNegative(10)])
    assert positive.min() >= 0.0


def check_an_exception():
    """An exception of the user crosses the engine untouched, and the next solve works."""

    class Mine(Exception):
        pass

    def gradient(theta):
        raise Mine

    solver = scope.ScopeSolver(3, 1)
    try:
        solver.solve(lambda theta: float(theta @ theta), gradient=gradient)
    except Mine:
        pass
    else:
        raise AssertionError("the exception was lost")
    target = jnp.array([0.0, 2.0, 0.0])
    params = solver.solve(lambda theta: jnp.sum((theta - target) ** 2))
    assert np.allclose(params, [0.0, 2.0, 0.0], atol=1e-12), params


def check_what_is_rejected():
    """Errors of the engine are the package's own."""
    solver = scope.ScopeSolver(3, 1)
    try:
        solver.solve(lambda theta: jnp.sum(theta) * jnp.nan)
    except ValueError as error:
        assert type(error).__module__.startswith("scope"), type(error)
    else:
        raise AssertionError("NaN at the start was accepted")


if __name__ == "__main__":
    check_the_installation()
    check_a_solution()
    check_an_exception()
    check_what_is_rejected()
    print(f"scope {scope.__version__} works on Python {sys.version.split()[0]}")
