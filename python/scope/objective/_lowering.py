"""Equations of JAX's as instructions of the engine's."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scope import _core
from scope.objective._curvature import MOVES, broadcast
from scope.objective._indexing import filling, gathered_places, is_known_gather, scattered_places
from scope.objective._numerics import Flat, UnknownOperation, contraction
from scope.objective._program import Atom, Equation, Fixed, Variable, needed
from scope.typing import FloatArray, IndexArray

_Shape = tuple[int, ...]

_OPERATIONS = _core.ArrayProgram.operations()
_SAME_ENTRIES = frozenset({"copy", "expand_dims", "reshape", "squeeze", "stop_gradient"})
# Results that repeat their one entry.
_REPEATING = _SAME_ENTRIES | {"broadcast_in_dim"}
# How much longer than its operands what a product of arrays is summed from may be.
_MOST_EXPANDED = 4


def _as_numbers(value: Any) -> FloatArray:
    return np.asarray(value, np.float64).ravel()


@dataclass(frozen=True)
class Needed:
    """A value that does not depend on a program's input, and what of it is a constant of it."""

    atom: Atom
    prepare: Callable[[Any], FloatArray] = _as_numbers


@dataclass(frozen=True)
class _Array:
    """A register, and the shape of the array that it holds, or whose entries all equal its one."""

    register: int
    shape: _Shape


class Lowering:
    """One walk over equations, from one of the inputs, the program's, to some atoms."""

    def __init__(
        self, flat: Flat, avals: Sequence[Any], own: Variable, outputs: Sequence[Atom]
    ) -> None:
        self._flat = flat
        self._shapes = {
            variable.index: aval.shape for variable, aval in zip(flat.inputs, avals, strict=True)
        }
        shape = self._shapes[own.index]
        self.program = _core.ArrayProgram(math.prod(shape))
        self.constants: list[Needed] = []  # what the program's constants are
        self._arrays: dict[int, _Array] = {own.index: _Array(0, shape)}
        self._registers: dict[Any, _Array] = {}  # of the constants
        self._equation_of: dict[int, Equation] = {}
        given = [variable.index for variable in flat.inputs]
        for equation in needed(flat.equations, given, outputs):
            self._add(equation)
        for output in outputs:
            self.program.output(self._array(output).register)

    def _add(self, equation: Equation) -> None:
        self._equation_of |= dict.fromkeys(equation.outputs, equation)
        self._shapes |= {
            index: aval.shape
            for index, aval in zip(equation.outputs, equation.output_avals, strict=True)
        }
        if not any(self._moves(atom) for atom in equation.inputs):
            return
        name = equation.primitive.name
        if name in _INDEXED:
            self._arrays[equation.outputs[0]] = _INDEXED[name](self, equation)
            return
        _require_double([*equation.input_avals, *equation.output_avals])
        inputs = [self._array(atom) for atom in equation.inputs]
        rule = _RULES.get(name, Lowering._entrywise)
        self._arrays |= zip(equation.outputs, rule(self, equation, inputs), strict=True)

    def _moves(self, atom: Atom) -> bool:
        return isinstance(atom, Variable) and atom.index in self._arrays

    def _array(self, atom: Atom) -> _Array:
        """Return where an atom is; among the program's constants if it is known."""
        if isinstance(atom, Variable) and atom.index in self._arrays:
            return self._arrays[atom.index]
        if isinstance(atom, Fixed):
            return self._number(atom.value)
        if atom not in self._registers:
            self._registers[atom] = self._known(atom)
        return self._registers[atom]

    def _known(self, atom: Any) -> _Array:
        if not isinstance(atom, Variable):
            return self._constant(atom, np.shape(self._flat.constants[atom.index]))
        equation = self._equation_of.get(atom.index)
        if equation is not None and equation.primitive.name in _REPEATING:
            inner = equation.inputs[0]
            if math.prod(equation.input_avals[0].shape) == 1:
                return _Array(self._array(inner).register, self._shapes[atom.index])
        return self._constant(atom, self._shapes[atom.index])

    def _constant(self, atom: Atom, shape: _Shape) -> _Array:
        self.constants.append(Needed(atom))
        return _Array(self.program.constant(math.prod(shape)), shape)

    def _number(self, value: Any) -> _Array:
        number = np.float64(value)
        key = number.tobytes()  # tells zeros of both signs apart
        if key not in self._registers:
            self._registers[key] = self._constant(Fixed(number), ())
        return self._registers[key]

    # --- gathering: the indices are known, and say where entries are ------------------------

    def _gathered(self, equation: Equation) -> _Array:
        params, (aval,) = equation.params, equation.output_avals
        shape, dtype = equation.input_avals[0].shape, equation.input_avals[0].dtype
        if not is_known_gather(params, dtype):
            raise UnknownOperation("gather")

        def places(indices: Any) -> IndexArray:
            return gathered_places(params, shape, np.asarray(indices))

        _require_double([equation.input_avals[0]])
        source = self._full(self._array(equation.inputs[0]))
        where, outside = (
            self._bound_places(equation, aval.shape, places),
            self._number(filling(params)),
        )
        return _Array(self.program.gather(source, where, outside.register), aval.shape)

    def _scattered(self, equation: Equation) -> _Array:
        params, (aval,) = equation.params, equation.output_avals
        shape = equation.input_avals[2].shape

        def places(indices: Any) -> IndexArray:
            return scattered_places(params, aval.shape, np.asarray(indices), shape)

        _require_double([equation.input_avals[0], equation.input_avals[2]])
        base, values = (self._array(equation.inputs[k]).register for k in (0, 2))
        where = self._bound_places(equation, shape, places)
        size = math.prod(aval.shape)
        adds = equation.primitive.name == "scatter-add"
        write = self.program.scatter_add if adds else self.program.scatter
        return _Array(write(base, size, values, where), aval.shape)

    def _bound_places(
        self, equation: Equation, shape: _Shape, places: Callable[[Any], IndexArray]
    ) -> int:
        indices = equation.inputs[1]
        if self._moves(indices):
            raise UnknownOperation(equation.primitive.name)
        self.constants.append(Needed(indices, lambda value: _as_numbers(places(value))))
        return self.program.constant(math.prod(shape))

    def _full(self, array: _Array) -> int:
        """Return a register with all entries of an array."""
        size = math.prod(array.shape)
        if self.program.size(array.register) == size:
            return array.register
        return self.program.take(array.register, [0] * size)

    # --- rules: the results of an equation ---------------------------------------------------

    def _entrywise(self, equation: Equation, inputs: list[_Array]) -> list[_Array]:
        name = equation.primitive.name
        if name not in _OPERATIONS or (name == "select_n" and len(inputs) != 3):
            raise UnknownOperation(name)
        (aval,) = equation.output_avals
        inputs = [self._spread(array, aval.shape) for array in inputs]
        if name == "mul":
            one = self._number(1.0).register
            for factor, other in (inputs, inputs[::-1]):
                if factor.register == one:
                    return [_Array(other.register, aval.shape)]
        return [self._apply(name, inputs, aval.shape)]

    def _spread(self, array: _Array, shape: _Shape) -> _Array:
        """Repeat entries along axes of length one."""
        return self._take(array, np.broadcast_to(_places(array.shape), shape))

    def _apply(self, name: str, inputs: Sequence[_Array], shape: _Shape) -> _Array:
        registers = [array.register for array in inputs]
        return _Array(self.program.entrywise(name, registers), shape)

    def _same_entries(self, equation: Equation, inputs: list[_Array]) -> list[_Array]:
        return [_Array(inputs[0].register, equation.output_avals[0].shape)]

    def _converted(self, equation: Equation, inputs: list[_Array]) -> list[_Array]:
        to_truth = equation.output_avals[0].dtype == np.bool_ != equation.input_avals[0].dtype
        if to_truth:
            return [self._apply("ne", [inputs[0], self._number(0.0)], inputs[0].shape)]
        return inputs

    def _one_minus_square(self, _equation: Equation, inputs: list[_Array]) -> list[_Array]:
        (x,), one = inputs, self._number(1.0)
        factors = [self._apply(name, [one, x], x.shape) for name in ("sub", "add")]
        return [self._apply("mul", factors, x.shape)]

    def _integer_pow(self, equation: Equation, inputs: list[_Array]) -> list[_Array]:
        exponent, (base,) = equation.params["y"], inputs
        power = base if exponent else self._number(1.0)
        for _ in range(abs(exponent) - 1):
            power = self._apply("mul", [power, base], base.shape)
        if exponent < 0:
            power = self._apply("div", [self._number(1.0), power], base.shape)
        return [_Array(power.register, base.shape)]

    def _rearranged(self, equation: Equation, inputs: list[_Array]) -> list[_Array]:
        name = equation.primitive.name
        places = _places(inputs[0].shape)
        if name == "broadcast_in_dim":
            return [self._take(inputs[0], broadcast(places, equation.params))]
        return [self._take(inputs[0], MOVES[name](places, equation.params))]

    def _take(self, array: _Array, places: NDArray[np.intp]) -> _Array:
        size = self.program.size(array.register)
        same = size == places.size and np.array_equal(places.ravel(), np.arange(size))
        if size == 1 or same:
            return _Array(array.register, places.shape)
        return _Array(self.program.take(array.register, places.ravel().tolist()), places.shape)

    def _concatenate(self, equation: Equation, inputs: list[_Array]) -> list[_Array]:
        (aval,), axis = equation.output_avals, equation.params["dimension"]
        ends = np.cumsum([part.shape[axis] for part in inputs])
        return [self._assembled(inputs, np.split(_places(aval.shape), ends[:-1], axis), aval.shape)]

    def _stack(self, equation: Equation, inputs: list[_Array]) -> list[_Array]:
        (aval,), axis = equation.output_avals, equation.params["axis"]
        return [self._assembled(inputs, np.moveaxis(_places(aval.shape), axis, 0), aval.shape)]

    def _unstack(self, equation: Equation, inputs: list[_Array]) -> list[_Array]:
        axis, places = equation.params["axis"], _places(inputs[0].shape)
        return [self._take(inputs[0], part) for part in np.moveaxis(places, axis, 0)]

    def _split(self, equation: Equation, inputs: list[_Array]) -> list[_Array]:
        places, sizes = _places(inputs[0].shape), equation.params["sizes"]
        parts = np.split(places, np.cumsum(sizes)[:-1], equation.params["axis"])
        return [self._take(inputs[0], part) for part in parts]

    def _pad(self, equation: Equation, inputs: list[_Array]) -> list[_Array]:
        (aval,), (values, filling) = equation.output_avals, inputs
        widths = equation.params["padding_config"]
        if any(low < 0 or high < 0 or inner for low, high, inner in widths):
            raise UnknownOperation("pad")
        ends = zip(widths, aval.shape, strict=True)
        inside = tuple(slice(low, size - high) for (low, high, _), size in ends)
        return [self._put(filling, values, _places(aval.shape)[inside], aval.shape)]

    def _assembled(
        self, parts: list[_Array], places: Iterable[IndexArray], shape: _Shape
    ) -> _Array:
        result = self._number(0.0)
        for part, own in zip(parts, places, strict=True):
            result = self._put(result, part, own, shape)
        return result

    def _put(self, base: _Array, values: _Array, places: IndexArray, shape: _Shape) -> _Array:
        """Return `base` with other values at some places."""
        register = self.program.put(
            base.register, math.prod(shape), values.register, places.ravel().tolist()
        )
        return _Array(register, shape)

    def _sum(self, equation: Equation, inputs: list[_Array]) -> list[_Array]:
        (aval,) = equation.output_avals
        return [self._sum_last(*self._reduced_last(equation, inputs), aval.shape)]

    def _maximum(self, equation: Equation, inputs: list[_Array]) -> list[_Array]:
        (aval,) = equation.output_avals
        array, width = self._reduced_last(equation, inputs)
        if self.program.size(array.register) == 1:
            return [_Array(array.register, aval.shape)]
        return [_Array(self.program.maximum(array.register, width), aval.shape)]

    def _minimum(self, equation: Equation, inputs: list[_Array]) -> list[_Array]:
        (array,) = inputs
        (found,) = self._maximum(equation, [self._negative(array)])
        return [self._negative(found)]

    def _negative(self, array: _Array) -> _Array:
        return self._apply("neg", [array], array.shape)

    def _reduced_last(self, equation: Equation, inputs: list[_Array]) -> tuple[_Array, int]:
        """Move the axes that are reduced to the end; return how many entries they have, too."""
        (array,) = inputs
        axes = sorted(equation.params["axes"])
        rest = [axis for axis in range(len(array.shape)) if axis not in axes]
        places = _places(array.shape).transpose([*rest, *axes])
        return self._take(array, places), math.prod(array.shape[axis] for axis in axes)

    def _prefix_sum(self, equation: Equation, inputs: list[_Array]) -> list[_Array]:
        (array,), axis = inputs, equation.params["axis"]
        order = np.moveaxis(_places(array.shape), axis, -1)
        if equation.params["reverse"]:
            order = order[..., ::-1]
        full = _Array(self._full(array), array.shape)
        summed = self.program.prefix_sum(self._take(full, order).register, array.shape[axis])
        back = np.argsort(order, axis=None).reshape(array.shape)
        return [self._take(_Array(summed, order.shape), back)]

    def _sum_last(self, array: _Array, width: int, shape: _Shape) -> _Array:
        """Sum `width` successive entries each."""
        if self.program.size(array.register) == 1:
            return self._apply("mul", [array, self._number(float(width))], shape)
        return _Array(self.program.sum(array.register, width), shape)

    def _product(self, equation: Equation, inputs: list[_Array]) -> list[_Array]:
        """Multiply what belongs together entry by entry, and sum: products with few columns."""
        (aval,) = equation.output_avals
        shapes = [array.shape for array in inputs]
        names, order, summed = contraction(equation.params["dimension_numbers"], *map(len, shapes))
        order = [*order, *summed]
        extents = {name: n for k in (0, 1) for name, n in zip(names[k], shapes[k], strict=True)}
        full = tuple(extents[name] for name in order)
        if math.prod(full) > _MOST_EXPANDED * max(map(math.prod, shapes)):
            raise UnknownOperation("dot_general")
        factors = []
        for array, own in zip(inputs, names, strict=True):
            places = _places(array.shape).transpose([own.index(n) for n in order if n in own])
            spread = places.reshape([extents[n] if n in own else 1 for n in order])
            factors.append(self._take(array, np.broadcast_to(spread, full)))
        product = self._apply("mul", factors, full)
        width = math.prod(extents[name] for name in summed)
        return [self._sum_last(product, width, aval.shape)]


_RULES: dict[str, Callable[[Lowering, Equation, list[_Array]], list[_Array]]] = {
    **dict.fromkeys(MOVES, Lowering._rearranged),
    **dict.fromkeys(_SAME_ENTRIES, Lowering._same_entries),
    "broadcast_in_dim": Lowering._rearranged,
    "concatenate": Lowering._concatenate,
    "convert_element_type": Lowering._converted,
    "cumsum": Lowering._prefix_sum,
    "dot_general": Lowering._product,
    "integer_pow": Lowering._integer_pow,
    "one_minus_square": Lowering._one_minus_square,
    "pad": Lowering._pad,
    "reduce_max": Lowering._maximum,
    "reduce_min": Lowering._minimum,
    "reduce_sum": Lowering._sum,
    "split": Lowering._split,
    "stack": Lowering._stack,
    "unstack": Lowering._unstack,
}

_INDEXED: dict[str, Callable[[Lowering, Equation], _Array]] = {
    "gather": Lowering._gathered,
    "scatter": Lowering._scattered,
    "scatter-add": Lowering._scattered,
}


def _places(shape: _Shape) -> IndexArray:
    return np.arange(math.prod(shape)).reshape(shape)


def _require_double(avals: Sequence[Any]) -> None:
    """Refuse numbers that the engine would not treat as JAX does: it has doubles and truths."""
    for aval in avals:
        if aval.dtype not in (np.float64, np.bool_):
            raise UnknownOperation(str(aval.dtype))
