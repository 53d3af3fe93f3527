"""Years of days: official where they were announced, a guess elsewhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from tests.support.notices import OF_2027, notice
from tests.workflows.calendar.test_calendar import at, limit
from workflows.calendar import CHINA, CalendarError, Days, Status, Unit, Year, read_notice

IN_2027 = CHINA.days.knowing([read_notice(notice(2027, OF_2027))], "7")


def year(number: int, holidays: str = "", workdays: str = "") -> Year:
    off, worked = (frozenset(map(date.fromisoformat, days.split())) for days in (holidays, workdays))
    return Year(number, off, worked, "通知")


def test_the_years_of_the_library_are_official_and_no_others() -> None:
    assert [CHINA.days.status(each) for each in (2003, 2004, 2026, 2027)] == [
        Status.PROVISIONAL,
        Status.OFFICIAL,
        Status.OFFICIAL,
        Status.PROVISIONAL,
    ]
    assert CHINA.days.version.startswith("chinesecalendar 1.")


@pytest.mark.parametrize(("asked", "until"), [(2003, None), (2004, 2026), (2026, 2026), (2027, None), (2029, 2029)])
def test_it_is_official_until_the_first_year_nobody_announced(asked: int, until: int | None) -> None:
    assert CHINA.days.knowing([year(2029)], "").official_until(asked) == until


def test_a_gap_between_official_years_makes_what_crosses_it_provisional() -> None:

    gap = replace(CHINA, days=CHINA.days.knowing([year(2028)], ""))
    assert gap.due(at("2026-12-01 09:00"), limit("300", Unit.WORK_DAY)).provisional
    assert not gap.due(at("2028-03-01 09:00"), limit("100", Unit.WORK_DAY)).provisional


def test_a_year_told_anew_replaces_what_was_known_and_leaves_the_rest() -> None:
    days = CHINA.days
    assert IN_2027.version == "7"
    assert IN_2027.status(2027) is Status.OFFICIAL
    assert not IN_2027.is_working(date(2027, 10, 1).toordinal())
    assert IN_2027.is_working(date(2027, 9, 26).toordinal())
    assert days.is_working(date(2027, 10, 1).toordinal()), "the old days stay as they were"
    differences = days.differences(IN_2027)
    assert differences == IN_2027.differences(days)
    assert {day.year for day in differences} == {2027}
    assert date(2027, 10, 1) in differences
    assert date(2027, 10, 2) not in differences, "a Saturday is off either way"


def test_the_days_of_december_are_as_the_later_notice_says() -> None:
    own = year(2027, holidays="2027-12-31")
    later = year(2028, workdays="2027-12-25", holidays="2027-12-30")
    contradiction = year(2028, workdays="2027-12-26")
    assert [Days([own, later]).is_working(date(2027, 12, day).toordinal()) for day in (25, 30, 31)] == [
        True,
        False,
        False,
    ]
    own_26 = year(2027, holidays="2027-12-26")
    assert Days([contradiction, own_26]).is_working(date(2027, 12, 26).toordinal())


@pytest.mark.parametrize(
    ("number", "holidays", "workdays", "complaint"),
    [
        (2027, "2027-10-01", "2027-10-01", "Both"),
        (2027, "2026-11-30", "", "2026-12-01"),
        (2027, "2028-01-01", "", "2027-12-31"),
        (2027, "", "2027-10-08", "weekend"),
    ],
)
def test_a_year_that_cannot_be_is_refused(number: int, holidays: str, workdays: str, complaint: str) -> None:
    with pytest.raises(CalendarError, match=complaint):
        year(number, holidays, workdays)


def test_a_year_given_twice_is_refused() -> None:
    with pytest.raises(CalendarError, match="twice"):
        Days([year(2027), year(2027)])


def test_without_any_year_it_is_monday_to_friday() -> None:
    days = Days([])
    assert [days.is_working(date(2026, 10, day).toordinal()) for day in range(5, 12)] == [True] * 5 + [False] * 2
    assert days.status(2026) is Status.PROVISIONAL


def test_the_statuses_have_names() -> None:
    assert [each.label for each in Status] == ["正式", "暂定"]
