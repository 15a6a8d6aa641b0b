"""What a call may end with: an answer that holds, or an exception that helps."""

import re
import traceback
import warnings
from pathlib import Path

import numpy as np

import scope
from scope.exceptions import ScopeError

HERE = Path(__file__).parent
PACKAGE = Path(scope.__file__).parent
# The words of skscope's messages that stand for an argument.
SUBJECTS = "group|initial active set|number of subsets|layers|samples?|features|weights?|"
SUBJECTS += "objective|gradient|hessian|params|seed|y|X|input|parameter|estimator"


class Finding(AssertionError):
    """A call did what it must not."""


def _owner(frame):
    path = Path(frame.filename)
    if HERE in path.parents:
        return "user"
    if PACKAGE in path.parents:
        return "scope"
    return "sklearn" if "sklearn" in path.parts else None


def _last_owner(error):
    owners = [_owner(frame) for frame in traceback.extract_tb(error.__traceback__)]
    known = [owner for owner in owners if owner is not None]
    return known[-1] if known else "user"


def _names(error, arguments):
    said = "\n".join([str(error), *getattr(error, "__notes__", [])])
    words = "|".join(map(re.escape, arguments))
    return re.search(rf"(?i)(?<![a-z])({words}|{SUBJECTS})(?![a-z])", said) is not None


def judge_error(error, arguments):
    """Raise a `Finding` unless an exception is documented, or the user's own."""
    owner = _last_owner(error)
    noted = "was called with" in "".join(getattr(error, "__notes__", []))
    if owner == "user" or noted or isinstance(error, MemoryError):
        return
    documented = isinstance(error, (ScopeError, AssertionError))
    if isinstance(error, (ValueError, TypeError, OverflowError)) and owner == "sklearn":
        return  # in the words that its users know
    if not documented:
        raise Finding(f"undocumented {type(error).__name__}: {error}") from error
    if not _names(error, arguments):
        raise Finding(f"the message names no argument: {error}") from error


def judge_warnings(caught):
    """Raise a `Finding` where our own arithmetic warned."""
    for warning in caught:
        own = PACKAGE in Path(warning.filename).parents
        if own and issubclass(warning.category, (RuntimeWarning, FutureWarning)):
            raise Finding(f"{warning.filename}:{warning.lineno}: {warning.message}")


def judge_answer(solver, before):
    """Raise a `Finding` unless the last solve left a consistent answer and the solver as it was."""
    p = int(solver.dimensionality)
    params, support = solver.params, solver.support_set
    problems = {
        "params": params.shape == (p,) and params.dtype == np.float64,
        "finite params": np.all(np.isfinite(params)),
        "support": np.array_equal(support, np.flatnonzero(params)),
        "objective_value": isinstance(solver.objective_value, float),
        "finite objective_value": np.isfinite(solver.objective_value),
        "stationarity": solver.result.stationarity >= 0.0,
        "status": isinstance(solver.result.status, str),
        "parameters": all(getattr(solver, name) is value for name, value in before.items()),
    }
    wrong = [name for name, holds in problems.items() if not holds]
    if wrong:
        raise Finding(f"wrong: {', '.join(wrong)}; {solver.result}")


def judged(call, arguments):
    """Run a call; return whether it gave an answer."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            call()
        except (KeyboardInterrupt, SystemExit, Finding):
            raise
        except BaseException as error:  # noqa: BLE001  # whatever comes is what is judged
            judge_error(error, arguments)
            return False
    judge_warnings(caught)
    return True
