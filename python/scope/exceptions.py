"""The exceptions that scope raises itself; exceptions of user code pass through unchanged."""


class ScopeError(Exception):
    """Root of the exceptions of this package."""


class InvalidArgumentError(ScopeError, ValueError):
    """An argument, or what a user's function returned, has a wrong value or shape."""


class ArgumentTypeError(ScopeError, TypeError):
    """An argument, or what a user's function returned, has a wrong type."""


class NonFiniteError(ScopeError, ValueError, ArithmeticError):
    """The objective or its gradient is NaN or infinite at the start."""


class ForkedProcessError(ScopeError, RuntimeError):
    """JAX is needed in a process that was forked from one that had used it.

    Notes
    -----
    In a child that was forked while another thread was inside JAX, as Python's stacks show, nothing
    can be solved: the locks of JAX stay as they were. Spawn instead.
    """


class PrecisionWarning(UserWarning):
    """An objective could not be evaluated in double precision."""
