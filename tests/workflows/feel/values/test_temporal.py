from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.feel.errors import NoValue
from workflows.feel.values import Date, DateTime, Duration, Months, Time
from workflows.feel.values.temporal_text import parse_duration, parse_temporal, temporal_text


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-01",
        "-0044-03-15",
        "999999999-12-31",
        "09:30:00",
        "09:30:00.123456789Z",
        "09:30:00-05:30",
        "09:30:00@Asia/Shanghai",
        "2026-03-01T09:30:00.5+08:00:30",
        "-99999-12-31T23:59:59.999999999@Europe/Paris",
        "P1Y2M",
        "-P3M",
        "P0M",
        "P1DT2H3M4.000000001S",
        "-PT1S",
        "PT0S",
    ],
)
def test_a_temporal_text_comes_back_as_it_was(text):
    assert temporal_text(parse_temporal(text)) == text


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("24:00:00", "00:00:00"),
        ("2026-02-28T24:00:00", "2026-03-01T00:00:00"),
        ("09:30:00+00:00", "09:30:00Z"),
        ("09:30:00z", "09:30:00Z"),
        ("P14M", "P1Y2M"),
        ("PT36H", "P1DT12H"),
        ("PT0.1234567899S", "PT0.123456789S"),
    ],
)
def test_other_writings_of_the_same(text, same):
    assert temporal_text(parse_temporal(text)) == same


@pytest.mark.parametrize(
    "text",
    ["", "2026", "2026-13-01", "2026-02-29", "02026-01-01", "+2026-01-01", "1000000000-01-01", "25:00:00", "09:60:00",
     "9:00:00", "09:30:00+14:01", "09:30:00-15:00", "09:30:00+01:60", "09:30:00+02:00@Europe/Paris", "09:30:00@Nowhere",
     "09:30:00@Europe", "2026-03-01T", "P", "PT", "P1S", "P1W", "P1DT", "P1.5D", "P1Y1D", "P1D1Y", "-", "P" + "9" * 21 + "D"],
)  # fmt: skip
def test_what_is_no_temporal_text_is_refused(text):
    with pytest.raises(NoValue):
        parse_temporal(text)


@pytest.mark.parametrize(
    ("text", "property", "expected"),
    [
        ('@"2026-03-02"', "weekday", 1),
        ('@"2026-03-02T09:30:05.5+08:00"', "second", 5.5),
        ('@"2026-03-02T09:30:05+08:00"', "time offset", "PT8H"),
        ('@"2026-07-02T09:30:05@Europe/Paris"', "time offset", "PT2H"),
        ('@"2026-07-02T09:30:05@Europe/Paris"', "timezone", "Europe/Paris"),
        ('@"-P1DT2H"', "days", -1),
        ('@"-P1DT2H"', "hours", -2),
        ('@"PT1.5S"', "seconds", 1.5),
        ('@"-P14M"', "years", -1),
        ('@"-P14M"', "months", -2),
        ("[1..5)", "end included", False),
        ("(< 5)", "start", None),
        ("(>= 5)", "start included", True),
        ("(> 5)", "end", None),
        ("(= 5)", "end", 5),
    ],
)
def test_properties(value, text, property, expected):
    assert value(f"{text}.{property}") == expected


days = st.dates()
zones = st.sampled_from([UTC, ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Paris")])
# In the hour that clocks repeat, FEEL knows only the first one.
# Beyond these years Python has no neighbour for the offset.
moments = st.datetimes(datetime(3, 1, 1), datetime(9997, 12, 31), timezones=zones).filter(  # noqa: DTZ001 zones follow
    lambda moment: moment.fold == 0
)


@given(days, st.integers(-3000, 3000))
def test_days_agree_with_the_calendar_of_python(day, number):
    own = Date(day.year, day.month, day.day)
    assert own.days == (day - date(1970, 1, 1)).days
    assert own.weekday == day.isoweekday()
    assert Date.from_days(own.days) == own
    assert Date.from_days(own.days + number).days == own.days + number


@given(moments)
def test_instants_agree_with_those_of_python(moment):
    own, in_utc = DateTime.from_python(moment), moment.astimezone(UTC)
    assert own.instant == (in_utc - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 1000
    assert own.to_python() == in_utc
    assert parse_temporal(temporal_text(own)) == own


@given(st.integers(-(10**18), 10**18), st.integers(-(10**9), 10**9))
def test_durations_survive_their_text(nanos, months):
    assert parse_duration(temporal_text(Duration(nanos))) == Duration(nanos)
    assert parse_duration(temporal_text(Months(months))) == Months(months)


def test_values_leave_for_python_where_python_has_them():
    assert Date(2026, 3, 1).to_python() == date(2026, 3, 1)
    assert Duration(1_500_000_000).to_python() == timedelta(seconds=1.5)
    assert DateTime(Date(2026, 3, 1), Time(9, 0, 0)).to_python() == datetime(2026, 3, 1, 9)  # noqa: DTZ001 local
    with pytest.raises(ValueError, match="year"):
        Date(99999, 1, 1).to_python()


def test_out_of_range_is_refused():
    for make in (lambda: Duration(10**40), lambda: Months(10**20), lambda: Date(10**10, 1, 1), lambda: Time(0, 0, 61)):
        with pytest.raises(NoValue):
            make()
