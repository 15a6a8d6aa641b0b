"""
Parameters of a simulation, from its trajectory
===============================================

Model: n species compete, ``x_i' = x_i (1 - x_i - sum_j theta_ij x_j)``; few interact at all. Known
are noisy observations of several trajectories; minimised is their distance to simulated ones.
Selected are interactions, the entries of theta off the diagonal.

The objective contains the whole simulation: `jax.lax.scan` over Euler steps, differentiated
through by JAX. Nothing in it is a product of theta with something known, so ``explain`` says
"black box": value, gradient and Hessians on the support come from compiled JAX code, and the same
search selects.
"""

import sys

import jax
import jax.numpy as jnp
import numpy as np

from scope import ScopeSolver

SPECIES, STEPS, DT = 9, 30, 0.25
ROWS, COLUMNS = np.nonzero(~np.eye(SPECIES, dtype=bool))
PAIRS = ((0, 3), (2, 1), (4, 8), (7, 0))


def simulate(theta, starts):
    """Return trajectories (steps, runs, species) from several starts."""
    A = jnp.zeros((SPECIES, SPECIES)).at[ROWS, COLUMNS].set(theta)

    def step(x, _):
        x = x + DT * x * (1.0 - x - x @ A.T)
        return x, x

    return jax.lax.scan(step, starts, length=STEPS)[1]


def generate(seed=0):
    """Return starts, observed trajectories, and the positions of the true interactions."""
    rng = np.random.default_rng(seed)
    order = list(zip(ROWS.tolist(), COLUMNS.tolist(), strict=True))
    truth = np.array([order.index(pair) for pair in PAIRS])
    theta = np.zeros(len(ROWS))
    theta[truth] = [0.6, -0.4, 0.5, 0.7]
    starts = rng.uniform(0.1, 1.0, (8, SPECIES))
    observed = np.asarray(simulate(theta, starts))
    return starts, observed + 0.02 * rng.standard_normal(observed.shape), truth


def objective(starts, observed):
    """Return the mean squared distance of trajectories as a function of theta."""
    return lambda theta: jnp.mean((observed - simulate(theta, starts)) ** 2)


def draw(starts, observed, params):
    """Show one observed trajectory and the simulated one."""
    import matplotlib.pyplot as plt

    _, axis = plt.subplots(figsize=(7, 3.5), layout="constrained")
    axis.plot(DT * np.arange(STEPS), simulate(params, starts)[:, 0], linewidth=1)
    axis.set_prop_cycle(None)
    axis.plot(DT * np.arange(STEPS), observed[:, 0], ".")
    axis.set_xlabel("time")
    axis.set_title("observed (dots) and simulated (lines) abundances of one run")
    plt.show()


def main(plot=False):
    """Find four interactions."""
    starts, observed, truth = generate()
    solver = ScopeSolver(len(ROWS), sparsity=len(truth))
    solver.solve(objective(starts, observed))
    found = solver.get_support()
    print("pairs:", [(int(ROWS[k]), int(COLUMNS[k])) for k in found], "truth:", PAIRS)
    assert set(found) == set(truth)
    if plot:
        draw(starts, observed, solver.params)


if __name__ == "__main__":
    main(plot="--plot" in sys.argv)
