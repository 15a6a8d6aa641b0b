"""
An image of rectangles: fusion in two dimensions
================================================

Model: ``Y = cumsum(cumsum(Theta, rows), columns) + noise``. An entry of Theta raises everything
below and to the right of it, so a rectangle is four entries, its corners. Selected are corners.

theta is Theta row by row. Both cumulative sums are linear, M has as many rows as there are pixels,
and ``explain`` says that g is quadratic. It is written as it is thought; no matrix is built by the
user.
"""

import sys
from itertools import product

import jax.numpy as jnp
import numpy as np

from scope import ScopeSolver


def generate(seed=0):
    """Return a noisy image of two rectangles and the positions of their corners in theta."""
    rng = np.random.default_rng(seed)
    size = 20
    image = np.zeros((size, size))
    image[4:12, 3:10] += 3.0
    image[9:17, 13:18] -= 3.0
    corners = [*product((4, 12), (3, 10)), *product((9, 17), (13, 18))]
    truth = np.sort([row * size + column for row, column in corners])
    return image + 0.3 * rng.standard_normal(image.shape), truth


def objective(image):
    """Return the mean of squared residuals as a function of the corners' heights."""

    def loss(theta):
        steps = theta.reshape(image.shape)
        return jnp.mean((image - jnp.cumsum(jnp.cumsum(steps, axis=0), axis=1)) ** 2)

    return loss


def draw(image, fit):
    """Show the image and the fitted one."""
    import matplotlib.pyplot as plt

    _, axes = plt.subplots(1, 2, figsize=(7, 3.5), layout="constrained")
    for axis, pixels, title in zip(axes, (image, fit), ("image", "fit"), strict=True):
        axis.imshow(pixels, cmap="RdBu", vmin=-4, vmax=4)
        axis.set_title(title)
        axis.set_axis_off()
    plt.show()


def main(plot=False):
    """Find eight corners."""
    image, truth = generate()
    solver = ScopeSolver(image.size, sparsity=len(truth))
    solver.solve(objective(image))
    print("corners:", solver.get_support(), "truth:", truth)
    assert set(solver.get_support()) == set(truth)
    if plot:
        draw(image, np.cumsum(np.cumsum(solver.params.reshape(image.shape), axis=0), axis=1))


if __name__ == "__main__":
    main(plot="--plot" in sys.argv)
