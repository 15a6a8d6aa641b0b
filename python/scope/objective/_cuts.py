"""Collects what is left of a program behind its products, and makes it a program of its own."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from scope.objective._jax import abstract, arithmetic
from scope.objective._kinds import Product
from scope.objective._known import Known
from scope.objective._program import Atom, Constant, Equation, Fixed, Program, Segment, Variable
from scope.typing import FloatArray

Factors = tuple[tuple[str, Atom], ...]
# What a variable is cut into; None where its equation is kept.
Cut = Callable[[int], tuple[Product, Factors] | None]


class Walk:
    """The equations of a program, to be walked from results to what they are computed from."""

    def __init__(self, program: Program, known: Known) -> None:
        self.program = program
        self.known = known
        self.equation_of: dict[int, Equation] = {}
        self.position: dict[int, int] = {}
        self.consumers: dict[int, int] = {}
        for position, equation in enumerate(program.equations):
            for output in equation.outputs:
                self.equation_of[output] = equation
                self.position[output] = position
            for atom in equation.inputs:
                if isinstance(atom, Variable):
                    self.consumers[atom.index] = self.consumers.get(atom.index, 0) + 1

    def collect(self, results: list[Atom], cut: Cut, zeroed: frozenset[int]) -> "Cuts":
        """Walk back from `results` and stop at what is cut and at what counts as zero."""
        cuts = Cuts(self.known, zeroed)
        pending = list(results)
        seen: set[int] = set(zeroed)
        while pending:
            atom = pending.pop()
            if atom in self.known or not isinstance(atom, Variable) or atom.index in seen:
                continue
            seen.add(atom.index)
            found = cut(atom.index)
            if found is not None:
                cuts.add(atom.index, self.position.get(atom.index, -1), *found)
                pending.extend(scalar for _, scalar in found[1])
                continue
            equation = self.equation_of[atom.index]
            cuts.keep(self.position[atom.index], equation)
            seen.update(equation.outputs)
            pending.extend(equation.inputs)
        return cuts

    def up_to(self, variable: int) -> list[Equation]:
        """Return all equations that a variable is computed by."""
        found: dict[int, Equation] = {}
        pending = [variable]
        while pending:
            index = pending.pop()
            if index not in self.equation_of or self.position[index] in found:
                continue
            equation = self.equation_of[index]
            found[self.position[index]] = equation
            pending.extend(a.index for a in equation.inputs if isinstance(a, Variable))
        return [found[position] for position in sorted(found)]


class Cuts:
    """Products, and the equations that are computed from them."""

    def __init__(self, known: Known, zeroed: frozenset[int]) -> None:
        self.products: list[Product] = []
        self._known = known
        self._zeroed = zeroed
        self._slots: dict[Any, int] = {}
        self._kept: dict[int, Equation] = {}
        self._cut: list[tuple[int, int, Product, Factors]] = []

    def keep(self, position: int, equation: Equation) -> None:
        """Leave an equation as it is."""
        self._kept[position] = equation

    def add(self, variable: int, position: int, product: Product, factors: Factors) -> None:
        """Replace a variable by a product times scalars."""
        self._cut.append((position, variable, product, factors))
        key = _key(product)
        if key not in self._slots:
            self._slots[key] = len(self.products)
            self.products.append(replace(product, offsets=()))

    def outer(self, results: list[tuple[Atom, float]]) -> tuple[Program, list[Any]]:
        """Return what is computed from the products, a sum of results, with its constants."""
        builder = _Builder(self._known, self._zeroed, self.products)

        def insert(variable: int, product: Product, factors: Factors) -> None:
            slot = self._slots[_key(product)]
            builder.insert(variable, slot, product, self.products[slot], factors)

        steps: list[tuple[int, Callable[[], None]]] = [
            (at, partial(insert, variable, product, factors))
            for at, variable, product, factors in self._cut
        ]
        steps += [(at, partial(builder.append, equation)) for at, equation in self._kept.items()]
        for _, step in sorted(steps, key=lambda placed: placed[0]):
            step()
        return builder.program(results), builder.constants


def _key(product: Product) -> Any:
    """Equal for products that are multiples of each other, known numbers apart."""
    scales = [block.scale for block in product.blocks]
    if np.all(np.isfinite(scales)):
        scales = [scale / (scales[0] or 1.0) for scale in scales]
    # As text: NaN does not equal itself.
    return (
        product.shape,
        tuple((b.key, repr(s)) for b, s in zip(product.blocks, scales, strict=True)),
    )


class _Builder:
    """Writes a program over the products."""

    def __init__(self, known: Known, zeroed: frozenset[int], products: list[Product]) -> None:
        self._known = known
        self._segments: list[Segment] = []
        start = 0
        for product in products:
            self._segments.append(Segment(start, product.shape))
            start = self._segments[-1].stop
        self._count = len(products)
        self._numbers: dict[int, Atom] = {index: Fixed(np.zeros(())) for index in zeroed}
        self._equations: list[Equation] = []
        self._constant_of: dict[Atom, Constant] = {}
        self.constants: list[Any] = []

    def insert(
        self, variable: int, slot: int, product: Product, base: Product, factors: Factors
    ) -> None:
        """Make a variable from the product of a slot: ``(scale * eta + offset) * factors``."""
        shape = product.shape
        atom: Atom = Variable(slot)
        scale = product.blocks[0].scale / (base.blocks[0].scale or 1.0)
        if scale != 1.0:
            atom = self._compute("mul", atom, self._constant(np.float64(scale)), shape)
        if product.offsets:
            offset = _total(product)
            atom = self._compute("add", atom, self._constant(offset.reshape(shape)), shape)
        for name, scalar in factors:
            atom = self._compute(name, atom, self._atom(scalar), shape)
        self._numbers[variable] = atom

    def append(self, equation: Equation) -> None:
        """Take over an equation."""
        inputs = tuple(map(self._atom, equation.inputs))
        outputs = tuple(range(self._count, self._count + len(equation.outputs)))
        self._count += len(outputs)
        self._numbers |= zip(equation.outputs, map(Variable, outputs), strict=True)
        self._equations.append(replace(equation, inputs=inputs, outputs=outputs))

    def program(self, results: list[tuple[Atom, float]]) -> Program:
        """Return the program whose result is a sum of multiples of `results`."""
        total: Atom | None = None
        for atom, factor in results:
            term = self._atom(atom)
            if factor != 1.0:
                term = self._compute("mul", term, self._constant(np.float64(factor)), ())
            total = term if total is None else self._compute("add", total, term, ())
        assert total is not None
        return Program(tuple(self._segments), tuple(self._equations), total, self._count)

    def _compute(self, name: str, left: Atom, right: Atom, shape: tuple[int, ...]) -> Variable:
        output = Variable(self._count)
        self._count += 1
        whole = abstract(shape, np.float64)
        scalar = abstract((), np.float64)
        avals = (whole, whole if name == "add" else scalar)
        self._equations.append(
            Equation(*arithmetic(name), (left, right), avals, (output.index,), (whole,))
        )
        return output

    def _constant(self, value: Any) -> Constant:
        self.constants.append(value)
        return Constant(len(self.constants) - 1)

    def _atom(self, atom: Atom) -> Atom:
        if isinstance(atom, Variable) and atom not in self._known:
            return self._numbers[atom.index]
        if not isinstance(atom, (Constant, Variable)):
            return atom
        if atom not in self._constant_of:
            self._constant_of[atom] = self._constant(self._known.value(atom))
        return self._constant_of[atom]


def _total(product: Product) -> FloatArray:
    total = np.zeros(product.rows)
    for offset in product.offsets:
        total = total + offset()
    return total
