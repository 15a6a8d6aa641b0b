"""
Non-negative least squares: unmixing a spectrum
===============================================

Model: ``y = L |theta| + noise``, a spectrum is the sum of few substances of a library L in amounts
that are not negative. Selected are substances.

Write the amounts as ``jnp.abs(theta)``. ``explain`` says that M acts on absolute values: the
engine minimises over amounts with a bound at zero. The library is in single precision, as
instruments deliver it. `scope` reads it where it is and accumulates in double precision.
"""

import sys

import jax.numpy as jnp
import numpy as np

from scope import ScopeSolver


def generate(seed=0):
    """Return a library of spectra (one a column), a mixture, and what it is made of."""
    rng = np.random.default_rng(seed)
    channels, substances, peaks = 400, 120, 6
    axis = np.linspace(0.0, 1.0, channels, dtype=np.float32)[:, None, None]
    centre = rng.random((substances, peaks), dtype=np.float32)
    height = rng.random((substances, peaks), dtype=np.float32)
    library = (height * np.exp(-0.5 * ((axis - centre) / np.float32(0.01)) ** 2)).sum(axis=2)
    truth = np.array([6, 30, 75, 101])
    mixture = library[:, truth] @ np.array([1.0, 0.5, 0.8, 0.3])
    return library, mixture + 0.02 * rng.standard_normal(channels), truth


def objective(library, spectrum):
    """Return the mean of squared residuals as a function of theta."""
    return lambda theta: jnp.mean((spectrum - library @ jnp.abs(theta)) ** 2)


def draw(library, spectrum, amounts):
    """Show the spectrum and what each substance contributes."""
    import matplotlib.pyplot as plt

    _, axis = plt.subplots(figsize=(7, 3.5), layout="constrained")
    axis.plot(spectrum, color="0.6", label="spectrum")
    for k in np.flatnonzero(amounts):
        axis.plot(amounts[k] * library[:, k], label=f"{amounts[k]:.2f} of substance {k}")
    axis.legend()
    plt.show()


def main(plot=False):
    """Find four substances."""
    library, spectrum, truth = generate()
    solver = ScopeSolver(library.shape[1], sparsity=len(truth))
    solver.solve(objective(library, spectrum))
    print("substances:", solver.get_support(), "truth:", truth)
    assert set(solver.get_support()) == set(truth)
    if plot:
        draw(library, spectrum, np.abs(solver.params))


if __name__ == "__main__":
    main(plot="--plot" in sys.argv)
