"""Linear models with a support that a seed tells."""

import numpy as np

P = 12


def sparse_truth(seed, n=40):
    """Return design and response; the support is {seed, seed + 5} modulo P."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, P))
    return X, X[:, seed % P] - 2 * X[:, (seed + 5) % P] + 0.1 * rng.standard_normal(n)
