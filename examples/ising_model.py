"""
An Ising model: who interacts with whom
=======================================

Model: spins +1 and -1 with ``P(x) ~ exp(sum_{i<j} theta_ij x_i x_j)``. Selected are pairs.

The likelihood has a constant that nobody can compute. The pseudo-likelihood multiplies the
probabilities of each spin given all others instead: ``P(x_i | rest) = sigmoid(2 x_i sum_j theta_ij
x_j)``. theta is the upper triangle by rows; it is scattered into a matrix, symmetrised, and
multiplied by the samples. All of that is linear in theta, ``explain`` reports one matrix for it
and a diagonal Hessian of g.
"""

import sys

import jax.numpy as jnp
import numpy as np

from scope import ScopeSolver

NODES = 12
ROWS, COLUMNS = np.triu_indices(NODES, 1)
EDGES = ((0, 1), (0, 5), (2, 3), (4, 10), (6, 7), (7, 8), (9, 11))


def generate(seed=0, n=500, sweeps=100):
    """Return samples by Gibbs sampling and the positions of the true pairs within theta."""
    rng = np.random.default_rng(seed)
    theta = np.zeros((NODES, NODES))
    for i, j in EDGES:
        theta[i, j] = theta[j, i] = 0.6
    spins = rng.choice([-1.0, 1.0], (n, NODES))
    for _ in range(sweeps):
        for i in range(NODES):
            up = 1.0 / (1.0 + np.exp(-2.0 * spins @ theta[i]))
            spins[:, i] = np.where(rng.random(n) < up, 1.0, -1.0)
    upper = list(zip(ROWS.tolist(), COLUMNS.tolist(), strict=True))
    return spins, np.array([upper.index(edge) for edge in EDGES])


def objective(spins):
    """Return the mean negative log-pseudo-likelihood as a function of theta."""

    def loss(theta):
        upper = jnp.zeros((NODES, NODES)).at[ROWS, COLUMNS].set(theta)
        field = spins @ (upper + upper.T)
        return jnp.sum(jnp.logaddexp(0.0, -2.0 * spins * field)) / len(spins)

    return loss


def draw(pairs):
    """Show the graph, true pairs in grey below those found."""
    import matplotlib.pyplot as plt

    angle = 2.0 * np.pi * np.arange(NODES) / NODES
    x, y = np.cos(angle), np.sin(angle)
    _, axis = plt.subplots(figsize=(4.5, 4.5), layout="constrained")
    for edges, style in ((EDGES, {"color": "0.8", "linewidth": 7}), (pairs, {"color": "C0"})):
        for i, j in edges:
            axis.plot(x[[i, j]], y[[i, j]], **style)
    axis.plot(x, y, "o", color="C0", markersize=14)
    for node in range(NODES):
        axis.text(x[node], y[node], node, color="white", ha="center", va="center")
    axis.set_axis_off()
    plt.show()


def main(plot=False):
    """Find seven pairs."""
    spins, truth = generate()
    solver = ScopeSolver(len(ROWS), sparsity=len(truth))
    solver.solve(objective(spins))
    found = solver.get_support()
    print("pairs:", [(int(ROWS[k]), int(COLUMNS[k])) for k in found], "truth:", EDGES)
    assert set(found) == set(truth)
    if plot:
        draw([(ROWS[k], COLUMNS[k]) for k in found])


if __name__ == "__main__":
    main(plot="--plot" in sys.argv)
