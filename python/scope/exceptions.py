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
    This is raised for forks between uses of JAX. A child that is forked while another thread is
    inside JAX inherits its locks as they are, and may wait for them for ever: spawn instead.
    """


class PrecisionWarning(UserWarning):
    """An objective could not be evaluated in double precision."""
