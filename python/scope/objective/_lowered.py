"""Traced functions that the engine evaluates, without calling back."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import jax
import numpy as np

from scope import _core
from scope.objective._lowering import Lowering, Needed
from scope.objective._numerics import Flat, Plan, UnknownOperation, flattened
from scope.objective._program import Atom, Equation, Variable
from scope.typing import FloatArray


class Lowered:
    """A function of one array and of constants that the engine evaluates."""

    def __init__(
        self,
        program: _core.ArrayProgram,
        plan: Plan,
        needed: Sequence[Needed],
        product: "Product | None" = None,
    ) -> None:
        self.program = program
        self.product = product
        self._plan = plan
        self._needed = needed

    def constants(self, given: Sequence[Any]) -> list[FloatArray]:
        """Return the constants of the program, from those of the function."""
        values = self._plan(*given)
        return [n.prepare(value) for n, value in zip(self._needed, values, strict=True)]


class Product:
    """The product of a Hessian with an array: of its constants some are known at a point only.

    Those, at `carried`, are what the function at that point has for outputs from the third on.
    """

    def __init__(self, known: Lowered, carried: list[int]) -> None:
        self._known = known
        self._carried = carried

    def bound(self, given: Sequence[Any]) -> tuple[_core.ArrayProgram, list[FloatArray], list[int]]:
        """Return what the engine takes; arrays without entries stand for what is carried."""
        constants = self._known.constants(given)
        for place in self._carried:  # ascending
            constants.insert(place, np.empty(0))
        return self._known.program, constants, self._carried


def lower(function: Callable[..., Any], eta: Any, constants: Sequence[Any]) -> Lowered | None:
    """Lower a function that JAX can trace; None if the engine does not know all operations.

    What does not depend on `eta` is left to NumPy. Raises what tracing raises.
    """
    closed = jax.make_jaxpr(function)(eta, constants)
    flat = flattened(closed)
    try:
        lowering = Lowering(flat, closed.in_avals, flat.inputs[0], flat.outputs)
        return _bindable(lowering.program, flat, flat.inputs[1:], lowering.constants)
    except UnknownOperation:
        return None


def lower_product(
    function: Callable[..., Any], eta: Any, constants: Sequence[Any]
) -> Lowered | None:
    """Lower a function of a point and a direction, as `lower` does.

    Its results are value and slope at the point, and the product of the Hessian there with the
    direction, of which no more than this product may depend on it.
    """
    closed = jax.make_jaxpr(function)(eta, eta, constants)
    flat = flattened(closed)
    point, direction, *given = flat.inputs
    *first_order, product = flat.outputs
    moved = _moved_by(point, flat.equations)
    try:
        second = Lowering(flat, closed.in_avals, direction, [product])
        carried = [k for k, n in enumerate(second.constants) if _is_among(moved, n.atom)]
        known = [n for n in second.constants if not _is_among(moved, n.atom)]
        outputs = [*first_order, *(second.constants[place].atom for place in carried)]
        first = Lowering(flat, closed.in_avals, point, outputs)
        along = Product(_bindable(second.program, flat, given, known), carried)
        return _bindable(first.program, flat, given, first.constants, along)
    except UnknownOperation:
        return None


def _bindable(
    program: _core.ArrayProgram,
    flat: Flat,
    given: Sequence[Variable],
    needed: Sequence[Needed],
    product: Product | None = None,
) -> Lowered:
    plan = Plan(flat, given, [value.atom for value in needed])
    return Lowered(program, plan, needed, product)


def _moved_by(variable: Variable, equations: Iterable[Equation]) -> set[int]:
    """Return the indices of all variables that depend on one."""
    moved = {variable.index}
    for equation in equations:
        if any(_is_among(moved, atom) for atom in equation.inputs):
            moved.update(equation.outputs)
    return moved


def _is_among(indices: set[int], atom: Atom) -> bool:
    return isinstance(atom, Variable) and atom.index in indices
