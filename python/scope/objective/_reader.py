"""Reads f(theta) = g(M theta + c) + h(theta) from a traced program.

One walk over the equations sorts their results by kind; one walk back from the result collects what
is left to g. What g consumes of products, entries and linear functions of theta becomes M;
separable terms of theta itself become h. Whatever is not understood raises `Unread`: the objective
is a black box then, never a wrong answer.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from scope.objective._curvature import has_diagonal_hessian
from scope.objective._cuts import Cuts, Factors, Walk
from scope.objective._kinds import (
    Block,
    Entries,
    Factored,
    Image,
    Linear,
    Product,
    as_product,
)
from scope.objective._known import Known
from scope.objective._operators import MEMORY_BUDGET, Dense, Identity, Kronecker, Operator, computed
from scope.objective._program import Program, Variable
from scope.objective._sorting import Kinds
from scope.objective._sparse_maps import sparse_map
from scope.objective._terms import Penalty, QuadraticTerms, Terms
from scope.typing import FloatArray

# Entries of theta that may enter a g with a full Hessian where M has no other rows.
_MOST_BARE_ROWS = 64


class Unread(Exception):
    """Why a program is not read as a composite."""


@dataclass(frozen=True, eq=False)
class Reading:
    """A program as g(M u) + h(theta), u being theta or an image of it."""

    outer: Program
    constants: list[Any]
    products: tuple[Product, ...]
    penalty: Penalty | None
    image: Image | None

    @property
    def rows(self) -> int:
        """Length of M theta."""
        return self.outer.segments[-1].stop

    @property
    def blocks(self) -> list[Block]:
        """The blocks of all products."""
        return [block for product in self.products for block in product.blocks]


Materialise = Callable[[Program], Iterable[FloatArray]]


def read(
    program: Program,
    constants: Sequence[Any],
    dimension: int,
    materialise: Materialise,
    images: bool = True,
) -> Reading | QuadraticTerms:
    """Split a program; `materialise` computes the columns of a linear one.

    Images of theta are looked for only if `images`. Raises Unread where the structure is not found
    or does not pay.
    """
    found = None
    if images:
        found = _Reader(program, constants, dimension, materialise, images=True).read()
    if found is None:
        found = _Reader(program, constants, dimension, materialise, images=False).read()
    assert found is not None
    return found


class _Reader:
    def __init__(
        self,
        program: Program,
        constants: Sequence[Any],
        dimension: int,
        materialise: Materialise,
        images: bool,
    ) -> None:
        self._program = program
        self._dimension = dimension
        self._materialise = materialise
        self._images = images
        self._known = Known(constants)
        self._kinds = Kinds(self._known, dimension, images)
        self._walk = Walk(program, self._known)
        self._cheap: set[int] = set()  # what g can compute from products, without theta itself
        self._matrices: dict[int, Product] = {}  # linear functions that were computed
        self._bare: set[int] = set()  # what is linear, and computed without any data

    def read(self) -> Reading | QuadraticTerms | None:
        """Return what was read; None if images of theta lead nowhere."""
        for equation in self._program.equations:
            self._kinds.add(equation)
            self._cheap.update(filter(self._is_cheap, equation.outputs))
            self._bare.update(filter(self._is_without_data, equation.outputs))
        if self._program.result in self._known:
            raise Unread("the objective does not depend on its parameters")
        cuts = self._collect(frozenset()) if self._images else None
        if cuts is not None:
            images = _images_of(cuts)
            if images != {None}:
                useful = _is_useful(images, cuts)
                return self._build(cuts, None, images.pop()) if useful else None
        terms = Terms(self._walk, self._kinds, self._dimension)
        quadratic = terms.as_quadratic()
        if quadratic is not None:
            return quadratic
        penalty = terms.penalty()
        zeroed = frozenset() if penalty is None else penalty.leaves
        if cuts is None or zeroed:
            cuts = self._collect(zeroed)
        return self._build(cuts, penalty, None)

    def _build(self, cuts: Cuts, penalty: Penalty | None, image: Image | None) -> Reading:
        if not cuts.products:
            raise Unread("no linear map of the parameters was found")
        blocks = [block for product in cuts.products for block in product.blocks]
        bare = sum(b.operator.rows for b in blocks if isinstance(b.operator, Identity))
        only_bare = bare == sum(product.rows for product in cuts.products)
        outer, constants = cuts.outer([(self._program.result, 1.0)])
        if only_bare and bare > _MOST_BARE_ROWS and not has_diagonal_hessian(outer):
            raise Unread("parameters enter the objective outside of linear maps")
        return Reading(outer, constants, tuple(cuts.products), penalty, image)

    # --- what g consumes -------------------------------------------------------------------

    def _collect(self, zeroed: frozenset[int]) -> Cuts:
        return self._walk.collect([self._program.result], self._cut, zeroed)

    def _cut(self, variable: int) -> tuple[Product, Factors] | None:
        """Return the product that a variable is, with its factors; None if g computes it."""
        kind: Any = self._kinds[variable]
        factors: Factors = ()
        if isinstance(kind, Factored):
            kind, factors = kind.base, kind.factors
            if not isinstance(kind, Product):
                return None
        if isinstance(kind, Product):
            return None if kind.derived and variable in self._cheap else (kind, factors)
        if isinstance(kind, Entries):
            return (as_product(kind), ()) if self._is_bare(variable, kind) else None
        if not isinstance(kind, Linear):
            return None
        if variable in self._cheap and not (variable in self._bare and self._fits(variable)):
            return None
        if self._combines_cuts(variable):
            return None
        if variable not in self._matrices:  # collected with and without separable terms
            self._matrices[variable] = self._materialised(variable)
        return self._matrices[variable], ()

    def _is_bare(self, variable: int, kind: Entries) -> bool:
        """Whether entries that enter g by themselves are cut here, not where they come from."""
        equation = self._walk.equation_of.get(variable)
        at_root = equation is None or any(
            self._kinds.of(atom).image != kind.image
            for atom in equation.inputs
            if atom not in self._known
        )
        few = 2 * kind.size < self._dimension
        return at_root or (few and kind.plain and kind.scale == 1.0)

    def _combines_cuts(self, variable: int) -> bool:
        """Whether a linear function is a sum of what is cut anyway."""
        equation = self._walk.equation_of[variable]
        if equation.primitive.name not in {"add", "sub", "add_any", "neg"}:
            return False
        kinds = [self._kinds.of(atom) for atom in equation.inputs if atom not in self._known]
        return all(isinstance(kind, (Product, Entries)) for kind in kinds)

    def _is_cheap(self, variable: int) -> bool:
        """Whether a result is a product, or computed from such results only."""
        kind = self._kinds.get(variable)
        if isinstance(kind, Product) and not kind.derived:
            return True
        if isinstance(kind, Factored) and isinstance(kind.base, Product):
            return True
        return not isinstance(kind, Entries) and all(
            atom in self._known or (isinstance(atom, Variable) and atom.index in self._cheap)
            for atom in self._walk.equation_of[variable].inputs
        )

    def _is_without_data(self, variable: int) -> bool:
        """Whether a result is linear in theta and contains no dense product.

        Sums of sums and their like: as one matrix they leave g a diagonal Hessian.
        """
        kind = self._kinds.get(variable)
        if isinstance(kind, Product):
            return not any(isinstance(block.operator, (Dense, Kronecker)) for block in kind.blocks)
        return isinstance(kind, Entries) or (
            isinstance(kind, Linear)
            and all(
                atom in self._known or (isinstance(atom, Variable) and atom.index in self._bare)
                for atom in self._walk.equation_of[variable].inputs
            )
        )

    def _fits(self, variable: int) -> bool:
        """Whether a linear map can be computed within the memory budget."""
        equations = self._walk.up_to(variable)
        sizes = [math.prod(a.shape) for e in equations for a in e.output_avals]
        return bool(8 * self._dimension * max(sizes) <= MEMORY_BUDGET)

    def _materialised(self, variable: int) -> Product:
        equations = self._walk.up_to(variable)
        equation = self._walk.equation_of[variable]
        shape = equation.output_avals[equation.outputs.index(variable)].shape
        linear = Program(
            self._program.segments,
            tuple(equations),
            Variable(variable),
            self._program.variable_count,
        )
        operator: Operator | None = sparse_map(linear, self._known, self._dimension)
        if operator is None:
            if not self._fits(variable):
                raise Unread("a linear map of the parameters exceeds the memory budget")
            operator = computed(self._materialise(linear))
        return Product((Block(operator, np.arange(self._dimension)),), shape)


def _images_of(cuts: Cuts) -> set[Image | None]:
    return {block.image for product in cuts.products for block in product.blocks}


def _is_useful(images: set[Image | None], cuts: Cuts) -> bool:
    """Whether M multiplies one image of theta only, which is zero at zero."""
    if len(images) != 1:
        return False
    (image,) = images
    wide = any(
        product.rows > 1 and not isinstance(block.operator, Identity)
        for product in cuts.products
        for block in product.blocks
    )
    return image is not None and wide and image.lower <= 0.0 <= image.upper
