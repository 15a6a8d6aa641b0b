"""One look for the pictures of the pages, on light and on dark ground."""

import matplotlib as mpl
import matplotlib.pyplot as plt

BLUE, ORANGE, GREY = "#4c9be8", "#e8843c", "#8c959f"
INK = {"light": "#24292f", "dark": "#d0d7de"}


def save_on_both_grounds(draw, name, target):
    """Call ``draw(ink)``, which returns a figure, for each theme, and save what it drew."""
    for theme, ink in INK.items():
        with mpl.rc_context(_style(ink)):
            figure = draw(ink)
            figure.savefig(target / f"{name}-{theme}.svg", transparent=True)
            plt.close(figure)


def _style(ink):
    names = ("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color")
    return {
        **dict.fromkeys(names, ink),
        "font.size": 12,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "legend.frameon": False,
        "figure.constrained_layout.use": True,
        "svg.fonttype": "path",  # looks the same whatever fonts a reader has
        "svg.hashsalt": "scope",
    }
