"""Scikit-learn estimators that select at most `sparsity` features.

>>> import numpy as np
>>> from scope.skmodel import RobustRegression
>>> rng = np.random.default_rng(0)
>>> X = rng.standard_normal((200, 8))
>>> y = 2.0 * X[:, 1] - 3.0 * X[:, 6] + 0.1 * rng.standard_cauchy(200)
>>> np.flatnonzero(RobustRegression(sparsity=2).fit(X, y).coef_)
array([1, 6])
"""

from scope.skmodel._base import check_data
from scope.skmodel._failure import MultivariateFailure
from scope.skmodel._isotonic import IsotonicRegression
from scope.skmodel._nonlinear import NonlinearSelection
from scope.skmodel._portfolio import PortfolioSelection
from scope.skmodel._robust import RobustRegression

__all__ = [
    "IsotonicRegression",
    "MultivariateFailure",
    "NonlinearSelection",
    "PortfolioSelection",
    "RobustRegression",
    "check_data",
]
