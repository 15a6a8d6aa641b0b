"""From a user's function to the engine's `Objective`. The only package that imports JAX.

`_program` traces an objective into a flat list of equations. `_reader` splits it into g(M theta):
`_sorting` finds of what kind each result is (`_kinds`), with `_arrangements`, `_contractions` and
`_known` (values without theta); `_cuts` makes g a program of its own, `_terms` finds penalties and
quadratic forms. `_curvature`, `_samples` and `_degree` say what is known of g'', `_lowered` makes
it a program of the engine's by the rules of `_lowering` and `_indexing`, `_outer` leaves it to JAX
where they do not know an operation, `_operators` keeps M, and `_composite` hands both to the engine
when `_agreement` has compared them with the program. What is not read is evaluated by `_black_box`.
`_canonical` gives equal programs equal keys, by which `_executables` shares what is compiled.
`_jax` holds the names of JAX that may change.
"""

import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import jax
import jax.numpy as jnp
import numpy as np

from scope import _core
from scope._calling import (
    as_array,
    as_number,
    bind_data,
    minimiser_of,
    require_callable,
    require_scalar,
)
from scope.exceptions import (
    InvalidArgumentError,
    NonFiniteError,
    PrecisionWarning,
    ScopeError,
)
from scope.objective._black_box import (
    Compiled,
    Derivatives,
    Eager,
    PointFunction,
    Traced,
    UserGradient,
    cache,
    compiled_call,
    trace_objective,
)
from scope.objective._composite import read_composite
from scope.objective._executables import padded_size
from scope.objective._forks import TRACE_ERRORS, without_xla
from scope.objective._jax import (
    compile_seconds,
    is_compiled,
    uncompiled,
    user_x64,
)
from scope.objective._kinds import Image
from scope.objective._layers import apply_layers, gradient_on_inputs, on_inputs
from scope.objective._reader import Unread
from scope.typing import FloatArray, IndexArray, Layer

__all__ = [
    "BuiltObjective",
    "ObjectiveSpec",
    "Structure",
    "apply_layers",
    "build_objective",
    "clear_cache",
    "compile_seconds",
    "jax",
    "jnp",
    "without_xla",
]

# Up to here the full Hessian's diagonal costs a black box less than the fits it saves.
_MODERATE_DIMENSION = 512

_HessianOnSupport = Callable[[FloatArray, IndexArray], FloatArray]


@dataclass(frozen=True)
class ObjectiveSpec:
    """What a user handed to ``solve``."""

    objective: Any
    data: Any
    dimension: int
    group_starts: IndexArray
    start: FloatArray
    gradient: Any = None
    hessian: Any = None
    use_hessian: bool | Literal["auto"] = "auto"
    jit: bool = False
    images: bool = True  # whether |theta| and the like may be minimised over instead of theta
    layers: Sequence[Layer] = ()  # transformations between the vector minimised over and f


def clear_cache() -> None:
    """Forget all compiled objectives.

    Executables are kept for the 128 objectives used last and shared between objectives that differ
    in their data only. Clearing frees their memory; the next solve compiles again.

    Examples
    --------
    >>> import scope
    >>> scope.clear_cache()
    """
    cache.clear()


@dataclass(frozen=True)
class Structure:
    """What was found in an objective, in words."""

    kind: Literal["composite", "black box"]
    explanation: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.explanation}"


@dataclass(frozen=True)
class BuiltObjective:
    """An objective ready for the engine, and for a user's numeric solver."""

    engine: _core.Objective
    derivatives: Derivatives
    structure: Structure
    image: Image | None = None  # what the engine minimises over instead of the parameters

    def to_engine(self, params: FloatArray) -> FloatArray:
        """Return what the engine minimises over at given parameters."""
        return params if self.image is None else self.image.of(params)

    def from_engine(self, found: FloatArray) -> FloatArray:
        """Return the parameters of what the engine found."""
        return found if self.image is None else self.image.inverse(found)

    def value(self, params: FloatArray) -> float:
        """Return the objective at given parameters."""
        point = self.to_engine(params)
        variables = np.flatnonzero(point)
        return self.engine.value(variables.tolist(), point[variables])

    def null_value(self, start: FloatArray) -> float:
        """Return f(0), which tolerances refer to; NaN where f has no value there.

        A solve that starts elsewhere need not have one: exceptions are told by the start alone.
        """
        if not np.any(start):
            return self.value(start)
        try:
            return self.value(np.zeros(self.engine.dimension))
        except Exception:  # noqa: BLE001  # the user's: it need not be defined at zero
            return math.nan

    def numeric_solver(
        self, numeric_solver: Any, data: Any, kept: IndexArray
    ) -> _core.NumericSolver:
        """Let a user's function minimise on the supports.

        `kept` are the variables that are searched; the user sees all.
        """
        require_callable(numeric_solver, "numeric_solver")
        dimension = self.engine.dimension

        # The data are bound already; solvers that follow the protocol hand them over once more.
        def value_and_grad(params: Any, _data: Any) -> tuple[float, FloatArray]:
            return self.derivatives.value_and_gradient(np.asarray(params, dtype=np.float64))

        def objective(params: Any, _data: Any) -> float:
            return value_and_grad(params, None)[0]

        def minimise(params: FloatArray, variables: IndexArray) -> FloatArray:
            start = np.zeros(dimension)
            start[kept] = params
            arguments = objective, value_and_grad, start, kept[variables], data
            try:
                answer = without_xla(numeric_solver)(*arguments)
            except TypeError as error:
                error.add_note(
                    "numeric_solver was called with what scope.typing.NumericSolver takes."
                )
                raise
            return minimiser_of(answer, (dimension,))[kept]

        return _core.NumericSolver(minimise)


def build_objective(spec: ObjectiveSpec) -> BuiltObjective:
    """Trace the user's function, read its structure and hand it to the engine."""
    objective = on_inputs(
        bind_data(uncompiled(spec.objective), spec.data, "objective"), spec.layers
    )
    if spec.layers and spec.hessian is not None:
        raise InvalidArgumentError(
            "hessian cannot be used with layers: it is that of the objective, not of its "
            "composition with them. Set the attribute hessian to None."
        )
    if spec.gradient is not None:
        return _with_user_gradient(spec, objective)
    scalar = _returning_scalar(objective)
    traced = _trace(scalar, spec.dimension)
    if traced is None:
        reason = "it looks at values: it runs eagerly"
        return _black_box(spec, Eager(scalar), None, Structure("black box", reason))
    if spec.hessian is None:
        try:
            found = read_composite(traced, spec.start, images=spec.images)
        except Unread as reason:
            structure = Structure("black box", str(reason))
        else:
            structure = Structure("composite", found.explanation)
            return BuiltObjective(found.engine, _Lazy(traced), structure, found.image)
    else:
        structure = Structure("black box", "its Hessian is the user's")
    compiled = Compiled(traced)
    return _black_box(spec, compiled, compiled, structure)


class _Lazy:
    """Full-length derivatives, compiled only if somebody asks for them."""

    def __init__(self, traced: Traced) -> None:
        self._traced = traced
        self._compiled: Compiled | None = None

    def value_and_gradient(self, point: FloatArray) -> tuple[float, FloatArray]:
        if self._compiled is None:
            self._compiled = Compiled(self._traced)
        return self._compiled.value_and_gradient(point)


def _with_user_gradient(spec: ObjectiveSpec, objective: PointFunction) -> BuiltObjective:
    gradient = gradient_on_inputs(
        bind_data(uncompiled(spec.gradient), spec.data, "gradient"), spec.layers
    )
    by_user = UserGradient(
        *(
            compiled_call(called, spec.dimension) if spec.jit or is_compiled(given) else called
            for called, given in ((objective, spec.objective), (gradient, spec.gradient))
        )
    )
    # Who gives a gradient is believed: a Hessian that need not agree is used on demand only.
    compiled = None
    if spec.use_hessian is True and spec.hessian is None:
        traced = _trace(_returning_scalar(objective), spec.dimension)
        compiled = Compiled(traced) if traced is not None else None
    return _black_box(spec, by_user, compiled, Structure("black box", "its gradient is the user's"))


def _black_box(
    spec: ObjectiveSpec,
    derivatives: Derivatives,
    compiled: Compiled | None,
    structure: Structure,
) -> BuiltObjective:
    """Hand over an objective of which only values and derivatives are used."""
    hessian: _HessianOnSupport | None = None
    if spec.hessian is not None:
        user_hessian = without_xla(bind_data(spec.hessian, spec.data, "hessian"))
        hessian = partial(_part_of_user_hessian, user_hessian)
        if not np.all(np.isfinite(hessian(spec.start, np.arange(spec.dimension)))):
            raise NonFiniteError("The hessian returned contains NaN or Inf.")
    elif compiled is not None and compiled.has_hessian:
        hessian = compiled.hessian
    curvature = None
    if _wants_curvature(spec, hessian):
        curvature = partial(_diagonal_blocks, hessian, spec.group_starts)
    engine = _core.BlackBox(
        spec.dimension, derivatives.value_and_gradient, hessian=hessian, curvature=curvature
    )
    return BuiltObjective(engine, derivatives, structure)


def _returning_scalar(objective: PointFunction) -> PointFunction:
    def scalar(point: Any) -> Any:
        value = objective(point)
        require_scalar(value, "objective")
        if isinstance(value, jax.Array) and not value.shape:  # as it is: what is traced takes time
            return value
        return jnp.reshape(jnp.asarray(as_number(value)), ())

    return scalar


def _trace(objective: PointFunction, dimension: int) -> Traced | None:
    """Trace in double precision, else in the user's own; None if values are looked at."""
    try:
        return _traced_in_any_precision(objective, dimension)
    except TRACE_ERRORS:
        return None
    except ScopeError:
        raise
    except Exception as error:
        error.add_note(f"objective was called with params of shape ({dimension},).")
        raise


def _traced_in_any_precision(objective: PointFunction, dimension: int) -> Traced:
    try:
        return trace_objective(objective, dimension, x64=True)
    except (*TRACE_ERRORS, ScopeError):
        raise
    except TypeError as error:
        if user_x64():
            raise
        try:
            traced = trace_objective(objective, dimension, x64=False)
        except TypeError:
            raise error from None
        warnings.warn(
            f"The objective cannot be traced in double precision ({error}); "
            "it is evaluated in single precision.",
            PrecisionWarning,
            stacklevel=2,
        )
        return traced


def _part_of_user_hessian(
    hessian: PointFunction, point: FloatArray, variables: IndexArray
) -> FloatArray:
    full = as_array(hessian(point), (len(point), len(point)), "hessian")
    return full[np.ix_(variables, variables)]


def _wants_curvature(spec: ObjectiveSpec, hessian: _HessianOnSupport | None) -> bool:
    if spec.use_hessian is True:
        if hessian is None:
            raise InvalidArgumentError(
                "use_hessian=True needs an objective that JAX can trace and differentiate twice, "
                "or the attribute hessian; set use_hessian to 'auto' or False."
            )
        return True
    moderate = spec.dimension <= _MODERATE_DIMENSION
    return spec.use_hessian == "auto" and hessian is not None and moderate


def _diagonal_blocks(
    hessian: _HessianOnSupport | None, starts: IndexArray, point: FloatArray
) -> FloatArray:
    """Return the full Hessian's diagonal blocks, from Hessians on batches of whole groups."""
    assert hessian is not None
    sizes = np.diff(starts)
    capacity = padded_size(int(sizes.max()))
    blocks: list[FloatArray] = []
    first = 0
    while first < len(sizes):
        last = int(np.searchsorted(starts, starts[first] + capacity, side="right")) - 1
        variables = np.arange(starts[first], starts[last])
        batch = hessian(point, variables)
        for group in range(first, last):
            inside = slice(starts[group] - starts[first], starts[group + 1] - starts[first])
            blocks.append(batch[inside, inside].ravel())
        first = last
    return np.concatenate(blocks)
