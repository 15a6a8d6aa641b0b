import enum
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

_Floats = NDArray[np.float64]

class ExchangeSequence(enum.Enum):
    halve = 0
    taper = 1

class Status(enum.Enum):
    converged = 0
    stalled = 1
    iteration_limit = 2
    unbounded = 3
    non_finite = 4

class Objective:
    @property
    def dimension(self) -> int: ...
    @property
    def has_curvature(self) -> bool: ...
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
        self, matrix: NDArray[Any], first_row: int, first_col: int, scale: float = 1.0
    ) -> None: ...

class Composite(Objective):
    def __init__(
        self,
        design: DesignMatrix,
        evaluate: Callable[[_Floats], tuple[float, _Floats, _Floats]],
        *,
        hessian_products: Callable[[_Floats, _Floats], _Floats] | None = None,
    ) -> None: ...

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
    def __init__(self, params: _Floats, support: Sequence[int] = ...) -> None: ...

class SplicingOptions:
    max_iterations: int
    max_exchange: int
    dynamic_max_exchange: bool
    greedy: bool
    sequence: ExchangeSequence
    important_search: int
    threshold: float
    use_curvature: bool
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
    def iterations(self) -> int: ...
    @property
    def exchanges(self) -> int: ...
    @property
    def evaluations(self) -> Evaluations: ...

def solve_path(
    objective: Objective,
    problem: Problem,
    levels: Sequence[int],
    start: PathStart,
    options: SplicingOptions,
    *,
    numeric_solver: SupportFitter | None = None,
) -> list[LevelResult]: ...
