"""What stands for examples without a figure: a sparse vector."""

import matplotlib.pyplot as plt
import numpy as np
from drawing import BLUE, GREY


def save(target):
    """Save the picture."""
    theta = np.zeros(24)
    theta[[4, 11, 18]] = [2.0, -1.5, 1.0]
    figure, axis = plt.subplots(figsize=(4.0, 2.8))
    stems = axis.stem(theta, linefmt=BLUE, markerfmt="o", basefmt=GREY)
    stems.markerline.set(color=BLUE, markersize=4)
    axis.axis("off")
    figure.savefig(target / "thumbnail.png", dpi=100)
    plt.close(figure)
