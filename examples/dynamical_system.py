"""
The equations of motion of a dynamical system
=============================================

Model: ``dx/dt = Theta' L(x)``, each component of the derivative is a combination of few functions
from a library L of monomials. Selected are terms: entries of Theta, over all equations together.

The system is Lorenz's: seven terms out of thirty. States and derivatives are measured with noise,
the library is evaluated once and theta meets it by ``L @ theta.reshape(terms, 3)``, a product that
``explain`` reports "for each of 3"; g is quadratic. Scale the columns of L: then coefficients are
comparable, for solvers that rank them by size.
"""

import sys
from itertools import combinations_with_replacement

import jax.numpy as jnp
import numpy as np
from scipy.integrate import solve_ivp

from scope import ScopeSolver

TERMS = [t for degree in range(3) for t in combinations_with_replacement("xyz", degree)]
TRUTH = {"x' = x", "x' = y", "y' = x", "y' = y", "y' = xz", "z' = xy", "z' = z"}


def lorenz(_, state):
    """Return the derivative of a state."""
    x, y, z = state
    return np.array([10.0 * (y - x), x * (28.0 - z) - y, x * y - 8.0 / 3.0 * z])


def generate(seed=0):
    """Return the scaled library along a trajectory, and derivatives with noise."""
    rng = np.random.default_rng(seed)
    times = np.linspace(0.0, 10.0, 600)
    states = solve_ivp(lorenz, (0.0, 10.0), [-8.0, 7.0, 27.0], t_eval=times, rtol=1e-8).y
    derivatives = lorenz(0.0, states).T
    columns = dict(zip("xyz", states, strict=True))
    ones = np.ones(len(times))
    library = np.column_stack([np.prod([ones, *(columns[v] for v in t)], axis=0) for t in TERMS])
    library /= np.linalg.norm(library, axis=0)
    return library, derivatives + 0.5 * rng.standard_normal(derivatives.shape)


def objective(library, derivatives):
    """Return the mean of squared residuals as a function of theta."""
    shape = (library.shape[1], derivatives.shape[1])
    return lambda theta: jnp.mean((derivatives - library @ theta.reshape(shape)) ** 2)


def draw(library, derivatives, params):
    """Show measured derivatives and those of the equations found."""
    import matplotlib.pyplot as plt

    fitted = library @ params.reshape(library.shape[1], 3)
    _, axes = plt.subplots(3, 1, figsize=(7, 5), sharex=True, layout="constrained")
    for k, axis in enumerate(axes):
        axis.plot(derivatives[:, k], ".", color="0.7", markersize=3, label="measured")
        axis.plot(fitted[:, k], linewidth=1, label="equation found")
        axis.set_ylabel(f"{'xyz'[k]}'")
    axes[0].legend()
    plt.show()


def main(plot=False):
    """Find seven terms."""
    library, derivatives = generate()
    solver = ScopeSolver(3 * len(TERMS), sparsity=len(TRUTH))
    solver.solve(objective(library, derivatives))
    found = {f"{'xyz'[k % 3]}' = {''.join(TERMS[k // 3])}" for k in solver.get_support()}
    print("terms:", sorted(found))
    assert found == TRUTH
    if plot:
        draw(library, derivatives, solver.params)


if __name__ == "__main__":
    main(plot="--plot" in sys.argv)
