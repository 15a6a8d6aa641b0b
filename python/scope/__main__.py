"""Sparse classification of the breast-cancer data: the main job of the README.

``python -m scope`` selects 8 of 100 variables, 70 of which are noise, once for the cross entropy
and once for the focal loss of an imbalanced problem, both written the way one writes them first:
their gradients are NaN wherever a probability saturates.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.metrics import f1_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from scope.solver import ScopeSolver
from scope.typing import FloatArray, IndexArray

VARIABLES = 100
SPARSITY = 8
DROPPED = 170


@dataclass(frozen=True)
class Split:
    """Training and test part of the data."""

    X_train: FloatArray
    X_test: FloatArray
    y_train: IndexArray
    y_test: IndexArray


def breast_cancer() -> Split:
    """Imbalance the classes, standardise, pad with noise to 100 columns and split."""
    X, y = load_breast_cancer(return_X_y=True)
    dropped = np.flatnonzero(y == 0)[:DROPPED]
    X, y = np.delete(X, dropped, axis=0), np.delete(y, dropped)
    random = np.random.RandomState(123)  # the draws of np.random.seed(123), without the side effect
    noise = random.randn(len(X), VARIABLES - X.shape[1])
    X = np.hstack([StandardScaler().fit_transform(X), noise])
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, random_state=random)
    return Split(X_train, X_test, y_train, y_test)


def cross_entropy(X: FloatArray, y: IndexArray) -> Callable[[Any], Any]:
    """Return the mean cross entropy of a logistic model."""

    def objective(params: Any) -> Any:
        prob = 1 / (1 + jnp.exp(-X @ params))
        return jnp.mean(
            jnp.piecewise(
                prob, [y == 1, y == 0], [lambda x: -jnp.log(x), lambda x: -jnp.log(1 - x)]
            )
        )

    return objective


def focal_loss(
    X: FloatArray, y: IndexArray, alpha: float = 0.1, gamma: float = 2.0
) -> Callable[[Any], Any]:
    """Return the mean focal loss of a logistic model (Lin et al. 2017, arXiv:1708.02002)."""

    def objective(params: Any) -> Any:
        prob = 1 / (1 + jnp.exp(-X @ params))
        return jnp.mean(
            jnp.piecewise(
                prob,
                [y == 1, y == 0],
                [
                    lambda x: -alpha * (1 - x) ** gamma * jnp.log(x),
                    lambda x: -(1 - alpha) * x**gamma * jnp.log(1 - x),
                ],
            )
        )

    return objective


def solve_both(data: Split) -> dict[str, ScopeSolver]:
    """Solve for the two losses."""
    solvers = {}
    for name, loss in {"cross entropy": cross_entropy, "focal loss": focal_loss}.items():
        solvers[name] = ScopeSolver(dimensionality=VARIABLES, sparsity=SPARSITY)
        solvers[name].solve(loss(data.X_train, data.y_train))
    return solvers


def plot(solvers: dict[str, ScopeSolver], file: str) -> None:
    """Draw the coefficients of all solvers."""
    from matplotlib.figure import Figure  # noqa: PLC0415  # an extra, needed here only

    figure = Figure(figsize=(8, 5), layout="constrained")
    axes = figure.subplots(len(solvers), sharex=True, squeeze=False)[:, 0]
    for axis, (name, solver) in zip(axes, solvers.items(), strict=True):
        axis.axvspan(29.5, VARIABLES - 0.5, color="0.93", label="noise variables")
        axis.axhline(0.0, color="black", linewidth=1.0)
        axis.stem(solver.support_set, solver.params[solver.support_set], basefmt=" ")
        axis.set(title=name, ylabel="coefficient")
    axes[0].legend(loc="upper right")
    axes[-1].set(xlabel="variable", xlim=(-1, VARIABLES))
    figure.savefig(file)


def main() -> None:
    """Run the job and report."""
    parser = argparse.ArgumentParser(prog="python -m scope", description=__doc__)
    parser.add_argument("--plot", metavar="FILE", help="draw the coefficients (needs matplotlib)")
    arguments = parser.parse_args()
    data = breast_cancer()
    solvers = solve_both(data)
    for name, solver in solvers.items():
        predicted = (data.X_test @ solver.params > 0).astype(int)
        print(  # noqa: T201  # a command's output
            f"{name:13s}  objective {solver.objective_value:.6f}"
            f"  F1 on the test set {f1_score(data.y_test, predicted):.4f}"
            f"  support {solver.get_support().tolist()}  ({solver.result.status})"
        )
    if arguments.plot:
        plot(solvers, arguments.plot)


if __name__ == "__main__":
    main()
