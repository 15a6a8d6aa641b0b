"""A traced objective as a flat list of equations: what the reader reads and what is compiled.

Variables are numbered in the order of their appearance, 0 is theta. Captured arrays and inexact
scalars are *constants*, arguments of whatever is compiled from the program, so that new data or a
new penalty weight meets the old executable.
"""

import math
from collections.abc import Callable, Collection, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np

from scope.objective._jax import (
    Literal,
    Primitive,
    bind,
    inlined,
    jaxpr_of,
    literal_value,
    open_jaxpr,
)

# Scalars that programs are built around; everything else that is inexact is data.
_STRUCTURAL_SCALARS = (0.0, 1.0, -1.0, 2.0, np.inf, -np.inf)


@dataclass(frozen=True, slots=True)
class Variable:
    """The result of an equation, or theta."""

    index: int


@dataclass(frozen=True, slots=True)
class Constant:
    """A captured array or inexact scalar, by its position among the program's constants."""

    index: int


@dataclass(frozen=True, slots=True)
class Fixed:
    """A scalar that belongs to the program itself."""

    value: Any


Atom = Variable | Constant | Fixed


@dataclass(frozen=True, slots=True, eq=False)
class Equation:
    """``outputs = primitive(inputs; params)``."""

    primitive: Primitive
    params: dict[str, Any]
    inputs: tuple[Atom, ...]
    input_avals: tuple[Any, ...]
    outputs: tuple[int, ...]
    output_avals: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Segment:
    """The part of a program's input vector that one of its first variables stands for."""

    start: int
    shape: tuple[int, ...]

    @property
    def stop(self) -> int:
        """One past the last entry."""
        return self.start + math.prod(self.shape)


@dataclass(frozen=True, eq=False)
class Program:
    """A function of a vector and of constants that are handed in.

    The first variables are segments of the vector: theta as a whole, or parts of M theta.
    """

    segments: tuple[Segment, ...]
    equations: tuple[Equation, ...]
    result: Atom
    variable_count: int

    def __call__(self, theta: Any, constants: Sequence[Any]) -> Any:
        """Evaluate, under whatever transformation the arguments are in."""
        (result,) = self.evaluate(self.split(theta), constants, [self.result])
        return result

    def split(self, theta: Any) -> dict[int, Any]:
        """Return the values of the first variables."""
        return {
            index: theta[segment.start : segment.stop].reshape(segment.shape)
            for index, segment in enumerate(self.segments)
        }

    def evaluate(
        self, values: dict[int, Any], constants: Sequence[Any], wanted: Sequence[Atom]
    ) -> list[Any]:
        """Evaluate some atoms from the values of variables that they can be computed from."""
        values = dict(values)

        def read(atom: Atom) -> Any:
            match atom:
                case Variable(index):
                    return values[index]
                case Constant(index):
                    return constants[index]
                case Fixed(value):
                    return value

        for equation in needed(self.equations, values.keys(), wanted):
            inputs = [read(atom) for atom in equation.inputs]
            outputs = bind(equation.primitive, equation.params, inputs)
            values |= zip(equation.outputs, outputs, strict=True)
        return [read(atom) for atom in wanted]

    def shapes(self) -> dict[int, tuple[int, ...]]:
        """Return the shape of every variable."""
        shapes = {index: segment.shape for index, segment in enumerate(self.segments)}
        for equation in self.equations:
            avals = (aval.shape for aval in equation.output_avals)
            shapes |= zip(equation.outputs, avals, strict=True)
        return shapes


def needed(
    equations: Sequence[Equation], given: Collection[int], wanted: Sequence[Atom]
) -> list[Equation]:
    """Return the equations between given variables and wanted atoms."""
    open_ends = {atom.index for atom in wanted if isinstance(atom, Variable)} - set(given)
    found = []
    for equation in reversed(equations):
        if open_ends.intersection(equation.outputs):
            found.append(equation)
            inputs = {atom.index for atom in equation.inputs if isinstance(atom, Variable)}
            open_ends |= inputs - set(given)
    return found[::-1]


def trace(function: Callable[[Any], Any], dimension: int, dtype: Any) -> tuple[Program, list[Any]]:
    """Trace a function of a length-`dimension` vector; return the program and its constants."""
    closed = jaxpr_of(lambda point: jnp.asarray(function(point)), (dimension,), dtype)
    flattener = Flattener()
    (result,) = flattener.run(closed, [flattener.new_variable()])
    segments = (Segment(0, (dimension,)),)
    program = Program(segments, tuple(flattener.equations), result, flattener.variable_count)
    return program, flattener.constants


class Flattener:
    """Inlines calls and hoists constants, in one walk over the equations.

    `body` returns the jaxpr that a call may be replaced by, None to keep it whole.
    """

    def __init__(self, body: Callable[[Primitive, dict[str, Any]], Any | None] = inlined) -> None:
        self._body = body
        self.equations: list[Equation] = []
        self.constants: list[Any] = []
        self.variable_count = 0
        self._position_of: dict[int, int] = {}
        self._results: dict[Hashable, list[Variable]] = {}

    def new_variable(self) -> Variable:
        """Return a variable that has no number yet."""
        self.variable_count += 1
        return Variable(self.variable_count - 1)

    def run(self, jaxpr: Any, inputs: Sequence[Atom]) -> list[Atom]:
        """Append the equations of a jaxpr with these inputs; return its results."""
        body, captured = open_jaxpr(jaxpr)
        atoms: dict[Any, Atom] = dict(zip(body.invars, inputs, strict=True))
        atoms |= zip(body.constvars, map(self._captured, captured), strict=True)

        def read(variable: Any) -> Atom:
            return self._literal(variable) if isinstance(variable, Literal) else atoms[variable]

        for equation in body.eqns:
            arguments = [read(variable) for variable in equation.invars]
            inner = self._body(equation.primitive, equation.params)
            outputs = (
                self._append(equation, arguments) if inner is None else self.run(inner, arguments)
            )
            atoms |= zip(equation.outvars, outputs, strict=True)
        return [read(variable) for variable in body.outvars]

    def _append(self, equation: Any, inputs: Sequence[Atom]) -> list[Variable]:
        """Append an equation, or return the results of an equal one (``X @ t`` written twice)."""
        key = self._equation_key(equation, inputs)
        outputs = self._results.get(key) if key is not None else None
        if outputs is not None:
            return outputs
        outputs = [self.new_variable() for _ in equation.outvars]
        if key is not None:
            self._results[key] = outputs
        self.equations.append(
            Equation(
                primitive=equation.primitive,
                params=dict(equation.params),
                inputs=tuple(inputs),
                input_avals=tuple(variable.aval for variable in equation.invars),
                outputs=tuple(variable.index for variable in outputs),
                output_avals=tuple(variable.aval for variable in equation.outvars),
            )
        )
        return outputs

    @staticmethod
    def _equation_key(equation: Any, inputs: Sequence[Atom]) -> Hashable | None:
        """Key by which duplicates are found; None for what cannot be compared."""
        if equation.effects:
            return None
        atoms = tuple(
            (str(atom.value.dtype), atom.value.tobytes()) if isinstance(atom, Fixed) else atom
            for atom in inputs
        )
        params = tuple(equation.params.items())
        avals = tuple((variable.aval.shape, variable.aval.dtype) for variable in equation.outvars)
        try:
            hash(params)
        except TypeError:
            return None
        return (equation.primitive, atoms, params, avals)

    def _captured(self, value: Any) -> Constant:
        position = self._position_of.get(id(value))
        if position is None:
            position = self._position_of[id(value)] = len(self.constants)
            self.constants.append(value)
        return Constant(position)

    def _literal(self, literal: Any) -> Atom:
        value = literal_value(literal)
        inexact = jnp.issubdtype(value.dtype, jnp.inexact)
        if inexact and not any(value == scalar for scalar in _STRUCTURAL_SCALARS):
            self.constants.append(value)
            return Constant(len(self.constants) - 1)
        return Fixed(value)
