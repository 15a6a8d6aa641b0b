"""A Newton step that leaves the domain, and the shorter ones that are tried instead."""

import matplotlib.pyplot as plt
import numpy as np
from drawing import BLUE, GREY, ORANGE, save_on_both_grounds

START, Y = 2.5, 2.0  # f(z) = y z / 2 - sqrt(z), inverse Gaussian, has its minimum at 1 / y^2
LEFT, BOTTOM = -9.0, -3.2


def f(z):
    """Return the objective, NaN outside of its domain."""
    with np.errstate(invalid="ignore"):
        return Y * z / 2.0 - np.sqrt(z)


def draw(ink):
    """Draw f, its quadratic model at the start, and the trials."""
    slope, curvature = Y / 2.0 - 0.5 / np.sqrt(START), 0.25 * START**-1.5
    step = -slope / curvature
    figure, axis = plt.subplots(figsize=(5.4, 3.9))
    z = np.linspace(0.0, 4.0, 400)
    axis.plot(z, f(z), color=BLUE, label="f")
    left = np.linspace(LEFT, 4.0, 200)
    model = f(START) + slope * (left - START) + 0.5 * curvature * (left - START) ** 2
    axis.plot(left, model, color=GREY, linestyle="--", label="its model at the start")
    axis.axvspan(LEFT, 0.0, color=GREY, alpha=0.2, linewidth=0)
    axis.text(LEFT / 2.0, 2.2, "f is NaN here", ha="center")
    length = 1.0
    while not f(START + length * step) < f(START):
        trial = START + length * step
        axis.plot(trial, BOTTOM, "x", color=ORANGE, markersize=9, clip_on=False)
        length /= 4.0  # as Newton does where f is NaN
    axis.plot(START + length * step, f(START + length * step), "o", color=ORANGE, label="taken")
    axis.plot(START, f(START), "s", color=ink, label="start")
    axis.plot([], [], "x", color=ORANGE, label="trial, rejected")
    axis.set_xlim(LEFT, 4.0)
    axis.set_ylim(BOTTOM, 2.6)
    axis.set_xlabel("z")
    axis.legend(loc="center left", fontsize=11, ncols=1)
    return figure


def save(target):
    """Save the picture."""
    save_on_both_grounds(draw, "inner_solver", target)
