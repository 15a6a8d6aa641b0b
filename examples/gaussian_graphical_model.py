"""
A Gaussian graphical model: few entries of a precision matrix
=============================================================

Model: samples are normal with precision matrix P, ``P_ij = 0`` where i and j are independent given
all others. Selected are edges, entries above the diagonal; the diagonal is preselected.

The pseudo-likelihood of all regressions of one node on the others, ``sum_i mean((X P)_i^2) / 2 -
log P_ii``, is convex, needs no determinant, and exists wherever the diagonal is positive. theta
starts with the logarithms of the diagonal, so that every theta is allowed and zero, the identity,
is a start; the upper triangle follows by rows. Scattering it into a matrix and multiplying the
samples is linear: ``explain`` reports it as a sparse block of M, beside the diagonal's parameters
themselves.
"""

import sys

import jax.numpy as jnp
import numpy as np

from scope import ScopeSolver

NODES = 12
ROWS, COLUMNS = np.triu_indices(NODES, 1)
EDGES = ((0, 1), (1, 2), (3, 7), (4, 9), (5, 6), (8, 11))


def generate(seed=0):
    """Return samples and the positions of the true edges within theta."""
    rng = np.random.default_rng(seed)
    P = 2.0 * np.eye(NODES)
    for i, j in EDGES:
        P[i, j] = P[j, i] = 0.8
    samples = rng.multivariate_normal(np.zeros(NODES), np.linalg.inv(P), 400)
    upper = list(zip(ROWS.tolist(), COLUMNS.tolist(), strict=True))
    return samples, np.array([NODES + upper.index(edge) for edge in EDGES])


def objective(X):
    """Return the negative log-pseudo-likelihood as a function of theta."""

    def loss(theta):
        log_diagonal = theta[:NODES]
        upper = jnp.zeros((NODES, NODES)).at[ROWS, COLUMNS].set(theta[NODES:])
        product = X @ (upper + upper.T) + X * jnp.exp(log_diagonal)
        return 0.5 * jnp.sum(product**2) / len(X) - jnp.sum(log_diagonal)

    return loss


def draw(pairs):
    """Show the graph, true edges in grey below those found."""
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
    """Find six edges."""
    X, truth = generate()
    solver = ScopeSolver(NODES + len(ROWS), NODES + len(truth), preselect=np.arange(NODES))
    solver.solve(objective(X))
    found = [k for k in solver.get_support() if k >= NODES]
    pairs = [(int(ROWS[k - NODES]), int(COLUMNS[k - NODES])) for k in found]
    print("edges:", pairs, "truth:", EDGES)
    assert set(found) == set(truth)
    if plot:
        draw(pairs)


if __name__ == "__main__":
    main(plot="--plot" in sys.argv)
