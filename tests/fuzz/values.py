"""Values that somebody may hand to any argument."""

import datetime
import decimal
import fractions
import functools

import jax.numpy as jnp
import numpy as np
from hypothesis import strategies as st

WORDS = ["", "a", "seq", "gs", "halve", "taper", "off", "debug", "auto", "exhaustive", "MinVar"]
HUGE = [2**31, 2**53, 2**63 - 1, 2**63, -(2**63), 10**30, -(10**400)]


class Odd:
    """An object that is nothing else, and cannot be called with anything."""

    def __init__(self, *arguments):
        if arguments:
            raise TypeError("no arguments")

    def __repr__(self):
        return "Odd()"


class Unspeakable(Odd):
    """Even its representation raises."""

    def __repr__(self):
        raise RuntimeError("no representation")


class Lengthy(Odd):
    """Has a length that lies."""

    def __len__(self):
        return 3


OBJECTS = st.sampled_from(
    [
        None,
        Ellipsis,
        NotImplemented,
        Odd(),
        Lengthy(),
        Odd,
        len,
        functools.partial(pow, 2),
        b"",
        b"ab",
        {},
        {0: 1},
        {"a": None},
        frozenset({0, 1}),
        {1.5},
        range(3),
        range(0),
        slice(2),
        fractions.Fraction(1, 2),
        fractions.Fraction(2),
        decimal.Decimal("1"),
        decimal.Decimal("nan"),
        datetime.date(2020, 1, 1),
        1j,
        complex("nan"),
    ]
)
NUMBERS = st.one_of(
    st.booleans(),
    st.integers(-3, 12),
    st.sampled_from(HUGE),
    st.floats(),
    st.sampled_from([0.5, 1.0, 2.0, 1e-320, -0.0]),
)
SCALARS = st.one_of(
    NUMBERS.map(np.asarray),
    st.sampled_from(
        [
            np.int8(2),
            np.uint64(2**63),
            np.float32(1),
            np.float16("nan"),
            np.bool_(True),
            np.str_("a"),
        ]
    ),
    st.sampled_from([np.datetime64("2020-01-01"), np.timedelta64(1, "D"), np.complex64(1)]),
    st.integers(0, 3).map(jnp.asarray),
)
SHAPES = [(), (0,), (1,), (3,), (5,), (0, 3), (1, 1), (5, 2), (2, 2, 2)]
DTYPES = ["i8", "u1", "f8", "f4", "f2", "c16", "?", "O", "U3", "S2", "M8[D]", ">i4", "V4"]


@st.composite
def arrays(draw):
    """Draw an array of any dtype and shape, of small numbers where the dtype has numbers."""
    shape, dtype = draw(st.sampled_from(SHAPES)), np.dtype(draw(st.sampled_from(DTYPES)))
    if dtype.kind in "OUSMV":
        return np.zeros(shape, dtype)
    size = int(np.prod(shape))
    content = draw(st.lists(st.integers(0, 6), min_size=size, max_size=size))
    array = np.reshape(np.array(content, dtype=np.float64), shape).astype(dtype)
    if dtype.kind == "f" and array.size and draw(st.booleans()):
        array.flat[0] = draw(st.sampled_from([np.nan, np.inf, -np.inf, 0.5]))
    return array


ATOMS = st.one_of(OBJECTS, NUMBERS, st.sampled_from(WORDS), SCALARS)
LISTS = st.recursive(
    st.one_of(NUMBERS, st.none(), st.sampled_from(WORDS)),
    lambda inner: st.lists(inner, max_size=4) | st.tuples(inner, inner),
    max_leaves=8,
)
ANYTHING = st.one_of(ATOMS, LISTS, arrays(), st.just(Unspeakable()))
