"""行政强制法 43: no enforcement at night or on statutory holidays, except in an emergency."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.notices import OF_2027, notice
from tests.workflows.calendar.test_calendar import NAIVE, SHANGHAI, at
from workflows.calendar import CHINA, CalendarError, EnforcementHours, NaiveInstant, read_notice

HOURS = EnforcementHours()


@pytest.mark.parametrize(
    ("moment", "allowed", "next_moment"),
    [
        ("2026-03-02 09:00", True, "2026-03-02 09:00"),
        ("2026-03-02 06:00", True, "2026-03-02 06:00"),
        ("2026-03-02 05:59", False, "2026-03-02 06:00"),
        ("2026-03-02 21:59", True, "2026-03-02 21:59"),
        ("2026-03-02 22:00", False, "2026-03-03 06:00"),
        ("2026-03-06 23:00", False, "2026-03-09 06:00"),  # Friday night: Monday
        ("2026-03-07 10:00", False, "2026-03-09 06:00"),  # a Saturday, (2016)最高法行他81号
        ("2026-05-09 10:00", True, "2026-05-09 10:00"),  # a Saturday made up
        ("2026-09-30 22:30", False, "2026-10-08 06:00"),
        ("2026-10-07 23:00", False, "2026-10-08 06:00"),
    ],
)
def test_enforcement_waits_for_the_day_after_nights_and_holidays(moment: str, allowed: bool, next_moment: str) -> None:
    assert HOURS.may_enforce(at(moment)) is allowed
    assert HOURS.next_moment(at(moment)).at == at(next_moment)
    assert HOURS.may_enforce(at(moment), emergency=True)


def test_any_zone_goes_in_and_the_answer_is_in_utc() -> None:
    assert not HOURS.may_enforce(datetime(2026, 3, 2, 14, tzinfo=UTC))
    assert HOURS.next_moment(at("2026-03-02 23:00")).at.tzinfo is UTC
    with pytest.raises(NaiveInstant):
        HOURS.may_enforce(NAIVE, emergency=True)


def test_the_night_is_a_parameter() -> None:
    short = replace(HOURS, night=(time(0), time(5)))
    assert short.may_enforce(at("2026-03-02 23:30"))
    assert short.next_moment(at("2026-03-03 00:00")).at == at("2026-03-03 05:00")
    with pytest.raises(CalendarError):
        replace(HOURS, night=(time(6), time(6)))


def test_what_is_not_announced_is_provisional_but_fixed_festivals_are_known() -> None:
    night = HOURS.next_moment(at("2026-12-31 22:30"))
    assert (night.at, night.provisional) == (at("2027-01-04 06:00"), True)
    assert HOURS.next_moment(at("2027-10-01 09:00")).at == at("2027-10-04 06:00")
    announced = CHINA.days.knowing([read_notice(notice(2027, OF_2027))], "")
    known = EnforcementHours(replace(CHINA, days=announced)).next_moment(at("2027-10-01 09:00"))
    assert (known.at, known.provisional) == (at("2027-10-08 06:00"), False)


@settings(max_examples=60)
@given(
    st.datetimes(datetime(2024, 1, 1), datetime(2028, 1, 1), timezones=st.just(SHANGHAI)),  # noqa: DTZ001
    st.tuples(st.times(), st.times()).filter(lambda night: night[0] != night[1]),
)
def test_the_next_moment_is_the_first_that_is_allowed(moment: datetime, night: tuple[time, time]) -> None:
    hours = EnforcementHours(CHINA, night)
    found = hours.next_moment(moment).at
    assert found >= moment
    assert hours.may_enforce(found)
    steps = (found - moment) // timedelta(minutes=17)
    assert not any(hours.may_enforce(moment + step * timedelta(minutes=17)) for step in range(steps))
    assert found == moment or not hours.may_enforce(found - timedelta(microseconds=1))
