"""One exchange of splicing: what members would cost, what candidates promise."""

import matplotlib.pyplot as plt
import numpy as np
from drawing import BLUE, GREY, ORANGE, save_on_both_grounds

TRUTH, SPARSITY = [2, 5, 8], 3


def problem():
    """Return a small least-squares problem with correlated neighbours."""
    rng = np.random.default_rng(4)
    X = rng.standard_normal((60, 12))
    X[:, 1:] += 0.7 * X[:, :-1]
    return X, X[:, TRUTH] @ [1.0, -1.2, 1.5] + 0.3 * rng.standard_normal(60)


def rank(X, y, support):
    """Return half the residual sum of squares at a support's fit, and all sacrifices."""
    theta = np.zeros(X.shape[1])
    theta[support] = np.linalg.lstsq(X[:, support], y, rcond=None)[0]
    gradient, curvature = X.T @ (X @ theta - y), np.sum(X**2, axis=0)
    loses = 0.5 * curvature * theta**2
    gains = 0.5 * gradient**2 / curvature
    gains[support] = 0.0
    return 0.5 * np.sum((y - X @ theta) ** 2), loses, gains


def draw(ink):
    """Draw the sacrifices at two supports, one exchange apart."""
    X, y = problem()
    figure, axes = plt.subplots(2, 1, figsize=(5.4, 5.6), sharex=True, sharey=True)
    support = [2, 5, 9]
    for axis in axes:
        value, loses, gains = rank(X, y, support)
        place = np.arange(X.shape[1])
        outside = np.setdiff1d(place, support)
        axis.bar(support, loses[support], color=BLUE, label="member: f would lose")
        axis.bar(outside, gains[outside], color=ORANGE, label="candidate: f would gain")
        axis.set_title(f"support {{{', '.join(map(str, support))}}}, f = {value:.1f}", fontsize=12)
        worst = min(support, key=lambda j: loses[j])
        best = int(np.argmax(gains))
        if gains[best] > loses[worst]:
            axis.annotate("out", (worst, loses[worst]), (worst, loses[worst] + 12), ha="center",
                          arrowprops={"arrowstyle": "<-", "color": ink})  # fmt: skip
            axis.annotate("in", (best, gains[best]), (best, gains[best] + 12), ha="center",
                          arrowprops={"arrowstyle": "->", "color": ink})  # fmt: skip
            support = sorted({*support, best} - {worst})
    axes[0].legend(loc="upper right", fontsize=11)
    axes[1].set_xticks(place)
    axes[1].set_xlabel("variable")
    for axis in axes:
        axis.set_ylabel("sacrifice")
        axis.axhline(0.0, color=GREY, linewidth=0.8)
    return figure


def save(target):
    """Save the picture."""
    save_on_both_grounds(draw, "splicing", target)
