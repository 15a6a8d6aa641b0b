"""The matrix of a linear program, followed from the identity by what is not zero in it.

The value of each variable is kept as a sparse matrix: a row an entry of it, a column an entry of
theta.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.sparse

from scope.objective._indexing import places_of, scattered_places
from scope.objective._known import Known
from scope.objective._numerics import UnknownOperation
from scope.objective._operators import MEMORY_BUDGET, SPARSE_SHARE, Sparse
from scope.objective._program import Atom, Equation, Program, Variable
from scope.typing import IndexArray

_BYTES_OF_ENTRY = 12

_Matrix = Any  # scipy.sparse.csr_array or csc_array


def sparse_map(program: Program, known: Known, dimension: int) -> Sparse | None:
    """Return the matrix of a linear program; None if it is not sparse, or not by known operations.

    `known` has the values that do not depend on theta.
    """
    try:
        matrix = _Follower(known, dimension).follow(program)
    except UnknownOperation:
        return None
    return Sparse(matrix) if matrix.nnz < SPARSE_SHARE * math.prod(matrix.shape) else None


class _Follower:
    def __init__(self, known: Known, dimension: int) -> None:
        self._known = known
        self._dimension = dimension
        self._matrices: dict[int, _Matrix] = {}

    def follow(self, program: Program) -> _Matrix:
        """Return the matrix of the result by columns, with ordered rows."""
        self._matrices[0] = scipy.sparse.eye_array(self._dimension, format="csr")
        for equation in program.equations:
            if not all(atom in self._known for atom in equation.inputs):
                self._add(equation)
        assert isinstance(program.result, Variable)
        matrix = self._matrices[program.result.index].tocsc()
        matrix.sort_indices()  # they mostly are
        matrix.eliminate_zeros()
        return matrix

    def _add(self, equation: Equation) -> None:
        rule = _RULES.get(equation.primitive.name)
        if rule is None:
            raise UnknownOperation(equation.primitive.name)
        for output, matrix in zip(equation.outputs, rule(self, equation), strict=True):
            self._matrices[output] = matrix

    def _matrix(self, atom: Atom) -> _Matrix:
        if not isinstance(atom, Variable) or atom in self._known:
            raise UnknownOperation("a sum with known numbers")
        return self._matrices[atom.index]

    def _rows(self, atom: Atom) -> _Matrix:
        """Return the matrix of a variable, to take rows of."""
        return self._matrix(atom).tocsr()

    def _numbers(self, atom: Atom) -> Any:
        """Return finite known numbers: what is not finite times zero would not be zero."""
        value = np.asarray(self._known.value(atom))
        if not np.all(np.isfinite(value)):
            raise UnknownOperation("a product with what is not finite")
        return value

    # --- rules: an equation's matrices, one a result -----------------------------------------

    def _same(self, equation: Equation) -> list[_Matrix]:
        return [self._matrix(equation.inputs[0])]

    def _moved(self, equation: Equation) -> list[_Matrix]:
        rest = [self._known.value(atom) for atom in equation.inputs[1:]]
        places = places_of(equation, equation.input_avals[0].shape, rest)
        if places is None:
            raise UnknownOperation("entries from nowhere")
        return [self._rows(equation.inputs[0])[places.ravel()]]

    def _split(self, equation: Equation) -> list[_Matrix]:
        stops = np.cumsum(equation.params["sizes"])[:-1]
        parts = np.split(_numbered(equation), stops, equation.params["axis"])
        matrix = self._rows(equation.inputs[0])
        return [matrix[part.ravel()] for part in parts]

    def _concatenated(self, equation: Equation) -> list[_Matrix]:
        numbers, first = [], 0
        for aval in equation.input_avals:
            numbers.append(first + np.arange(math.prod(aval.shape)).reshape(aval.shape))
            first += numbers[-1].size
        places = np.concatenate(numbers, equation.params["dimension"])
        parts = scipy.sparse.vstack([self._rows(atom) for atom in equation.inputs], "csr")
        return [parts[places.ravel()]]

    def _scattered(self, equation: Equation) -> list[_Matrix]:
        """Follow entries written to, or added to, an array of zeros."""
        target, indices, updates = equation.inputs
        shape, written = equation.input_avals[0].shape, equation.input_avals[2].shape
        if target not in self._known or np.any(self._known.value(target)):
            raise UnknownOperation("entries written over others")
        known = np.asarray(self._known.value(indices))
        places = scattered_places(equation.params, shape, known, written).ravel()
        inside = places[places >= 0]
        adds = equation.primitive.name == "scatter-add"
        if not adds and np.unique(inside).size < inside.size:
            raise UnknownOperation("entries written twice, of which the last would stay")
        return [_summed(self._rows(updates), places, math.prod(shape))]

    def _padded(self, equation: Equation) -> list[_Matrix]:
        widths = equation.params["padding_config"]
        if any(low < 0 or high < 0 or inner for low, high, inner in widths):
            raise UnknownOperation("a padding that takes away")
        outside = [(low, high) for low, high, _ in widths]
        inside = np.pad(np.ones(equation.input_avals[0].shape, np.bool_), outside).ravel()
        return [_summed(self._rows(equation.inputs[0]), np.flatnonzero(inside), inside.size)]

    def _sum(self, equation: Equation) -> list[_Matrix]:
        axes = equation.params["axes"]
        shape = equation.input_avals[0].shape
        kept = [1 if axis in axes else length for axis, length in enumerate(shape)]
        groups = np.broadcast_to(np.arange(math.prod(kept)).reshape(kept), shape)
        return [_summed(self._rows(equation.inputs[0]), groups.ravel(), math.prod(kept))]

    def _added(self, equation: Equation) -> list[_Matrix]:
        left, right = (self._spread(equation, position) for position in (0, 1))
        return [left - right if equation.primitive.name == "sub" else left + right]

    def _negated(self, equation: Equation) -> list[_Matrix]:
        return [-self._matrix(equation.inputs[0])]

    def _scaled(self, equation: Equation) -> list[_Matrix]:
        first = equation.inputs[0] not in self._known
        factors = self._numbers(equation.inputs[1 if first else 0])
        if equation.primitive.name == "div":
            with np.errstate(divide="ignore"):
                factors = 1.0 / factors
        if not np.all(np.isfinite(factors)):
            raise UnknownOperation("a division by zero")
        factors = np.broadcast_to(factors, equation.output_avals[0].shape).ravel()
        matrix = self._spread(equation, 0 if first else 1).copy()
        rows = matrix.indices if matrix.format == "csc" else _row_numbers(matrix)
        matrix.data *= factors[rows]
        return [matrix]

    def _contracted(self, equation: Equation) -> list[_Matrix]:
        """Multiply by a known array.

        A column of the result consists of products of the array with what a column has along the
        contracted axes, for each place along the others: only those with anything are computed.
        """
        axes, batches = equation.params["dimension_numbers"]
        if any(batches):
            raise UnknownOperation("a product for each of a batch")
        first = equation.inputs[0] not in self._known
        moving, fixed = (0, 1) if first else (1, 0)
        factor = _as_matrix(self._numbers(equation.inputs[fixed]), axes[fixed])
        entries = _as_matrix(_numbered(equation, moving), axes[moving])
        free, length = entries.shape
        matrix = self._rows(equation.inputs[moving]).tocoo()
        row_of, place_of = np.empty((2, entries.size), np.int64)
        row_of[entries] = np.arange(free)[:, np.newaxis]
        place_of[entries] = np.arange(length)
        column = matrix.col.astype(np.int64)  # its product with `free` may not fit into 32 bits
        pairs, which = np.unique(column * free + row_of[matrix.row], return_inverse=True)
        if pairs.size >= SPARSE_SHARE * free * self._dimension:
            raise UnknownOperation("a dense product")
        if _BYTES_OF_ENTRY * pairs.size * len(factor) > MEMORY_BUDGET:
            raise UnknownOperation("a product that exceeds the memory budget")
        shape = pairs.size, length
        parts = scipy.sparse.csr_array((matrix.data, (which, place_of[matrix.row])), shape=shape)
        products = parts @ factor.T
        columns, rows = np.divmod(pairs, free)
        shape = free * len(factor), self._dimension
        steps = (len(factor), 1) if first else (1, free)
        return [_of_blocks(products, columns, rows * steps[0], steps[1], shape)]

    def _spread(self, equation: Equation, position: int) -> _Matrix:
        """Return the rows of an operand; of a single one as many as the result has."""
        matrix = self._matrix(equation.inputs[position])
        size = math.prod(equation.output_avals[0].shape)
        return matrix if matrix.shape[0] == size else matrix.tocsr()[np.zeros(size, np.int64)]


def _numbered(equation: Equation, position: int = 0) -> IndexArray:
    shape = equation.input_avals[position].shape
    return np.arange(math.prod(shape)).reshape(shape)


def _summed(matrix: _Matrix, places: IndexArray, size: int) -> _Matrix:
    """Add each row to one of `size`, those at -1 to none."""
    inside = np.flatnonzero(places >= 0)
    ones = np.ones(inside.size), (places[inside], inside)
    return scipy.sparse.csr_array(ones, shape=(size, matrix.shape[0])) @ matrix


def _as_matrix(array: Any, contracted: Any) -> Any:
    """Return an array with its contracted axes, in order, as columns."""
    free = [axis for axis in range(array.ndim) if axis not in contracted]
    length = math.prod(array.shape[axis] for axis in contracted)
    return array.transpose([*free, *contracted]).reshape(-1, length)


def _row_numbers(matrix: _Matrix) -> IndexArray:
    return np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))


def _of_blocks(
    blocks: Any, columns: IndexArray, rows: IndexArray, step: int, shape: tuple[int, int]
) -> _Matrix:
    """Return a matrix by columns from blocks of entries, ordered by column and row.

    Entry i of block b is in column ``columns[b]`` and row ``rows[b] + i step``. Blocks of a column
    are interleaved where their rows are.
    """
    count, length = blocks.shape
    starts = np.searchsorted(columns, np.arange(shape[1] + 1))
    if step == 1:
        places = length * np.arange(count)[:, np.newaxis] + np.arange(length)
    else:
        beside, first = np.diff(starts)[columns], starts[columns]
        places = length * first + np.arange(count) - first
        places = places[:, np.newaxis] + beside[:, np.newaxis] * np.arange(length)
    data, indices = np.empty(blocks.size), np.empty(blocks.size, np.int32)
    data[places] = blocks
    indices[places] = rows[:, np.newaxis] + step * np.arange(length, dtype=np.int32)
    return scipy.sparse.csc_array((data, indices, length * starts), shape=shape)


_MOVES = (
    "broadcast_in_dim", "dynamic_slice", "expand_dims", "gather", "reshape", "rev", "slice",
    "squeeze", "transpose",
)  # fmt: skip
_RULES: dict[str, Callable[[_Follower, Equation], list[_Matrix]]] = {
    **dict.fromkeys(_MOVES, _Follower._moved),
    **dict.fromkeys(("add", "add_any", "sub"), _Follower._added),
    **dict.fromkeys(("copy", "copy_p", "convert_element_type"), _Follower._same),
    **dict.fromkeys(("mul", "div"), _Follower._scaled),
    **dict.fromkeys(("scatter", "scatter-add"), _Follower._scattered),
    "concatenate": _Follower._concatenated,
    "dot_general": _Follower._contracted,
    "neg": _Follower._negated,
    "pad": _Follower._padded,
    "reduce_sum": _Follower._sum,
    "split": _Follower._split,
}
