"""
Ordinal regression: ordered grades with unknown thresholds
==========================================================

Model: ``P(y <= k) = sigmoid(a_k - x'beta)`` for grades 0, ..., K, with increasing thresholds ``a_1
= theta_0, a_2 = a_1 + exp(theta_1), ...``. Selected are entries of beta; the K parameters of the
thresholds come first and are preselected.

The probability of a grade is the difference of two sigmoids. As a product it cannot become zero by
cancellation: ``s(u) - s(l) = s(u) s(-l) (1 - exp(l - u))``, whose logarithm is a sum of three safe
terms. ``explain`` says that the thresholds enter g by themselves, as rows of the identity, while
the product with X stays native.
"""

import jax
import jax.numpy as jnp
import numpy as np

from scope import ScopeSolver

THRESHOLDS = np.array([-1.0, 0.0, 1.5])


def generate(seed=0):
    """Return a design, grades 0 to 3, and the true support within theta."""
    rng = np.random.default_rng(seed)
    n, p = 600, 60
    X = rng.standard_normal((n, p))
    columns = np.array([5, 28, 47])
    latent = X[:, columns] @ np.array([1.5, -1.0, 1.2]) + rng.logistic(size=n)
    grade = np.searchsorted(THRESHOLDS, latent)
    return X, grade, np.append(np.arange(3), columns + 3)


def objective(X, grade):
    """Return the mean negative log-likelihood as a function of theta."""
    lowest, highest = grade == 0, grade == 3
    below, above = np.maximum(grade - 1, 0), np.minimum(grade, 2)

    def loss(theta):
        a = theta[0] + jnp.concatenate([jnp.zeros(1), jnp.cumsum(jnp.exp(theta[1:3]))])
        eta = X @ theta[3:]
        under = jnp.where(highest, 0.0, jax.nn.log_sigmoid(a[above] - eta))
        over = jnp.where(lowest, 0.0, jax.nn.log_sigmoid(eta - a[below]))
        inner = lowest | highest
        width = jnp.where(inner, 1.0, a[above] - a[below])
        between = jnp.where(inner, 0.0, jnp.log(-jnp.expm1(-width)))
        return -jnp.mean(under + over + between)

    return loss


def main():
    """Select three columns beside the thresholds."""
    X, grade, truth = generate()
    solver = ScopeSolver(3 + X.shape[1], sparsity=len(truth), preselect=[0, 1, 2])
    solver.solve(objective(X, grade))
    print("selected:", solver.get_support(), "truth:", truth)
    assert set(solver.get_support()) | {0, 1, 2} == set(truth)


if __name__ == "__main__":
    main()
