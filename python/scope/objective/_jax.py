"""The names of JAX that may change, and the scoped state in which we use it.

Everything here that is not plain public API of JAX is here only, so that a new JAX breaks one file.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import jax
import numpy as np
from jax.extend.core import ClosedJaxpr, Jaxpr, Literal, Primitive

__all__ = [
    "TRACE_ERRORS",
    "ClosedJaxpr",
    "Jaxpr",
    "Literal",
    "Primitive",
    "abstract",
    "arithmetic",
    "bind",
    "inlined",
    "jax_rule",
    "literal_value",
    "on_cpu",
    "open_jaxpr",
    "precision_key",
    "scoped",
    "user_x64",
]

# An objective that raises one of these while it is traced looks at values: it runs eagerly.
TRACE_ERRORS = (
    jax.errors.ConcretizationTypeError,
    jax.errors.NonConcreteBooleanIndexError,
    jax.errors.TracerArrayConversionError,
    jax.errors.TracerIntegerConversionError,
)

# Calls that only group equations. Custom derivative rules are not among them, on purpose.
_TRANSPARENT = frozenset({"jit", "pjit", "closed_call", "core_call", "checkpoint", "remat"})


_ARITHMETIC = {"add": jax.lax.add, "mul": jax.lax.mul, "div": jax.lax.div}

# JAX's own modules whose rules depend on nothing but their arguments.
_OWN_RULES = ("lax/other.py", "numpy/ufuncs.py", "scipy/special.py", "nn/functions.py")
_SOURCE = Path(jax.__file__).parent / "_src"

_config: Any = jax.config


def user_x64() -> bool:
    """Whether the user runs JAX in double precision."""
    return bool(_config.jax_enable_x64)


def abstract(shape: tuple[int, ...], dtype: Any) -> Any:
    """Stand for an array of which only shape and dtype matter."""
    struct: Any = jax.ShapeDtypeStruct
    return struct(shape, dtype)


@contextmanager
def scoped(x64: bool) -> Iterator[None]:
    """Set precision and device for this thread and this block; no global state is touched."""
    with jax.enable_x64(x64), jax.default_device(_cpu()):
        yield


def on_cpu(values: Sequence[Any]) -> list[Any]:
    """Place captured arrays once where the compiled functions run."""
    return [jax.device_put(np.asarray(value), _cpu()) for value in values]


def precision_key() -> tuple[Any, ...]:
    """Return the configuration that changes what an executable computes."""
    return (_config.jax_enable_x64, _config.jax_default_matmul_precision)


def open_jaxpr(jaxpr: Any) -> tuple[Any, Sequence[Any]]:
    """Split a jaxpr, closed or not, into its equations and its constants."""
    return getattr(jaxpr, "jaxpr", jaxpr), getattr(jaxpr, "consts", ())


def inlined(primitive: Primitive, params: dict[str, Any]) -> Any | None:
    """Return the jaxpr of a call that may be replaced by its body, else None."""
    return (
        params["jaxpr" if "jaxpr" in params else "call_jaxpr"]
        if (primitive.name in _TRANSPARENT)
        else None
    )


def jax_rule(params: dict[str, Any]) -> str | None:
    """Name a forward derivative rule that JAX itself defines for a function of plain arrays.

    Such a rule is known by its place in JAX's source; to trace it anew would cost milliseconds.
    """
    info = getattr(params.get("jvp_jaxpr_fun"), "debug_info", None)
    place = str(getattr(info, "func_src_info", ""))
    return place if any(f" at {_SOURCE / own}:" in place for own in _OWN_RULES) else None


def literal_value(literal: Any) -> Any:
    """Return a literal of a jaxpr as a zero-dimensional NumPy array of its dtype."""
    return np.asarray(literal.val, dtype=literal.aval.dtype)


@cache
def arithmetic(name: str) -> tuple[Any, dict[str, Any]]:
    """Return the primitive of an operation on float64, with its parameters in this JAX."""
    with jax.enable_x64(True):
        (equation,) = jax.make_jaxpr(_ARITHMETIC[name])(1.0, 1.0).eqns
    return equation.primitive, dict(equation.params)


def bind(primitive: Any, params: dict[str, Any], inputs: Sequence[Any]) -> list[Any]:
    """Apply a primitive of a jaxpr to values."""
    bound = primitive.get_bind_params(params)
    functions, bind_params = bound if isinstance(bound, tuple) else ((), bound)  # tuple: jax < 0.9
    outputs = primitive.bind(*functions, *inputs, **bind_params)
    return list(outputs) if primitive.multiple_results else [outputs]


def _cpu() -> Any:
    return jax.local_devices(backend="cpu")[0]
