"""What the results of a program's equations can be to theta.

*Known* (no theta), *entries* of theta, a *product* (known operators times entries), a factored one
of these (times scalars that depend on theta), a quadratic *form*, *linear*, or none of these.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from scope.objective._operators import Dense, Identity, Operator, selection
from scope.objective._program import Atom
from scope.typing import FloatArray, IndexArray

# Known numbers that a value has beside its linear part; computed if they are needed.
Offset = Callable[[], FloatArray]


@dataclass(frozen=True)
class Image:
    """An entrywise function of theta that products multiply instead of theta itself."""

    name: str  # "absolute", "square" or "clip"
    lower: float = -math.inf
    upper: float = math.inf

    @property
    def bounds(self) -> tuple[float, float]:
        """The interval of its values."""
        return (self.lower, self.upper) if self.name == "clip" else (0.0, math.inf)

    def of(self, theta: FloatArray) -> FloatArray:
        """Return the image of parameters."""
        if self.name == "clip":
            return np.clip(theta, self.lower, self.upper)
        return np.abs(theta) if self.name == "absolute" else theta**2

    def inverse(self, image: FloatArray) -> FloatArray:
        """Return parameters of a given image, zero where it is zero."""
        return np.sqrt(image) if self.name == "square" else image

    def __str__(self) -> str:
        if self.name == "clip":
            return f"theta clipped to [{self.lower:g}, {self.upper:g}]"
        return {"absolute": "|theta|", "square": "theta^2"}[self.name]


@dataclass(frozen=True, eq=False)
class Entries:
    """Multiples of entries of theta or of its image, in any order and shape, plus known numbers."""

    indices: IndexArray
    scale: float | FloatArray = 1.0  # one for all, or one each, of the shape of the indices
    image: Image | None = None
    offsets: tuple[Offset, ...] = ()

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the value."""
        return self.indices.shape

    @property
    def size(self) -> int:
        """Number of entries."""
        return self.indices.size

    @property
    def plain(self) -> bool:
        """Whether they are nothing but a multiple of entries."""
        return not self.offsets and np.ndim(self.scale) == 0

    @property
    def consecutive(self) -> bool:
        """Whether the entries are a piece of theta in its order."""
        return bool(np.all(np.diff(self.indices.ravel()) == 1))

    def arranged(self, arrange: Callable[[Any], Any]) -> "Entries | None":
        """Return the entries in another arrangement; None if known numbers would need it too."""
        if self.offsets:
            return None
        scale = self.scale if np.ndim(self.scale) == 0 else arrange(self.scale)
        return Entries(arrange(self.indices), scale, self.image)

    def times(self, factor: Any) -> "Entries":
        """Return a multiple."""
        return replace(
            self, scale=self.scale * factor, offsets=scaled_offsets(self.offsets, factor)
        )


@dataclass(frozen=True, eq=False)
class Block:
    """An operator times entries of theta (or of its image): column k multiplies ``columns[k]``."""

    operator: Operator
    columns: IndexArray
    scale: float = 1.0
    image: Image | None = None

    @property
    def span(self) -> tuple[int, int]:
        """The first entry of theta that is multiplied, and one past the last."""
        if not self.columns.size:
            return (0, 0)
        return (int(self.columns.min()), int(self.columns.max()) + 1)

    @property
    def key(self) -> tuple[Any, ...]:
        """Equal for blocks that multiply the same entries with the same operator, up to scale."""
        return (self.operator.key, self.columns.tobytes(), self.image)


@dataclass(frozen=True, eq=False)
class Product:
    """A sum of blocks on different entries, plus known numbers, in any shape."""

    blocks: tuple[Block, ...]
    shape: tuple[int, ...]
    offsets: tuple[Offset, ...] = ()
    # Whether g can as well compute it from another product.
    derived: bool = False

    @property
    def rows(self) -> int:
        """Number of its entries."""
        return math.prod(self.shape)

    def scaled(self, factor: float) -> "Product":
        """Return a multiple."""
        blocks = tuple(replace(block, scale=factor * block.scale) for block in self.blocks)
        return Product(blocks, self.shape, scaled_offsets(self.offsets, factor), derived=True)


@dataclass(frozen=True, eq=False)
class Spread:
    """Entries repeated along new axes: one factor of ``X * theta`` before it is summed."""

    entries: Entries
    axis: int


@dataclass(frozen=True, eq=False)
class Scaled:
    """A known array whose slices along an axis are multiplied by entries: ``X * theta`` itself."""

    known: Atom
    entries: Entries
    axis: int


@dataclass(frozen=True, eq=False)
class Paired:
    """Entries times a product, place by place: a quadratic form before it is summed."""

    entries: Entries
    product: Product


@dataclass(frozen=True, eq=False)
class Form:
    """``theta' Q theta`` on consecutive entries, as a number."""

    matrix: Any
    first: int
    scale: float
    image: Image | None


Linearlike = Entries | Product | Spread | Scaled


@dataclass(frozen=True, eq=False)
class Factored:
    """Something linear times scalars that depend on theta: ``theta / sum(theta)``."""

    base: Linearlike
    factors: tuple[tuple[str, Atom], ...]  # ("mul" or "div", scalar)


class Linear:
    """Any other linear function of theta."""


def scaled_offsets(offsets: tuple[Offset, ...], factor: Any) -> tuple[Offset, ...]:
    """Multiply known numbers."""
    return changed_offsets(offsets, lambda known: np.ravel(factor) * known)


def changed_offsets(
    offsets: tuple[Offset, ...], change: Callable[[FloatArray], Any]
) -> tuple[Offset, ...]:
    """Apply a function to known numbers when they are needed."""

    def changed(offset: Offset) -> FloatArray:
        return np.asarray(change(offset()))

    return tuple(partial(changed, offset) for offset in offsets)


def repeated(entry: Entries, shape: tuple[int, ...]) -> Product:
    """Return a column of ones times one entry of theta: an intercept."""
    ones = Dense(np.ones((math.prod(shape), 1)))
    scale = float(np.ravel(entry.scale)[0])
    block = Block(ones, entry.indices.ravel(), scale, entry.image)
    offsets = changed_offsets(entry.offsets, lambda known: np.repeat(known, ones.rows))
    return Product((block,), shape, offsets)


def as_product(entries: Entries) -> Product:
    """Return entries as rows of a matrix."""
    count = entries.size
    operator: Operator = Identity(count)
    scale = 1.0
    if np.ndim(entries.scale) == 0:
        scale = float(entries.scale)
    else:
        places = np.arange(count)
        operator = selection(places, places, np.ravel(entries.scale), (count, count))
    block = Block(operator, entries.indices.ravel(), scale, entries.image)
    return Product((block,), entries.shape, entries.offsets)
