"""Checks of survival data: what passes, in what form, and every error text."""

import re

import numpy as np
import pytest

from scope.utilities import check_array_survival, check_y_survival

FIELDS = [("dead", bool), ("days", float)]
EVENT, TIME = [True, False, True], [3.0, 1.0, 2.0]
Y = np.array(list(zip(EVENT, TIME, strict=True)), dtype=FIELDS)
STRUCTURE = (
    "y must be a structured array with the first field being a binary class event indicator and "
    "the second field the time of the event/censoring"
)


def test_a_structured_array_is_split():
    event, time = check_y_survival(Y)
    assert event.dtype == bool
    assert event.tolist() == EVENT
    assert time.dtype == np.float64
    assert time.tolist() == TIME


def test_fields_are_taken_by_position_not_by_name():
    renamed = Y.astype([("time", bool), ("event", np.float32)])
    event, time = check_y_survival(renamed)
    assert event.tolist() == EVENT
    assert time.tolist() == TIME


def test_an_indicator_comes_with_any_number_of_times():
    event, entry, left, time = check_y_survival(EVENT, [0, 0, 1], None, np.float32(TIME))
    assert event.tolist() == EVENT
    assert entry.tolist() == [0.0, 0.0, 1.0]
    assert left is None
    assert time.dtype == np.float64


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ((EVENT,), STRUCTURE),
        ((np.array(TIME),), STRUCTURE),
        ((np.array([(True, 1.0, 2.0)], dtype=[*FIELDS, ("more", float)]),), STRUCTURE),
        (([1, 0, 1], TIME), "elements of event indicator must be boolean, but found int64"),
        (([False, False], [1.0, 2.0]), "all samples are censored"),
        ((EVENT, ["a", "b", "c"]), "time must be numeric, but found <U1 for argument 2"),
        ((EVENT, TIME, [True] * 3), "time must be numeric, but found bool for argument 3"),
        ((EVENT, [1.0, 2.0]), "inconsistent numbers of samples"),
        ((EVENT, [1.0, np.nan, 2.0]), "NaN"),
        (([], []), "0 sample"),
    ],
)
def test_errors(arguments, text):
    with pytest.raises(ValueError, match=re.escape(text)):
        check_y_survival(*arguments)


def test_all_censored_is_allowed_on_request():
    event, time = check_y_survival([False, False], [1.0, 2.0], allow_all_censored=True)
    assert not event.any()
    assert time.tolist() == [1.0, 2.0]


def test_samples_and_survival_have_one_length():
    event, time = check_array_survival(np.zeros((3, 2)), Y)
    assert event.tolist() == EVENT
    assert time.tolist() == TIME
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        check_array_survival(np.zeros((4, 2)), Y)
