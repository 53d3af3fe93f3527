"""Segments: they divide the values of a type, and their examples lie inside them."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflows.decisions.analysis.axes import AXES, PROBES, ZONED, kind_of
from workflows.decisions.analysis.domain import cut, kinds_of
from workflows.feel.operators import less
from workflows.feel.values import Date, DateTime, Duration, Months, Time

days = st.integers(-1000, 40_000)
nanos = st.one_of(st.integers(0, 86_400 * 10**9 - 1), st.integers(0, 23).map(lambda hour: hour * 3600 * 10**9))
times = nanos.map(lambda value: Time.from_nanos(value, None))
dates = days.map(Date.from_days)
VALUES = {
    "number": st.one_of(st.integers(-5, 5).map(Decimal), st.decimals(allow_nan=False, allow_infinity=False, places=3)),
    "date": dates,
    "time": times,
    "date and time": st.builds(DateTime, dates, times),
    ZONED: st.builds(
        lambda day, nano, zone: DateTime(day, Time.from_nanos(nano, zone)),
        dates,
        nanos,
        st.sampled_from([0, 8 * 3600, "Asia/Shanghai"]),
    ),
    "days and time duration": st.integers(-(10**15), 10**15).map(Duration),
    "years and months duration": st.integers(-30, 30).map(Months),
}


@pytest.mark.parametrize("kind", AXES)
@settings(max_examples=60)
@given(st.data())
def test_points_and_what_lies_between_alternate_and_examples_are_inside(kind: str, data: st.DataObject) -> None:
    values = data.draw(st.lists(VALUES[kind], min_size=kind == ZONED, max_size=6))
    domain = cut({kind}, values, foreign=False)
    line = domain.segments[: domain.usual.bit_length()]
    for segment in line:
        assert kind_of(segment.value) == kind
        if not segment.point:
            assert segment.low is None or less(segment.low, segment.value)
            assert segment.high is None or less(segment.value, segment.high)
    for one, other in pairwise(line):
        assert less(one.value, other.value)
    points = [segment.value for segment in line if segment.point]
    assert len(domain.places_of(values)) == len(points)
    assert domain.places_of(values) == {place for place, segment in enumerate(line) if segment.point}


@pytest.mark.parametrize(
    ("low", "high", "value"),
    [
        ("18", "60", "19"),
        ("18", "19", "18.5"),
        ("0.1", "0.9", "0.5"),
        ("1.25", "1.26", "1.255"),
        (None, "0", "-1"),
        (None, "2.5", "2"),
        ("2.5", None, "3"),
        ("-0.5", "0.5", "0"),
        ("1E6000", None, "1E6001"),
        ("1E-6000", "2E-6000", "1.5E-6000"),
    ],
)
def test_the_example_between_two_numbers_is_one_that_people_would_name(low, high, value: str) -> None:
    found = AXES["number"].between(*(None if end is None else Decimal(end) for end in (low, high)))
    assert found == Decimal(value)


def test_numbers_written_differently_are_one_point() -> None:
    domain = cut({"number"}, [Decimal("1.0"), Decimal(1), 1], foreign=False)
    assert sum(segment.point for segment in domain.segments) == 2  # and null


def test_a_boolean_is_no_number() -> None:
    domain = cut({"number", "boolean"}, [True, Decimal(1)], foreign=False)
    assert {(each.kind, each.value) for each in domain.segments if each.point} == {
        ("boolean", True),
        ("boolean", False),
        ("number", Decimal(1)),
        ("null", None),
    }


def test_the_other_text_is_none_of_those_named() -> None:
    domain = cut({"string"}, ["其他", "甲"], foreign=False)
    assert [each.value for each in domain.segments] == ["其他", "甲", "其他值", None]


def test_an_undeclared_column_may_get_values_of_every_other_kind() -> None:
    domain = cut({"number"}, [Decimal(5)], foreign=True)
    kinds = {each.kind for place, each in enumerate(domain.segments) if 1 << place & domain.foreign}
    assert kinds == {kind for kind, _ in PROBES} - {"number"}


@pytest.mark.parametrize(
    ("declared", "values", "kinds"),
    [
        ("number", [], {"number"}),
        ("number", [Decimal(1), "a"], {"number"}),
        ("number", ["a"], {"string"}),
        ("", ["a", Decimal(1), None], {"string", "number"}),
        ("Any", [], set()),
        ("tPerson", [], set()),
        ("date and time", [DateTime(Date(2026, 1, 5), Time(9, 0, 0, 0, 0))], {ZONED}),
    ],
)
def test_a_column_is_for_its_type_unless_all_cells_are_for_another(declared: str, values, kinds) -> None:
    assert kinds_of(declared, values) == kinds
