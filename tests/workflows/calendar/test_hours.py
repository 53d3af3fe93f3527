"""Office hours, as code and registers write them."""

from __future__ import annotations

from dataclasses import replace
from datetime import time
from decimal import Decimal

import pytest

from tests.workflows.calendar.test_calendar import at, limit
from workflows.calendar import CHINA, CalendarError, OfficeHours, Unit

SUMMER = [["08:00", "12:00"], ["14:30", "17:30"]]


def test_a_register_says_the_hours_and_gets_them_back() -> None:
    hours = OfficeHours.of(SUMMER)
    assert hours == OfficeHours((time(8), time(12)), (time(14, 30), time(17, 30)))
    assert hash(hours) == hash(OfficeHours.of(SUMMER))
    assert hours != CHINA.hours
    assert hours.slots == SUMMER
    assert repr(hours) == "OfficeHours(08:00-12:00, 14:30-17:30)"
    assert OfficeHours.of([["08:00:30", "09:00"]]).slots == [["08:00:30", "09:00"]]


def test_a_working_day_is_as_long_as_the_hours_of_one_day() -> None:
    summer = replace(CHINA, hours=OfficeHours.of(SUMMER))
    assert summer.due(at("2026-03-02 17:00"), limit("1", Unit.WORK_DAY)).at == at("2026-03-03 17:00")
    assert summer.due(at("2026-03-02 08:00"), limit("7", Unit.WORK_HOUR)).at == at("2026-03-02 17:30")
    assert summer.used(at("2026-03-02 08:00"), at("2026-03-02 18:00"), Unit.WORK_DAY) == Decimal(1)


def test_who_is_on_duty_day_and_night_counts_whole_days() -> None:
    duty = replace(CHINA, hours=OfficeHours.of([["00:00", "24:00"]]))
    assert duty.due(at("2026-03-06 20:00"), limit("8", Unit.WORK_HOUR)).at == at("2026-03-09 04:00")
    assert duty.due(at("2026-03-06 20:00"), limit("4", Unit.WORK_HOUR)).at == at("2026-03-07 00:00")
    assert duty.hours.slots == [["00:00", "24:00"]]


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        "08:00-12:00",
        [["08:00"]],
        [["08:00", "12:00", "13:00"]],
        [[8, 12]],
        [["8", "noon"]],
        [["12:00", "08:00"]],
        [["08:00", "12:00"], ["11:00", "18:00"]],
        [["24:00", "12:00"]],
        [["08:00+08:00", "12:00+08:00"]],
    ],
)
def test_what_are_no_hours_is_refused(value: object) -> None:
    with pytest.raises(CalendarError, match="办公时段"):
        OfficeHours.of(value)
