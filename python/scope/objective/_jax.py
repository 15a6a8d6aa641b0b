"""The names of JAX that may change, and the scoped state in which we use it.

Everything here that is not plain public API of JAX is here only, so that a new JAX breaks one file.
"""

import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from typing import Any, TypeVar

import jax
import jax.monitoring
import numpy as np
from jax._src import xla_bridge
from jax.api_util import debug_info
from jax.core import ShapedArray
from jax.extend.core import ClosedJaxpr, Jaxpr, Literal, Primitive
from jax.extend.linear_util import wrap_init

from scope.objective._forks import is_forked, refuse_after_fork, watch_forks, without_xla

try:
    from jax.interpreters.partial_eval import trace_to_jaxpr_dynamic
except ImportError:  # JAX means to rename it
    trace_to_jaxpr_dynamic: Any = None  # type: ignore[no-redef]

__all__ = [
    "ClosedJaxpr",
    "Jaxpr",
    "Literal",
    "Primitive",
    "abstract",
    "arithmetic",
    "bind",
    "compile_seconds",
    "converting_afresh",
    "in_double_precision",
    "inlined",
    "is_compiled",
    "jax_rule",
    "jaxpr_of",
    "literal_value",
    "on_cpu",
    "open_jaxpr",
    "precision_key",
    "scoped",
    "traced_afresh",
    "uncompiled",
    "user_x64",
]

# Calls that only group equations. Custom derivative rules are not among them, on purpose.
_TRANSPARENT = frozenset({"jit", "pjit", "closed_call", "core_call", "checkpoint", "remat"})

# What 64 bits are cut to in single precision, by kind, and the count of an object that only one
# other object holds.
_HALVED = {"i": 4, "u": 4, "f": 4, "c": 8}
_UNSHARED = 2

_MIXED_PRECISION = ("to have the same dtypes, got", "Cannot lower jaxpr with verifier")
_COMPILED: Any = type(jax.jit(lambda: None))

# What JAX calls functions and their argument in messages: to look for each one's names takes time.
_TRACED: Any = debug_info("scope", lambda params: params, (0.0,), {})

_Program = TypeVar("_Program")
_Result = TypeVar("_Result")
_ARITHMETIC = {"add": jax.lax.add, "mul": jax.lax.mul, "div": jax.lax.div}

# JAX's own modules whose rules depend on nothing but their arguments.
_OWN_RULES = ("lax/other.py", "numpy/ufuncs.py", "scipy/special.py", "nn/functions.py")
_SOURCE = Path(jax.__file__).parent / "_src"

_config: Any = jax.config


watch_forks(xla_bridge.backends_are_initialized)

# What XLA compiled in this thread, in seconds.
_compiled = threading.local()
_COMPILATION = ("jaxpr_to_mlir_module_duration", "backend_compile_duration")


def _note_compilation(event: str, duration_secs: float, **_: Any) -> None:
    if event.endswith(_COMPILATION):
        _compiled.seconds = compile_seconds() + duration_secs


jax.monitoring.register_event_duration_secs_listener(_note_compilation)


def compile_seconds() -> float:
    """Return how long JAX has lowered and compiled functions in this thread, ours or not."""
    return float(getattr(_compiled, "seconds", 0.0))


# Shapes of arrays that look like conversions and are none: the user's function makes them.
_made_while_tracing: set[tuple[Any, ...]] = set()


def traced_afresh(trace: Callable[[], tuple[_Program, list[Any]]]) -> tuple[_Program, list[Any]]:
    """Trace in double precision, without arrays that JAX has converted to single before.

    JAX (0.10 and later) keeps what it made of a NumPy array as long as a compiled function of the
    user's holds it, and hands it out in any precision: the trace would be wrong. Only a JAX that
    has forgotten what it compiled converts anew.
    """
    program, constants = converting_afresh(trace)
    suspects = _suspects(constants)
    if suspects and suspects not in _made_while_tracing:
        del program, constants
        _forget_conversions()
        program, constants = trace()
        if _suspects(constants) == suspects:
            _made_while_tracing.add(suspects)
    return program, [_unwrapped(value) for value in constants]


def _forget_conversions() -> None:
    clear: Callable[[], None] = jax.clear_caches
    clear()


def _suspects(constants: Sequence[Any]) -> tuple[Any, ...]:
    """Shapes of the constants of single precision that nobody but JAX holds."""
    return tuple(
        (str(value.dtype), value.shape)
        for value in constants
        if _is_wrapped(value)
        and value.dtype.itemsize == _HALVED.get(value.dtype.kind)
        and sys.getrefcount(value.base) <= _UNSHARED
    )


def _is_wrapped(value: Any) -> bool:
    return isinstance(value, np.ndarray) and type(value) is not np.ndarray


def _unwrapped(value: Any) -> Any:
    """Return the user's array: JAX may not find its wrapping in a function of the user's."""
    base = getattr(value, "base", None)
    if not _is_wrapped(value) or type(base) is not np.ndarray:
        return value
    same = all(
        getattr(base, name) == getattr(value, name) for name in ("dtype", "shape", "strides")
    )
    return base if same and base.ctypes.data == value.ctypes.data else value


def is_compiled(function: Any) -> bool:
    """Whether a user wrapped it in `jax.jit`."""
    return type(function) is _COMPILED


def uncompiled(function: Any) -> Any:
    """Return what a user wrapped in `jax.jit`: JAX would keep our conversions of its arrays."""
    return function.__wrapped__ if is_compiled(function) else function


def user_x64() -> bool:
    """Whether the user runs JAX in double precision."""
    return bool(_config.jax_enable_x64)


def abstract(shape: tuple[int, ...], dtype: Any) -> Any:
    """Stand for an array of which only shape and dtype matter."""
    struct: Any = jax.ShapeDtypeStruct
    return struct(shape, dtype)


def jaxpr_of(function: Callable[[Any], Any], shape: tuple[int, ...], dtype: Any) -> ClosedJaxpr:
    """Trace a function of one array that returns one, in half the time of `jax.make_jaxpr`.

    That wraps the function by `jax.jit` first, and keeps what it traced by function object: it
    would hand out the data of an earlier call, were it not given a new one.
    """
    if trace_to_jaxpr_dynamic is None:
        return jax.make_jaxpr(partial(function))(abstract(shape, dtype))
    call = wrap_init(lambda point: (function(point),), debug_info=_TRACED)
    jaxpr, _, captured = trace_to_jaxpr_dynamic(call, [ShapedArray(shape, np.dtype(dtype))])
    return ClosedJaxpr(jaxpr, captured)


@contextmanager
def scoped(x64: bool) -> Iterator[None]:
    """Set precision and device for this thread and this block; no global state is touched.

    Raises
    ------
    RuntimeError
        This process was forked after JAX had run.
    """
    refuse_after_fork()
    # The device by its name: what never compiles does not start XLA, which no fork survives.
    with jax.enable_x64(x64), jax.default_device("cpu"):
        yield


def in_double_precision(function: Callable[..., _Result], *arguments: Any) -> _Result:
    """Call a user's function in our scope; after a fork, without one, if it does without JAX."""
    if is_forked():
        return without_xla(function)(*arguments)
    return converting_afresh(lambda: _in_scope(function, *arguments))


def _in_scope(function: Callable[..., _Result], *arguments: Any) -> _Result:
    with scoped(x64=True):
        return function(*arguments)


def converting_afresh(function: Callable[..., _Result], *arguments: Any) -> _Result:
    """Call a function, once more where it fails on an array that JAX has converted before."""
    try:
        return function(*arguments)
    except (TypeError, ValueError) as error:
        if not any(sign in str(error) for sign in _MIXED_PRECISION):
            raise
    _forget_conversions()
    return function(*arguments)


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
