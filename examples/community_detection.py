"""
A community in a network
========================

Model: in a random graph pairs are joined with probability 0.1, within a hidden community with 0.7.
Minimised is ``- theta'B theta / theta'theta`` with ``B = A - 0.1``, the adjacency matrix less what
is expected. Over all sets of s members the best quotient belongs to the set with the most edges
inside. Selected are members.

A quadratic form of a symmetric matrix needs no samples: write ``theta @ (B @ theta)``. The
objective does not exist at zero, so there is a start. ``explain`` says what theta meets first.
"""

import sys

import jax.numpy as jnp
import numpy as np

from scope import ScopeSolver


def generate(seed=0):
    """Return an adjacency matrix and the members of the community."""
    rng = np.random.default_rng(seed)
    nodes, members = 100, 14
    truth = np.sort(rng.choice(nodes, members, replace=False))
    probability = np.full((nodes, nodes), 0.1)
    probability[np.ix_(truth, truth)] = 0.7
    upper = np.triu(rng.random((nodes, nodes)) < probability, 1)
    return (upper | upper.T).astype(float), truth


def objective(B):
    """Return minus the quotient as a function of theta."""
    return lambda theta: -(theta @ (B @ theta)) / jnp.sum(theta**2)


def draw(A, members):
    """Show the adjacency matrix, with the members found in front."""
    import matplotlib.pyplot as plt

    order = np.argsort(~np.isin(np.arange(len(A)), members), kind="stable")
    _, axes = plt.subplots(1, 2, figsize=(7, 3.7), layout="constrained")
    for axis, nodes, title in zip(
        axes, (np.arange(len(A)), order), ("as given", "members first"), strict=True
    ):
        axis.imshow(A[np.ix_(nodes, nodes)], cmap="Greys")
        axis.set_title(title)
    plt.show()


def main(plot=False):
    """Find fourteen members."""
    A, truth = generate()
    nodes = len(A)
    solver = ScopeSolver(nodes, sparsity=len(truth))
    solver.solve(objective(A - 0.1), init_params=np.ones(nodes))
    print("members:", solver.get_support(), "truth:", truth)
    assert set(solver.get_support()) == set(truth)
    if plot:
        draw(A, solver.get_support())


if __name__ == "__main__":
    main(plot="--plot" in sys.argv)
