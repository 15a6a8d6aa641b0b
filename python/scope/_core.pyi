import enum
from collections.abc import Callable, Sequence
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

_Floats = NDArray[np.float64]

class ExchangeSequence(enum.Enum):
    halve = 0
    taper = 1

class SwapPolish(enum.Enum):
    off = 0
    screened = 1
    exhaustive = 2

class Status(enum.Enum):
    converged = 0
    stalled = 1
    iteration_limit = 2
    unbounded = 3
    time_limit = 4
    stopped = 5
    non_finite = 6
    abandoned = 7

class Objective:
    @property
    def dimension(self) -> int: ...
    @property
    def has_curvature(self) -> bool: ...
    @property
    def lower(self) -> float: ...
    @property
    def upper(self) -> float: ...
    @property
    def evaluations(self) -> Evaluations: ...
    def value(self, variables: Sequence[int], values: _Floats) -> float: ...
    def curvature(self, groups: Groups, variables: Sequence[int], values: _Floats) -> _Floats: ...
    def value_and_gradient(
        self, variables: Sequence[int], values: _Floats
    ) -> tuple[float, _Floats]: ...
    def hessian(self, variables: Sequence[int], values: _Floats) -> _Floats: ...

class BlackBox(Objective):
    def __init__(
        self,
        dimension: int,
        value_and_gradient: Callable[[_Floats], tuple[float, _Floats]],
        *,
        hessian: Callable[[_Floats, NDArray[np.intp]], _Floats] | None = None,
        curvature: Callable[[_Floats], _Floats] | None = None,
    ) -> None: ...

class DesignMatrix:
    @property
    def rows(self) -> int: ...
    @property
    def cols(self) -> int: ...

class BlockMatrix(DesignMatrix):
    def __init__(self, rows: int, cols: int) -> None: ...
    def place(
        self,
        matrix: NDArray[Any],
        first_row: int,
        first_col: int,
        scale: float = 1.0,
        *,
        threads: int = 1,
    ) -> None: ...
    def place_sparse(
        self,
        data: NDArray[Any],
        indices: NDArray[Any],
        indptr: NDArray[Any],
        rows: int,
        cols: int,
        first_row: int,
        first_col: int,
        scale: float,
        by_rows: bool = False,
    ) -> None: ...
    def place_identity(self, size: int, first_row: int, first_col: int, scale: float) -> None: ...
    def place_prefix_sums(
        self,
        outer: int,
        length: int,
        inner: int,
        first_row: int,
        first_col: int,
        scale: float,
        *,
        reverse: bool,
    ) -> None: ...
    def place_kronecker(
        self,
        matrix: NDArray[Any],
        first_row: int,
        first_col: int,
        scale: float,
        *,
        left: int,
        right: int,
    ) -> None: ...
    def place_taken(
        self,
        matrix: BlockMatrix,
        columns: NDArray[Any],
        span: int,
        first_row: int,
        first_col: int,
        scale: float,
    ) -> None: ...

class OuterCurvature(enum.Enum):
    diagonal = 0
    low_rank = 1
    blocks = 2
    products = 3

class ArrayProgram:
    def __init__(self, input_size: int) -> None: ...
    def constant(self, size: int) -> int: ...
    def entrywise(self, operation: str, operands: Sequence[int]) -> int: ...
    def sum(self, operand: int, width: int) -> int: ...
    def maximum(self, operand: int, width: int) -> int: ...
    def prefix_sum(self, operand: int, width: int) -> int: ...
    def take(self, operand: int, places: Sequence[int]) -> int: ...
    def put(self, base: int, size: int, values: int, places: Sequence[int]) -> int: ...
    def gather(self, operand: int, places: int, outside: int) -> int: ...
    def scatter(self, base: int, size: int, values: int, places: int) -> int: ...
    def scatter_add(self, base: int, size: int, values: int, places: int) -> int: ...
    def output(self, index: int) -> None: ...
    def size(self, index: int) -> int: ...
    def evaluate(self, constants: Sequence[_Floats], input: _Floats) -> list[_Floats]: ...
    @staticmethod
    def operations() -> set[str]: ...

class Composite(Objective):
    @overload
    def __init__(
        self,
        design: DesignMatrix,
        evaluate: Callable[[_Floats], tuple[Any, ...]],
        *,
        curvature: OuterCurvature = ...,
        hessian_products: Callable[[_Floats, _Floats], _Floats] | None = None,
        samples: NDArray[np.intp] = ...,
        quadratic: bool = False,
        lower: float = ...,
        upper: float = ...,
    ) -> None: ...
    @overload
    def __init__(
        self,
        design: DesignMatrix,
        program: ArrayProgram,
        constants: Sequence[_Floats],
        *,
        curvature: OuterCurvature = ...,
        product: tuple[ArrayProgram, Sequence[_Floats], Sequence[int]] | None = None,
        samples: NDArray[np.intp] = ...,
        quadratic: bool = False,
        lower: float = ...,
        upper: float = ...,
    ) -> None: ...

class QuadraticForm(Objective):
    def __init__(
        self,
        matrix: DesignMatrix,
        transposed: DesignMatrix,
        diagonal: _Floats,
        linear: _Floats,
        *,
        scale: float = 1.0,
        constant: float = 0.0,
    ) -> None: ...

class Penalised(Objective):
    @overload
    def __init__(
        self, objective: Objective, slope: _Floats, curvature: _Floats, constant: float
    ) -> None: ...
    @overload
    def __init__(
        self,
        objective: Objective,
        slope_at_zero: _Floats,
        curvature_at_zero: _Floats,
        evaluate: Callable[[NDArray[np.intp], _Floats], tuple[float, _Floats, _Floats]],
    ) -> None: ...
    @overload
    def __init__(
        self, objective: Objective, program: ArrayProgram, constants: Sequence[_Floats]
    ) -> None: ...

class Screened(Objective):
    def __init__(self, objective: Objective, groups: Groups, kept: Sequence[int]) -> None: ...

class Groups:
    @staticmethod
    def singletons(dimension: int) -> Groups: ...
    @staticmethod
    def from_labels(labels: Sequence[int]) -> Groups: ...
    @property
    def count(self) -> int: ...
    @property
    def dimension(self) -> int: ...
    def variables_of(self, active: Sequence[int]) -> list[int]: ...

class Problem:
    def __init__(self, groups: Groups, preselect: Sequence[int] = ...) -> None: ...

class PathStart:
    def __init__(
        self, params: _Floats, support: Sequence[int] = ..., null_value: float | None = None
    ) -> None: ...

class SplicingOptions:
    max_iterations: int
    max_exchange: int
    dynamic_max_exchange: bool
    greedy: bool
    sequence: ExchangeSequence
    important_search: int
    threshold: float
    use_curvature: bool
    polish: SwapPolish
    polish_effort: float
    def __init__(self) -> None: ...

class SupportFitter: ...

class NumericSolver(SupportFitter):
    def __init__(self, minimise: Callable[[_Floats, NDArray[np.intp]], Any]) -> None: ...

class Evaluations:
    @property
    def gradients(self) -> int: ...
    @property
    def hessians(self) -> int: ...
    @property
    def curvatures(self) -> int: ...

class LevelResult:
    @property
    def sparsity(self) -> int: ...
    @property
    def groups(self) -> list[int]: ...
    @property
    def params(self) -> _Floats: ...
    @property
    def value(self) -> float: ...
    @property
    def status(self) -> Status: ...
    @property
    def swap_optimal(self) -> str: ...
    @property
    def iterations(self) -> int: ...
    @property
    def exchanges(self) -> int: ...
    @property
    def evaluations(self) -> Evaluations: ...
    @property
    def stationarity(self) -> float: ...
    @property
    def relative_stationarity(self) -> float: ...

class Monitor:
    def __init__(
        self,
        seconds: float | None = None,
        hook: Callable[[], bool] | None = None,
        accepted: Callable[[LevelResult], bool] | None = None,
    ) -> None: ...
    @property
    def status(self) -> Status | None: ...
    @property
    def incumbent(self) -> LevelResult | None: ...
    @property
    def levels(self) -> list[LevelResult]: ...

def callback_seconds() -> float: ...
def solve_path(
    objective: Objective,
    problem: Problem,
    levels: Sequence[int],
    start: PathStart,
    options: SplicingOptions,
    *,
    numeric_solver: SupportFitter | None = None,
    monitor: Monitor | None = None,
) -> list[LevelResult]: ...
def screen(
    objective: Objective,
    problem: Problem,
    count: int,
    *,
    numeric_solver: SupportFitter | None = None,
    monitor: Monitor | None = None,
) -> list[int]: ...
def fit(
    objective: Objective,
    variables: Sequence[int],
    start: _Floats,
    null_value: float,
    *,
    monitor: Monitor | None = None,
) -> tuple[float, _Floats, Status]: ...
