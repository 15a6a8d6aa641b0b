"""
Nonlinear variables by kernels: HSIC
====================================

Model: y depends on few variables, in any way. Each variable has a kernel matrix K_k of
similarities between samples, y has L; all are centred. Minimised is ``|L - sum_k |theta_k|
K_k|^2``: which few kernels explain the response's? Selected are variables.

Stack the kernels as columns of one matrix with n^2 rows; then it is non-negative least squares.
``explain`` says that M acts on absolute values and that g is quadratic. The square of Gaussian
kernels makes no assumption on the form of the dependence: here one is a square, one a sine.
"""

import jax.numpy as jnp
import numpy as np

from scope import ScopeSolver


def centred_kernel(x):
    """Return the centred Gaussian kernel of standardised values, as one column."""
    x = (x - x.mean()) / x.std()
    K = np.exp(-0.5 * (x[:, None] - x) ** 2)
    K -= K.mean(axis=0)
    K -= K.mean(axis=1, keepdims=True)
    return K.ravel() / np.linalg.norm(K)


def generate(seed=0):
    """Return kernels of the variables, the kernel of the response, and the true support."""
    rng = np.random.default_rng(seed)
    n, p = 150, 40
    X = rng.uniform(-2.0, 2.0, (n, p))
    truth = np.array([8, 15, 33])
    y = X[:, 8] ** 2 + 2.0 * np.sin(2.0 * X[:, 15]) + 1.5 * X[:, 33] + 0.1 * rng.standard_normal(n)
    kernels = np.empty((n * n, p), order="F")
    for k in range(p):
        kernels[:, k] = centred_kernel(X[:, k])
    return kernels, centred_kernel(y), truth


def objective(kernels, response):
    """Return the squared distance of kernels as a function of theta."""
    return lambda theta: jnp.sum((response - kernels @ jnp.abs(theta)) ** 2)


def main():
    """Find three variables."""
    kernels, response, truth = generate()
    solver = ScopeSolver(kernels.shape[1], sparsity=len(truth))
    solver.solve(objective(kernels, response))
    print("selected:", solver.get_support(), "truth:", truth)
    assert set(solver.get_support()) == set(truth)


if __name__ == "__main__":
    main()
