"""From the arguments of a solver to the options of the engine."""

from typing import Any

from scope import _core

_POLISHES = {choice.name: choice for choice in _core.SwapPolish}
_SEQUENCES = {choice.name: choice for choice in _core.ExchangeSequence}


def splicing_options(solver: Any) -> _core.SplicingOptions:
    """Return the options of a validated ScopeSolver."""
    options = _core.SplicingOptions()
    options.max_iterations = int(solver.max_iter)
    options.max_exchange = int(solver.max_exchange_num)
    options.dynamic_max_exchange = bool(solver.is_dynamic_max_exchange_num)
    options.greedy = bool(solver.greedy)
    options.sequence = _SEQUENCES[solver.splicing_type]
    options.important_search = int(solver.important_search)
    options.threshold = float(solver.threshold)
    options.polish = _POLISHES[solver.swap_polish]
    options.use_curvature = solver.use_hessian is not False
    return options
