"""How an objective is split: a known matrix for native code, the rest for JAX."""

import matplotlib.pyplot as plt
import numpy as np
from drawing import BLUE, GREY, ORANGE, save_on_both_grounds
from matplotlib.patches import FancyBboxPatch, Rectangle

SUPPORT = [1, 4, 8]
ROWS, COLUMNS = 7, 11


def cells(axis, left, top, shape, chosen, ink):
    """Draw a matrix of unit cells whose chosen columns (or rows, of a vector) are filled."""
    for row, column in np.ndindex(*shape):
        index = column if shape[1] > 1 else row
        colour = BLUE if index in chosen else "none"
        axis.add_patch(
            Rectangle((left + column, top - row - 1), 1, 1, facecolor=colour, edgecolor=GREY)
        )
    axis.add_patch(Rectangle((left, top - shape[0]), shape[1], shape[0], fill=False, edgecolor=ink))


def draw(ink):
    """Draw M theta -> eta -> g -> f."""
    figure, axis = plt.subplots(figsize=(5.8, 3.3))
    cells(axis, 0, 0, (ROWS, COLUMNS), SUPPORT, ink)
    cells(axis, 12, 0, (COLUMNS, 1), SUPPORT, ink)
    cells(axis, 15.4, 0, (ROWS, 1), range(ROWS), ink)
    axis.text(5.5, 0.5, "M  (n x p)", ha="center")
    axis.text(12.5, 0.5, r"$\theta$", ha="center")
    axis.text(14.2, -3.7, "=", ha="center", fontsize=16)
    axis.text(15.9, 0.5, r"$\eta$", ha="center")
    box = {"boxstyle": "round,pad=0.3", "facecolor": "none", "linewidth": 1.6}
    axis.add_patch(FancyBboxPatch((18.6, -4.4), 2.2, 1.8, edgecolor=ORANGE, **box))
    axis.text(19.7, -3.7, "g", ha="center", fontsize=15, style="italic")
    arrow = {"arrowstyle": "->", "color": ink}
    axis.annotate("", (18.3, -3.5), (16.6, -3.5), arrowprops=arrow)
    axis.annotate("", (22.9, -3.5), (21.2, -3.5), arrowprops=arrow)
    axis.text(23.1, -3.75, "f", fontsize=14, style="italic")
    axis.text(0, -8.6, "native code: products with\nthe columns of the support,\nin your array",
              color=BLUE, va="top", fontsize=11)  # fmt: skip
    axis.text(15.2, -8.6, "native kernels, or JAX: a\nvalue, slopes, curvatures",
              color=ORANGE, va="top", fontsize=11)  # fmt: skip
    axis.set_xlim(-0.3, 24.2)
    axis.set_ylim(-11.6, 1.6)
    axis.set_aspect("equal")
    axis.axis("off")
    return figure


def save(target):
    """Save the picture."""
    save_on_both_grounds(draw, "reader", target)
