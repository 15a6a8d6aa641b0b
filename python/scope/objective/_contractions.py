"""Products of known arrays with entries of theta, and sums over entries."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import scipy.sparse

from scope.objective._kinds import (
    Block,
    Entries,
    Form,
    Paired,
    Product,
    Scaled,
    as_product,
    changed_offsets,
)
from scope.objective._known import Known
from scope.objective._operators import Dense, Kronecker, Operator, Sparse, selection
from scope.objective._program import Equation
from scope.typing import FloatArray


def contracted(equation: Equation, kind: Any, known: Known) -> Product | None:
    """Read ``X @ theta`` in every orientation; ``X @ theta.reshape(k, q)`` with q responses."""
    contractions, batches = equation.params["dimension_numbers"]
    if not isinstance(kind, Entries) or any(map(len, batches)):
        return None
    first = equation.inputs[0] in known
    matrix, factor = known.matrix(equation.inputs[0 if first else 1])
    known_axes, own_axes = contractions if first else contractions[::-1]
    shape = equation.output_avals[0].shape
    count = math.prod(matrix.shape[axis] for axis in known_axes)
    if count == 0 or kind.size == 0:
        return None
    columns = _last(matrix, known_axes).reshape(-1, count)
    return _product(columns, factor, _contraction_first(kind, own_axes), first, shape)


def _last(array: Any, axes: tuple[int, ...]) -> Any:
    return np.moveaxis(array, axes, range(array.ndim - len(axes), array.ndim))


def _contraction_first(kind: Entries, axes: tuple[int, ...]) -> Entries:
    """Return entries as a matrix whose rows are what is summed over."""
    count = math.prod(kind.shape[axis] for axis in axes)

    def matrix(value: Any) -> Any:
        return np.moveaxis(value, axes, range(len(axes))).reshape(count, -1)

    scale = kind.scale if np.ndim(kind.scale) == 0 else matrix(kind.scale)
    offsets = changed_offsets(kind.offsets, lambda known: matrix(known.reshape(kind.shape)))
    return Entries(matrix(kind.indices), scale, kind.image, offsets)


def _product(
    columns: Any, factor: float, kind: Entries, known_first: bool, shape: tuple[int, ...]
) -> Product | None:
    """Columns (n, k) times entries (k, q), in the order of the result."""
    responses = kind.shape[1]
    scale = factor
    if np.ndim(kind.scale) == 0:
        scale = factor * float(kind.scale)
    elif responses == 1:
        columns = columns * np.ravel(kind.scale)
    else:
        return None
    operator: Operator = Dense(columns)
    order = kind.indices
    if responses > 1 and known_first:
        operator = Kronecker(1, Dense(columns), responses)
    elif responses > 1:
        operator, order = Kronecker(responses, Dense(columns), 1), kind.indices.T

    def multiplied(known: FloatArray) -> FloatArray:
        shifted = factor * (columns @ known)
        return np.ravel(shifted if known_first else shifted.T)

    block = Block(operator, order.ravel(), scale, kind.image)
    return Product((block,), shape, changed_offsets(kind.offsets, multiplied))


def contracted_sparse(equation: Equation, kinds: list[Any], known: Known) -> Product | None:
    """Read a BCOO matrix times a vector of entries."""
    (kind,) = kinds
    ((left, right), batches) = equation.params["dimension_numbers"]
    shape = equation.params["lhs_spinfo"].shape
    data, indices = equation.inputs[:2]
    vector = isinstance(kind, Entries) and kind.plain and len(kind.shape) == 1
    if not vector or len(shape) != 2 or any(map(len, batches)) or tuple(right) != (0,):
        return None
    if data not in known or indices not in known:
        return None
    places = np.asarray(known.value(indices))
    values = np.asarray(known.value(data))
    if values.ndim != 1 or places.ndim != 2 or places.shape[1] != 2:
        return None
    row_axis = 1 - left[0]
    inside = np.all(places < np.asarray(shape), axis=1)  # padding lies outside
    matrix = scipy.sparse.coo_array(
        (values[inside], (places[inside, row_axis], places[inside, left[0]])),
        shape=(shape[row_axis], shape[left[0]]),
    ).tocsc()
    block = Block(Sparse(matrix), kind.indices, float(kind.scale), kind.image)
    return Product((block,), equation.output_avals[0].shape)


def summed(equation: Equation, kind: Any, known: Known) -> Any:
    """Read sums of entries, of ``X * theta``, and quadratic forms written as sums."""
    axes = tuple(equation.params["axes"])
    rank = len(equation.input_avals[0].shape)
    shape = equation.output_avals[0].shape
    if isinstance(kind, Paired):
        return _form(kind.entries, kind.product) if len(axes) == rank else None
    if isinstance(kind, Scaled):
        matrix, factor = known.matrix(kind.known)
        if axes != (kind.axis,) or matrix.shape != equation.input_avals[0].shape:
            return None
        columns = np.moveaxis(matrix, kind.axis, -1).reshape(-1, matrix.shape[kind.axis])
        return _product(columns, factor, _contraction_first(kind.entries, (0,)), True, shape)
    if not isinstance(kind, Entries) or kind.offsets or kind.size == 0:
        return None
    weights = np.broadcast_to(np.asarray(kind.scale, np.float64), kind.shape).ravel()
    if len(axes) == rank:
        operator: Operator = Dense(weights[None, :])
    else:
        kept = [axis for axis in range(rank) if axis not in axes]
        sizes = [kind.shape[axis] if axis in kept else 1 for axis in range(rank)]
        rows = np.broadcast_to(np.arange(math.prod(shape)).reshape(sizes), kind.shape).ravel()
        operator = selection(rows, np.arange(kind.size), weights, (math.prod(shape), kind.size))
    return Product((Block(operator, kind.indices.ravel(), 1.0, kind.image),), shape)


def thin_product(product: Product, weights: FloatArray) -> Product:
    """Columns times known numbers at each of their places."""
    blocks = tuple(
        replace(block, operator=Dense(_column(block.operator) * weights[:, None]))
        for block in product.blocks
    )
    offsets = changed_offsets(product.offsets, lambda known: weights * known)
    return Product(blocks, product.shape, offsets, derived=product.derived)


def _column(operator: Operator) -> Any:
    if isinstance(operator, Dense):
        return operator.matrix
    return np.ones((1, 1)) if not isinstance(operator, Sparse) else operator.matrix.toarray()


def paired(kinds: list[Any]) -> Paired | None:
    """Entries times a product, place by place."""
    entries, product = kinds if isinstance(kinds[0], Entries) else kinds[::-1]
    if isinstance(entries, Entries) and isinstance(product, Product):
        return Paired(entries, product) if entries.shape == product.shape else None
    return None


def form(equation: Equation, kinds: list[Any]) -> Form | None:
    """``theta @ (Q @ theta)``."""
    pair = paired(kinds)
    if pair is None or equation.output_avals[0].shape != ():
        return None
    return _form(pair.entries, pair.product)


def _form(entries: Entries, product: Product) -> Form | None:
    if len(product.blocks) != 1 or product.offsets or not entries.plain:
        return None
    (block,) = product.blocks
    own = as_product(entries).blocks[0]
    if not isinstance(block.operator, Dense) or block.operator.rows != entries.size:
        return None
    same = np.array_equal(block.columns, own.columns) and block.image == own.image
    if not (same and entries.consecutive):
        return None
    return Form(block.operator.matrix, own.span[0], own.scale * block.scale, block.image)
