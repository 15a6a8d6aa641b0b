"""Algebra of groups of variables: their scores, the best of them, their variables."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from scope.typing import FloatArray, IndexArray


@dataclass(frozen=True)
class Groups:
    """Which variables belong together; the members of a group are adjacent."""

    labels: IndexArray  # (p,) group of each variable, non-decreasing, 0..q-1
    starts: IndexArray  # (q,) first variable of each group

    @classmethod
    def from_labels(cls, labels: IndexArray) -> Self:
        """Find where each group starts."""
        return cls(labels, np.flatnonzero(np.diff(labels, prepend=-1)))

    @property
    def count(self) -> int:
        """Number q of groups."""
        return self.starts.size

    def sums(self, values: FloatArray) -> FloatArray:
        """Return the (q,) sums over the members of each group."""
        with np.errstate(over="ignore", invalid="ignore"):
            return np.add.reduceat(values, self.starts)

    def squares(self, vector: FloatArray) -> FloatArray:
        """Return the (q,) squared norms of the parts of a vector."""
        with np.errstate(over="ignore", under="ignore"):
            return self.sums(vector**2)

    def variables(self, groups: IndexArray) -> IndexArray:
        """Return the sorted variables of some groups."""
        return np.flatnonzero(self._mask(groups)[self.labels])

    def of(self, variables: IndexArray) -> IndexArray:
        """Return the sorted groups that some variables belong to."""
        return np.unique(self.labels[variables])

    def others(self, groups: IndexArray) -> IndexArray:
        """Return the sorted groups that are not among those given."""
        return np.flatnonzero(~self._mask(groups))

    def _mask(self, groups: IndexArray) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        mask = np.zeros(self.count, dtype=np.bool_)
        mask[groups] = True
        return mask


def largest(scores: FloatArray, count: int, first: IndexArray) -> IndexArray:
    """Return the sorted indices of the `count` largest scores, those of `first` before all others.

    Equal scores are ranked by index, so that the same input gives the same support. NaN ranks last.
    """
    ranked = np.argsort(-scores, kind="stable")
    ranked = np.concatenate([first, ranked[~np.isin(ranked, first)]])
    return np.sort(ranked[:count]).astype(np.intp)
