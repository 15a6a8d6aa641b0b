"""The levels that golden section tries, on the criterion of all."""

import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
from drawing import BLUE, GREY, ORANGE, save_on_both_grounds

from scope import ScopeSolver
from scope.utilities import LinearSIC


def paths():
    """Return the path over all levels, and that of golden section."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((200, 100))
    y = X[:, 10:18] @ rng.uniform(0.5, 1.5, 8) + rng.standard_normal(200)
    found = []
    for how in ({"sparsity": range(31)}, {"path_type": "gs", "gs_upper_bound": 30}):
        solver = ScopeSolver(100, sample_size=200, ic_method=LinearSIC, **how)
        solver.solve(lambda theta: jnp.sum((y - X @ theta) ** 2))
        found.append([(level.sparsity, level.information_criterion) for level in solver.path_])
    return found


def draw(ink):
    """Draw the criterion over the level."""
    everywhere, tried = paths()
    figure, axis = plt.subplots(figsize=(5.4, 3.4))
    axis.plot(*zip(*everywhere, strict=True), color=BLUE, marker=".", label="all levels")
    axis.plot(*zip(*tried, strict=True), "o", color=ORANGE, mfc="none", markersize=10, mew=1.8,
              label=f"golden section: {len(tried)} levels")  # fmt: skip
    axis.axvline(8, color=GREY, linestyle=":", label="truth")
    axis.set_xlabel("sparsity")
    axis.set_ylabel("LinearSIC")
    axis.legend(fontsize=11)
    return figure


def save(target):
    """Save the picture."""
    save_on_both_grounds(draw, "levels", target)
