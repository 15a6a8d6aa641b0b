"""scope and skscope in one process, on one problem: neither disturbs the other."""

import jax.numpy as jnp
import numpy as np
import skscope

import scope


def main():
    """Solve by both in turn, and compare supports and objectives."""
    assert skscope.__version__ == "0.1.8"
    assert skscope.ScopeSolver is not scope.ScopeSolver
    rng = np.random.default_rng(1)
    X = rng.standard_normal((200, 50))
    y = X[:, 3] * 3.0 - X[:, 20] * 2.0 + X[:, 41] + 0.1 * rng.standard_normal(200)
    design, target = jnp.asarray(X), jnp.asarray(y)

    def objective(theta):
        return jnp.sum((target - design @ theta) ** 2)

    values = {}
    for package in (skscope, scope, skscope):
        solver = package.ScopeSolver(50, 3)
        solver.solve(objective)
        assert sorted(solver.get_support()) == [3, 20, 41], package.__name__
        values[package.__name__] = float(solver.objective_value)
    columns = X[:, [3, 20, 41]]
    least = np.sum((y - columns @ np.linalg.lstsq(columns, y, rcond=None)[0]) ** 2)
    # skscope evaluates in single precision.
    assert np.isclose(values["skscope"], least, rtol=1e-4)
    assert np.isclose(values["scope"], least, rtol=1e-4)
    print(f"least squares by enumeration of the truth {least:.9f}, found {values}")


if __name__ == "__main__":
    main()
