"""Values of a program that do not depend on theta, computed when they are needed."""

from collections.abc import Callable, Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np

from scope.objective._curvature import broadcast
from scope.objective._jax import bind
from scope.objective._numerics import ENTRYWISE
from scope.objective._program import Atom, Constant, Equation, Fixed, Variable

# Rearrangements that NumPy does without copying the data of a user.
_VIEWS: dict[str, Callable[[Any, Any], Any]] = {
    "transpose": lambda value, params: np.transpose(value, params["permutation"]),
    "reshape": lambda value, params: np.reshape(value, params["new_sizes"]),
    "squeeze": lambda value, params: np.squeeze(value, params["dimensions"]),
    "copy": lambda value, _params: value,
}

# Arithmetic that NumPy does to the bit like JAX, without compiling anything or copying data.
_ARITHMETIC = frozenset({"add", "sub", "mul", "div", "neg", "lt", "gt", "select_n"})


class Known:
    """The constant part of a program."""

    def __init__(self, constants: Sequence[Any]) -> None:
        self._constants = constants
        self._equations: dict[int, Equation] = {}
        self._values: dict[int, Any] = {}

    def add(self, equation: Equation) -> None:
        """Take note of an equation without theta."""
        for output in equation.outputs:
            self._equations[output] = equation

    def __contains__(self, atom: Atom) -> bool:
        return not isinstance(atom, Variable) or atom.index in self._equations

    def value(self, atom: Atom) -> Any:
        """Return the value, a NumPy array wherever no computation was needed."""
        match atom:
            case Fixed(value):
                return value
            case Constant(index):
                return self._constants[index]
            case Variable(index):
                if index not in self._values:
                    self._evaluate(self._equations[index])
                return self._values[index]

    def matrix(self, atom: Atom) -> tuple[Any, float]:
        """Return a real matrix and a factor.

        What a user holds is used as it lies in memory: rearranged by NumPy, in float32 where the
        program would widen it, and with signs and scalar factors kept apart.
        """
        equation = self._equations.get(atom.index) if isinstance(atom, Variable) else None
        if equation is not None:
            found = self._rearranged(equation)
            if found is not None:
                return found
        array = np.asarray(self.value(atom))
        wanted = array.dtype in (np.float32, np.float64)
        return array if wanted else array.astype(np.float64), 1.0

    def _rearranged(self, equation: Equation) -> tuple[Any, float] | None:
        name = equation.primitive.name
        widens = name == "convert_element_type" and equation.input_avals[0].dtype == np.float32
        if widens or name in _VIEWS or name == "neg":
            inner, factor = self.matrix(equation.inputs[0])
            if name in _VIEWS:
                inner = _VIEWS[name](inner, equation.params)
            return inner, -factor if name == "neg" else factor
        if name in {"mul", "div"} and equation.input_avals[1].shape == ():
            inner, factor = self.matrix(equation.inputs[0])
            scalar = float(self.value(equation.inputs[1]))
            # In float32 the program rounds every entry: then a factor is not the same.
            if inner.dtype == equation.output_avals[0].dtype == np.float64 and scalar != 0.0:
                return inner, factor * scalar if name == "mul" else factor / scalar
        return None

    def _evaluate(self, equation: Equation) -> None:
        inputs = [self.value(atom) for atom in equation.inputs]
        outputs = _by_numpy(equation, inputs)
        if outputs is None:
            outputs = bind(equation.primitive, equation.params, list(map(jnp.asarray, inputs)))
        for index, output in zip(equation.outputs, outputs, strict=True):
            self._values[index] = output


def _by_numpy(equation: Equation, inputs: list[Any]) -> list[Any] | None:
    """Return the results if NumPy computes them like JAX, else None."""
    name, (aval, *_) = equation.primitive.name, equation.output_avals
    if name in _VIEWS:
        return [_VIEWS[name](np.asarray(inputs[0]), equation.params)]
    kinds = [np.dtype(a.dtype).kind for a in (aval, *equation.input_avals)]
    floating = all(kind == "f" for kind in kinds)
    if name == "concatenate":
        return [np.concatenate(inputs, equation.params["dimension"])]
    if name == "broadcast_in_dim" and len(inputs) == 1:
        return [broadcast(inputs[0], equation.params)]
    if name == "convert_element_type" and all(kind in "fi" for kind in kinds):
        # Out of range, conversions of floats to integers are nobody's promise.
        promised = kinds == ["i", "i"] or kinds[0] == "f"
        return [np.asarray(inputs[0]).astype(aval.dtype)] if promised else None
    known = name in _ARITHMETIC and len(inputs) <= 3 and all(kind in "fib" for kind in kinds)
    if not known or (name == "div" and not floating) or (name == "select_n" and len(inputs) != 3):
        return None
    with np.errstate(all="ignore"):
        return [np.asarray(ENTRYWISE[name](*inputs), dtype=aval.dtype)]
