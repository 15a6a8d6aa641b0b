"""
Multinomial regression: variables that matter for any of several classes
========================================================================

Model: ``P(y = k | x) = exp(x'B_k) / sum_l exp(x'B_l)``, B has p rows and K columns. Selected are
rows of B: a variable is used for all classes or for none.

theta is B row by row, and `group` gives all entries of a row the same label. The logits are ``X @
theta.reshape(p, K)``: `scope` sees a product with X for each class and keeps one view of X.
``explain`` says that the Hessian of g is made of small blocks, K by K for a sample.
"""

import jax
import jax.numpy as jnp
import numpy as np

from scope import ScopeSolver


def generate(seed=0):
    """Return a design, class labels, the number of classes, and the rows that matter."""
    rng = np.random.default_rng(seed)
    n, p, classes = 600, 80, 4
    X = rng.standard_normal((n, p))
    truth = np.array([4, 23, 61])
    B = 2.0 * rng.standard_normal((len(truth), classes))
    y = np.argmax(X[:, truth] @ B + rng.gumbel(size=(n, classes)), axis=1)
    return X, y, classes, truth


def objective(X, y, classes):
    """Return the mean cross entropy as a function of theta."""
    n, p = X.shape

    def loss(theta):
        logits = X @ theta.reshape(p, classes)
        return -jnp.mean(jax.nn.log_softmax(logits, axis=1)[jnp.arange(n), y])

    return loss


def main():
    """Select three rows of coefficients."""
    X, y, classes, truth = generate()
    p = X.shape[1]
    group = np.repeat(np.arange(p), classes)
    solver = ScopeSolver(p * classes, sparsity=len(truth), group=group)
    solver.solve(objective(X, y, classes))
    rows = np.unique(group[solver.get_support()])
    print("selected:", rows, "truth:", truth)
    assert set(rows) == set(truth)


if __name__ == "__main__":
    main()
