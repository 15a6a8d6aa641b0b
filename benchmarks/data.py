"""Random problems with a known truth, from a task and a seed.

The designs follow the simulations of Wang et al. (2024), JMLR 25(184), and Zhu et al. (2022), JMLR
23(202). Everything that is as large as the design is filled in place, in blocks of rows, so that
peak memory can be measured.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from benchmarks.catalog import Task

Array = NDArray[Any]  # of float64
Indices = NDArray[np.int64]

_BLOCK_ENTRIES = 1 << 20
_GIBBS_SWEEPS = 200
REFITS = 100  # of a bootstrap


@dataclass(frozen=True)
class Problem:
    """Arrays of an objective, its constraint and the support that generated the data."""

    model: str
    arrays: dict[str, Array]
    dimension: int
    sparsity: int
    truth: Indices
    group: Indices | None = None
    recipe: dict[str, Any] = field(default_factory=dict)
    job: str = "level"
    held_out: dict[str, Array] = field(default_factory=dict)
    resamples: Indices | None = None


def generate(task: Task, seed: int) -> Problem:
    """Return the problem of a task for a seed.

    Cross-validation is judged on as many samples again, which no peer sees; the bootstrap is given
    its resamples (Efron, 1979: rows with replacement), so that all peers refit the same.
    """
    rng = np.random.default_rng([seed, task.n, task.p, task.s])
    n = 2 * task.n if task.job == "cv" else task.n
    problem = GENERATORS[task.generator](rng, n, task.p, task.s, **task.options)
    if task.job == "cv":
        halves = [
            {name: array[rows] for name, array in problem.arrays.items()}
            for rows in (slice(task.n), slice(task.n, None))
        ]
        return replace(problem, job=task.job, arrays=halves[0], held_out=halves[1])
    resamples = rng.integers(n, size=(REFITS, n)) if task.job == "bootstrap" else None
    return replace(problem, job=task.job, resamples=resamples)


def _row_blocks(n: int, p: int) -> Iterator[slice]:
    height = max(1, _BLOCK_ENTRIES // p)
    return (slice(start, start + height) for start in range(0, n, height))


def ar_design(rng: np.random.Generator, n: int, p: int, rho: float = 0.2) -> Array:
    """Return n Gaussian rows with correlation rho^|i - j|."""
    X = np.empty((n, p))
    innovation = np.sqrt(1.0 - rho**2)
    for rows in _row_blocks(n, p):
        rng.standard_normal(out=X[rows])
        X[rows, 0] /= innovation  # the first column has no predecessor
        X[rows] = lfilter([innovation], [1.0, -rho], X[rows], axis=1)
    return X


def _signal(X: Array, support: Indices, coefficients: Array) -> Array:
    """Return X[:, support] @ coefficients without a copy of all those columns."""
    eta = np.empty((len(X), *coefficients.shape[1:]))
    for rows in _row_blocks(*X.shape):
        eta[rows] = X[rows][:, support] @ coefficients
    return eta


def _support(rng: np.random.Generator, size: int, s: int) -> Indices:
    return np.sort(rng.choice(size, s, replace=False))


def _signs(rng: np.random.Generator, shape: int | tuple[int, ...]) -> Array:
    signs: Array = rng.choice([-1.0, 1.0], shape)
    return signs


def _noisy(rng: np.random.Generator, eta: Array, snr: float = 6.0) -> Array:
    noise: Array = np.sqrt(eta.var() / snr) * rng.standard_normal(eta.shape)
    return eta + noise


def _labels(rng: np.random.Generator, eta: Array) -> Array:
    probability = 1.0 / (1.0 + np.exp(-np.clip(eta, -30.0, 30.0)))
    return np.where(rng.random(len(eta)) < probability, 1.0, -1.0)


def linear(
    rng: np.random.Generator,
    n: int,
    p: int,
    s: int,
    magnitude: float = 100.0,
    design: str = "AR 0.2",
) -> Problem:
    """Linear model, signal-to-noise ratio 6: y = X theta + e, var(e) = var(X theta) / 6.

    Where columns have scales of their own, coefficients have the inverse scales: every member of
    the support contributes alike.
    """
    X, support = _random_design(rng, n, p, design), _support(rng, p, s)
    coefficients = magnitude * _signs(rng, s)
    if "scales" in design:
        coefficients /= X[:, support].std(axis=0)
    y = _noisy(rng, _signal(X, support, coefficients))
    return Problem("linear", {"X": X, "y": y}, p, s, support)


def logistic(rng: np.random.Generator, n: int, p: int, s: int, magnitude: float = 100.0) -> Problem:
    """Logistic model, AR(0.2) design, linear predictor clipped to [-30, 30]."""
    X, support = ar_design(rng, n, p), _support(rng, p, s)
    y = _labels(rng, _signal(X, support, magnitude * _signs(rng, s)))
    return Problem("logistic", {"X": X, "y": y}, p, s, support)


def poisson(rng: np.random.Generator, n: int, p: int, s: int) -> Problem:
    """Poisson model whose linear predictor has standard deviation near 1."""
    X, support = ar_design(rng, n, p), _support(rng, p, s)
    eta = _signal(X, support, _signs(rng, s) / np.sqrt(s))
    return Problem("poisson", {"X": X, "y": rng.poisson(np.exp(eta)) * 1.0}, p, s, support)


def cox(rng: np.random.Generator, n: int, p: int, s: int) -> Problem:
    """Proportional hazards with a constant baseline, about a third censored, sorted by time."""
    X, support = ar_design(rng, n, p), _support(rng, p, s)
    lifetime = rng.exponential(np.exp(-_signal(X, support, _signs(rng, s))))
    censoring = rng.permutation(lifetime) * rng.uniform(0.5, 4.0, n)
    order = np.argsort(np.minimum(lifetime, censoring), kind="stable")
    event = (lifetime <= censoring)[order] * 1.0
    return Problem("cox", {"X": X[order], "event": event}, p, s, support)


def trend(rng: np.random.Generator, n: int, p: int, s: int) -> Problem:
    """Random walk with jumps: one every n // (s + 1), and noise N(0, 1 / n), cumulated."""
    jumps = np.zeros(p)
    support = np.arange(1, s + 1) * (n // (s + 1))
    jumps[support] = 1.0
    y = np.cumsum(jumps + rng.standard_normal(n) / np.sqrt(n))
    return Problem("trend", {"y": y}, p, s, support)


def multi_task(rng: np.random.Generator, n: int, p: int, s: int, q: int = 3) -> Problem:
    """Linear model of q responses; a group holds the coefficients of one variable."""
    X, support = ar_design(rng, n, p), _support(rng, p, s)
    Y = _noisy(rng, _signal(X, support, 100.0 * _signs(rng, (s, q))))
    group = np.repeat(np.arange(p), q)
    return Problem("multi_task", {"X": X, "Y": Y}, p * q, s, support, group)


def ising(rng: np.random.Generator, n: int, p: int, s: int, nodes: int = 20) -> Problem:
    """Spins of an Ising model with s edges of weight +-0.5, one Gibbs chain for each row."""
    support = _support(rng, p, s)
    rows, columns = (index[support] for index in np.triu_indices(nodes, 1))
    weights = np.zeros((nodes, nodes))
    weights[rows, columns] = weights[columns, rows] = 0.5 * _signs(rng, s)
    S = _signs(rng, (n, nodes))
    for _ in range(_GIBBS_SWEEPS):
        for i in range(nodes):
            S[:, i] = _labels(rng, 2.0 * S @ weights[i])
    return Problem("ising", {"S": S}, p, s, support)


def _centred_kernel(x: Array) -> Array:
    """Return the entries of the centred Gaussian kernel of standardised values, width 1."""
    x = (x - x.mean()) / x.std()
    K = np.exp(-0.5 * (x[:, None] - x[None, :]) ** 2)
    K += K.mean() - K.mean(axis=0) - K.mean(axis=1, keepdims=True)
    return K.ravel()


def hsic(rng: np.random.Generator, n: int, p: int, s: int) -> Problem:
    """Kernels of p features, s of which enter an additive nonlinear response."""
    X, support = rng.standard_normal((n, p)), _support(rng, p, s)
    y = np.tanh(2.0 * X[:, support]) @ _signs(rng, s) + 0.1 * rng.standard_normal(n)
    K = np.stack([_centred_kernel(column) for column in X.T], axis=1)
    return Problem("hsic", {"K": K, "L": _centred_kernel(y)}, p, s, support)


def robust(rng: np.random.Generator, n: int, p: int, s: int) -> Problem:
    """Linear model with a tenth of gross outliers.

    Coefficients are +-0.2: with +-100 the loss exp(-r^2) and its slope underflow to zero at the
    start, and no method that follows slopes could take a step.
    """
    X, support = ar_design(rng, n, p), _support(rng, p, s)
    y = _noisy(rng, _signal(X, support, 0.2 * _signs(rng, s)))
    outliers = rng.choice(n, n // 10, replace=False)
    y[outliers] += 10.0 * rng.standard_normal(len(outliers))
    return Problem("robust", {"X": X, "y": y}, p, s, support)


def _random_design(rng: np.random.Generator, n: int, p: int, design: str) -> Array:
    if design.startswith("AR"):
        return ar_design(rng, n, p, float(design.split()[1]))
    X = rng.standard_normal((n, p))
    if design == "equicorrelated":
        X = np.sqrt(0.5) * (X + rng.standard_normal((n, 1)))
    if design == "scaled columns":
        X *= 10.0 ** rng.uniform(-2.0, 2.0, p)
    if design == "scales over six orders":
        X *= 10.0 ** np.linspace(-3.0, 3.0, p)[rng.permutation(p)]
    return X


def _random_response(rng: np.random.Generator, eta: Array, model: str) -> Array:
    if model == "logistic":
        return _labels(rng, eta)
    if model == "poisson":
        return rng.poisson(np.exp(eta)) * 1.0
    if model == "softplus":
        return rng.poisson(np.logaddexp(0.0, eta)) * 1.0
    return _noisy(rng, eta)


def random_instance(rng: np.random.Generator, n: int, p: int, s: int) -> Problem:
    """Small problem of random size, design and model; n, p and s are the least sizes."""
    designs = ("independent", "AR 0.7", "AR 0.9", "equicorrelated", "scaled columns")
    models = ("linear", "logistic", "poisson", "robust", "softplus", "pseudo_huber")
    n, p, s = (int(rng.integers(low, high + 1)) for low, high in ((n, 80), (p, 30), (s, 5)))
    design, model = str(rng.choice(designs)), str(rng.choice(models))
    X, support = _random_design(rng, n, p, design), _support(rng, p, s)
    eta = X[:, support] @ (_signs(rng, s) / X[:, support].std(axis=0))
    eta *= (1.5 if model == "logistic" else 1.0) / eta.std()
    y = _random_response(rng, eta, model)
    recipe = {"n": n, "p": p, "s": s, "design": design, "model": model}
    return Problem(model, {"X": X, "y": y}, p, s, support, recipe=recipe)


GENERATORS = {
    f.__name__: f
    for f in (
        linear, logistic, poisson, cox, trend, multi_task, ising, hsic, robust, random_instance,
    )
}  # fmt: skip
