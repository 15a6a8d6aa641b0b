"""Known linear operators, as the reader finds them and as the engine multiplies with them."""

import math
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import scipy.sparse

from scope import _core
from scope.typing import FloatArray, IndexArray

# Most bytes that a matrix and what is computed on the way to it may take.
MEMORY_BUDGET = 256 * 2**20
# A matrix with fewer entries than this share is stored sparse.
SPARSE_SHARE = 0.2


class Operator(Protocol):
    """A matrix that need not be stored."""

    @property
    def rows(self) -> int:
        """Length of a product."""
        ...

    @property
    def key(self) -> Hashable:
        """Equal for the same operator."""
        ...

    def place(self, design: _core.BlockMatrix, row: int, column: int, scale: float) -> None:
        """Put a multiple into the engine's matrix, with its first entry at (row, column)."""
        ...

    def __str__(self) -> str: ...


@dataclass(frozen=True, eq=False)
class Dense:
    """A matrix as it lies in memory."""

    matrix: Any  # (n, k) of float64 or float32

    @property
    def rows(self) -> int:
        return int(self.matrix.shape[0])

    @property
    def key(self) -> Hashable:
        matrix = self.matrix
        return ("dense", matrix.__array_interface__["data"][0], matrix.shape, matrix.strides)

    def place(self, design: _core.BlockMatrix, row: int, column: int, scale: float) -> None:
        design.place(strided(self.matrix), row, column, scale)

    def __str__(self) -> str:
        return f"{'x'.join(map(str, self.matrix.shape))} {self.matrix.dtype}"


@dataclass(frozen=True, eq=False)
class Sparse:
    """A matrix of which the non-zero entries are stored, by columns."""

    matrix: Any  # scipy.sparse.csc_array

    @property
    def rows(self) -> int:
        return int(self.matrix.shape[0])

    @property
    def key(self) -> Hashable:
        return ("sparse", id(self.matrix))

    def place(self, design: _core.BlockMatrix, row: int, column: int, scale: float) -> None:
        m = self.matrix
        rows, cols = m.shape
        design.place_sparse(m.data, m.indices, m.indptr, rows, cols, row, column, scale)

    def __str__(self) -> str:
        shape = "x".join(map(str, self.matrix.shape))
        return f"{shape} {self.matrix.dtype}, sparse with {self.matrix.nnz} entries"


@dataclass(frozen=True)
class Identity:
    """Entries of theta themselves."""

    rows: int

    @property
    def key(self) -> Hashable:
        return ("identity", self.rows)

    def place(self, design: _core.BlockMatrix, row: int, column: int, scale: float) -> None:
        design.place_identity(self.rows, row, column, scale)

    def __str__(self) -> str:
        return f"{self.rows} parameters themselves"


@dataclass(frozen=True)
class PrefixSums:
    """Cumulative sums along the middle axis of an array (outer, length, inner)."""

    outer: int
    length: int
    inner: int
    reverse: bool

    @property
    def rows(self) -> int:
        return self.outer * self.length * self.inner

    @property
    def key(self) -> Hashable:
        return ("prefix sums", self.outer, self.length, self.inner, self.reverse)

    def place(self, design: _core.BlockMatrix, row: int, column: int, scale: float) -> None:
        shape = (self.outer, self.length, self.inner)
        design.place_prefix_sums(*shape, row, column, scale, reverse=self.reverse)

    def __str__(self) -> str:
        return f"{self.rows} cumulative sums"


@dataclass(frozen=True, eq=False)
class Kronecker:
    """The identity, a matrix and the identity, multiplied in the sense of Kronecker."""

    left: int
    matrix: Dense
    right: int

    @property
    def rows(self) -> int:
        return self.left * self.matrix.rows * self.right

    @property
    def key(self) -> Hashable:
        return ("kronecker", self.left, self.matrix.key, self.right)

    def place(self, design: _core.BlockMatrix, row: int, column: int, scale: float) -> None:
        matrix, sizes = strided(self.matrix.matrix), {"left": self.left, "right": self.right}
        design.place_kronecker(matrix, row, column, scale, **sizes)

    def __str__(self) -> str:
        return f"{self.matrix} for each of {self.left * self.right} responses"


def place(
    operator: Operator, design: _core.BlockMatrix, row: int, columns: IndexArray, scale: float
) -> None:
    """Put a multiple of an operator where it multiplies entries `columns`, in any order."""
    first, last = int(columns.min()), int(columns.max())
    if np.all(np.diff(columns) == 1):
        operator.place(design, row, first, scale)
        return
    alone = _core.BlockMatrix(operator.rows, columns.size)
    operator.place(alone, 0, 0, 1.0)
    design.place_taken(alone, columns - first, last + 1 - first, row, first, scale)


def computed(columns: Iterable[FloatArray]) -> Operator:
    """Store a matrix as it takes the least memory; its columns come in batches, as rows."""
    batches, places, counts = [], [], []
    for batch in columns:
        cols, rows = batch.shape
        batches.append(batch.astype(np.float64, copy=False).ravel())
        places.append(np.flatnonzero(batches[-1] != 0))  # of truths: several times as fast
        counts.append(np.diff(np.searchsorted(places[-1], rows * np.arange(cols + 1))))
    shape = rows, sum(map(len, counts))
    if sum(map(len, places)) >= SPARSE_SHARE * math.prod(shape):
        return Dense(np.concatenate(batches).reshape(shape[::-1]).T)
    entries = [batch[where] for batch, where in zip(batches, places, strict=True)]
    starts = np.cumsum([0, *np.concatenate(counts)])
    indices = np.concatenate(places) % max(1, rows)
    parts = (np.concatenate(entries), indices.astype(np.int32), starts.astype(np.int32))
    return Sparse(scipy.sparse.csc_array(parts, shape=shape))


def selection(rows: IndexArray, columns: IndexArray, values: Any, shape: tuple[int, int]) -> Sparse:
    """Sparse operator from its entries; what meets at the same place is summed."""
    return Sparse(scipy.sparse.coo_array((values, (rows, columns)), shape=shape).tocsc())


def strided(matrix: Any) -> Any:
    """Return the matrix itself if one of its axes is contiguous, else a copy."""
    item = matrix.itemsize
    (rows, cols), (down, along) = matrix.shape, matrix.strides
    contiguous = item in (along, down) or 1 in (rows, cols)
    forward = min(down, along) >= item and down % item == 0 and along % item == 0
    usable = contiguous and forward and matrix.flags.aligned
    return matrix if usable else np.array(matrix, order="C")
