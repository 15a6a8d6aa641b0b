"""Traced functions as programs of the engine's, which evaluates them without calling back."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray

from scope import _core
from scope.objective._curvature import MOVES, broadcast
from scope.objective._numerics import Plan, UnknownOperation, contraction, flattened
from scope.objective._program import Atom, Equation, Fixed, Variable, needed
from scope.typing import FloatArray, IndexArray

_Shape = tuple[int, ...]

_OPERATIONS = _core.ArrayProgram.operations()
_SAME_ENTRIES = frozenset({"copy", "expand_dims", "reshape", "squeeze", "stop_gradient"})
# Results that repeat their one entry.
_REPEATING = _SAME_ENTRIES | {"broadcast_in_dim"}
# How much longer than its operands what a product of arrays is summed from may be.
_MOST_EXPANDED = 4


@dataclass(frozen=True)
class _Array:
    """A register, and the shape of the array that it holds, or whose entries all equal its one."""

    register: int
    shape: _Shape


class Lowered:
    """A function of one array and of constants that the engine evaluates."""

    def __init__(self, program: _core.ArrayProgram, known: Plan) -> None:
        self.program = program
        self._known = known

    def constants(self, given: Sequence[Any]) -> list[FloatArray]:
        """Return the constants of the program, from those of the function."""
        return [np.asarray(value, np.float64).ravel() for value in self._known(*given)]


def lower(function: Callable[..., Any], eta: Any, constants: Sequence[Any]) -> Lowered | None:
    """Lower a function that JAX can trace; None if the engine does not know all operations.

    What does not depend on `eta` is left to NumPy. Raises what tracing raises.
    """
    closed = jax.make_jaxpr(function)(eta, constants)
    try:
        return _Lowering(closed).lowered()
    except UnknownOperation:
        return None


class _Lowering:
    """One walk over the equations of a function, whose first argument is the program's input."""

    def __init__(self, closed: Any) -> None:
        self._flat = flattened(closed)
        eta, *_ = closed.in_avals
        _require_double([eta])
        self._program = _core.ArrayProgram(math.prod(eta.shape))
        self._arrays: dict[int, _Array] = {self._flat.inputs[0].index: _Array(0, eta.shape)}
        self._constants: dict[Any, _Array] = {}
        self._wanted: list[Atom] = []  # what the program's constants are
        self._equation_of: dict[int, Equation] = {}
        self._shapes = {
            variable.index: aval.shape
            for variable, aval in zip(self._flat.inputs, closed.in_avals, strict=True)
        }
        given = [variable.index for variable in self._flat.inputs]
        for equation in needed(self._flat.equations, given, self._flat.outputs):
            self._add(equation)

    def lowered(self) -> Lowered:
        """Return the function."""
        for output in self._flat.outputs:
            self._program.output(self._array(output).register)
        return Lowered(self._program, Plan(self._flat, self._flat.inputs[1:], self._wanted))

    def _add(self, equation: Equation) -> None:
        self._equation_of |= dict.fromkeys(equation.outputs, equation)
        self._shapes |= {
            index: aval.shape
            for index, aval in zip(equation.outputs, equation.output_avals, strict=True)
        }
        if not any(self._moves(atom) for atom in equation.inputs):
            return
        _require_double([*equation.input_avals, *equation.output_avals])
        inputs = [self._array(atom) for atom in equation.inputs]
        rule = _RULES.get(equation.primitive.name, _Lowering._entrywise)
        self._arrays |= zip(equation.outputs, rule(self, equation, inputs), strict=True)

    def _moves(self, atom: Atom) -> bool:
        return isinstance(atom, Variable) and atom.index in self._arrays

    def _array(self, atom: Atom) -> _Array:
        """Return where an atom is; among the program's constants if it is known."""
        if isinstance(atom, Variable) and atom.index in self._arrays:
            return self._arrays[atom.index]
        if isinstance(atom, Fixed):
            return self._number(atom.value)
        if atom not in self._constants:
            self._constants[atom] = self._known(atom)
        return self._constants[atom]

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
        self._wanted.append(atom)
        return _Array(self._program.constant(math.prod(shape)), shape)

    def _number(self, value: Any) -> _Array:
        number = np.float64(value)
        key = number.tobytes()  # tells zeros of both signs apart
        if key not in self._constants:
            self._constants[key] = self._constant(Fixed(number), ())
        return self._constants[key]

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
        return _Array(self._program.entrywise(name, registers), shape)

    def _same_entries(self, equation: Equation, inputs: list[_Array]) -> list[_Array]:
        return [_Array(inputs[0].register, equation.output_avals[0].shape)]

    def _converted(self, equation: Equation, inputs: list[_Array]) -> list[_Array]:
        to_truth = equation.output_avals[0].dtype == np.bool_ != equation.input_avals[0].dtype
        if to_truth:
            return [self._apply("ne", [inputs[0], self._number(0.0)], inputs[0].shape)]
        return inputs

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
        size = self._program.size(array.register)
        same = size == places.size and np.array_equal(places.ravel(), np.arange(size))
        if size == 1 or same:
            return _Array(array.register, places.shape)
        return _Array(self._program.take(array.register, places.ravel().tolist()), places.shape)

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
        register = self._program.put(
            base.register, math.prod(shape), values.register, places.ravel().tolist()
        )
        return _Array(register, shape)

    def _sum(self, equation: Equation, inputs: list[_Array]) -> list[_Array]:
        (array,), (aval,) = inputs, equation.output_avals
        axes = sorted(equation.params["axes"])
        rest = [axis for axis in range(len(array.shape)) if axis not in axes]
        places = _places(array.shape).transpose([*rest, *axes])
        width = math.prod(array.shape[axis] for axis in axes)
        return [self._sum_last(self._take(array, places), width, aval.shape)]

    def _sum_last(self, array: _Array, width: int, shape: _Shape) -> _Array:
        """Sum `width` successive entries each."""
        if self._program.size(array.register) == 1:
            return self._apply("mul", [array, self._number(float(width))], shape)
        return _Array(self._program.sum(array.register, width), shape)

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


_RULES: dict[str, Callable[[_Lowering, Equation, list[_Array]], list[_Array]]] = {
    **dict.fromkeys(MOVES, _Lowering._rearranged),
    **dict.fromkeys(_SAME_ENTRIES, _Lowering._same_entries),
    "broadcast_in_dim": _Lowering._rearranged,
    "concatenate": _Lowering._concatenate,
    "convert_element_type": _Lowering._converted,
    "dot_general": _Lowering._product,
    "integer_pow": _Lowering._integer_pow,
    "pad": _Lowering._pad,
    "reduce_sum": _Lowering._sum,
    "split": _Lowering._split,
    "stack": _Lowering._stack,
    "unstack": _Lowering._unstack,
}


def _places(shape: _Shape) -> IndexArray:
    return np.arange(math.prod(shape)).reshape(shape)


def _require_double(avals: Sequence[Any]) -> None:
    """Refuse numbers that the engine would not treat as JAX does: it has doubles and truths."""
    for aval in avals:
        if aval.dtype not in (np.float64, np.bool_):
            raise UnknownOperation(str(aval.dtype))
