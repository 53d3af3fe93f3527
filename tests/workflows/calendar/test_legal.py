"""Legal periods: 日 means working days or days of the calendar, as the statute says."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workflows.calendar.test_calendar import NAIVE, at
from workflows.calendar import CHINA, InvalidPeriod, LegalPeriod, LegalUnit, NaiveInstant, Statute

PENALTY, COMPULSION, RECONSIDERATION = Statute
DAY, MONTH, YEAR = LegalUnit


@pytest.mark.parametrize(
    ("statute", "working"),
    [(PENALTY, {2, 3, 5, 7}), (COMPULSION, set(range(1, 11))), (RECONSIDERATION, {3, 5, 7, 10})],
)
def test_which_days_are_working_days_is_for_the_statute_to_say(statute: Statute, working: set[int]) -> None:
    assert {number for number in range(1, 400) if LegalPeriod(statute, number).in_working_days} == working
    assert not any(LegalPeriod(statute, number, MONTH).in_working_days for number in range(1, 20))


@pytest.mark.parametrize(
    ("statute", "start", "number", "unit", "last"),
    [
        (PENALTY, "2026-09-28", 5, DAY, "2026-10-10"),  # hearing requested “五日内”; a Saturday made up
        (PENALTY, "2026-02-12", 3, DAY, "2026-02-24"),
        (PENALTY, "2026-04-30", 7, DAY, "2026-05-13"),
        (PENALTY, "2026-07-10", 90, DAY, "2026-10-08"),
        (PENALTY, "2026-09-22", 15, DAY, "2026-10-08"),  # the 7th falls in the holiday
        (PENALTY, "2026-03-02", 4, DAY, "2026-03-06"),
        (PENALTY, "2026-03-03", 4, DAY, "2026-03-09"),  # the 7th is a Saturday
        (COMPULSION, "2026-03-02", 10, DAY, "2026-03-16"),
        (COMPULSION, "2026-03-02", 11, DAY, "2026-03-13"),
        (COMPULSION, "2026-01-31", 3, MONTH, "2026-04-30"),
        (RECONSIDERATION, "2026-03-02", 60, DAY, "2026-05-06"),  # 1 May, off until the 5th
        (RECONSIDERATION, "2026-03-02", 10, DAY, "2026-03-16"),
        (RECONSIDERATION, "2026-03-02", 2, DAY, "2026-03-04"),
        (PENALTY, "2024-02-29", 2, YEAR, "2026-02-28"),  # a Saturday made up: worked
        (PENALTY, "2023-10-02", 2, YEAR, "2025-10-09"),
    ],
)
def test_a_period_ends_on_the_last_of_its_days(
    statute: Statute, start: str, number: int, unit: LegalUnit, last: str
) -> None:
    end = LegalPeriod(statute, number, unit).ends(date.fromisoformat(start))
    assert (end.day, end.provisional) == (date.fromisoformat(last), False)


def test_it_ends_at_the_end_of_the_day() -> None:
    end = LegalPeriod(PENALTY, 5).ends(date(2026, 9, 28))
    assert end.at == at("2026-10-11 00:00")
    assert end.at.tzinfo is UTC


def test_an_instant_stands_for_the_local_day() -> None:
    late = datetime(2026, 9, 27, 16, tzinfo=UTC)  # midnight in Shanghai
    assert LegalPeriod(PENALTY, 5).ends(late).day == date(2026, 10, 10)
    with pytest.raises(NaiveInstant):
        LegalPeriod(PENALTY, 5).ends(NAIVE)


def test_where_a_court_does_not_follow_the_civil_procedure_it_ends_in_the_holiday() -> None:
    assert LegalPeriod(PENALTY, 15).ends(date(2026, 9, 22), next_working_day=False).day == date(2026, 10, 7)
    assert LegalPeriod(PENALTY, 5).ends(date(2026, 9, 28), next_working_day=False).day == date(2026, 10, 10)


@pytest.mark.parametrize(
    ("start", "number", "moves", "provisional"),
    [
        ("2026-12-28", 3, True, False),
        ("2026-12-28", 5, True, True),
        ("2026-12-28", 15, True, True),
        ("2026-12-28", 15, False, False),
        ("2026-09-28", 90, True, False),  # 27 December is a Sunday, the Monday after it official
        ("2003-12-01", 3, True, True),
    ],
)
def test_a_period_is_provisional_when_its_end_rests_on_days_nobody_announced(
    start: str, number: int, moves: bool, provisional: bool
) -> None:
    end = LegalPeriod(PENALTY, number).ends(date.fromisoformat(start), next_working_day=moves)
    assert end.provisional is provisional


@pytest.mark.parametrize("number", [0, -1, 2.5, True, 36_501])
def test_a_period_without_sense_is_refused(number: int) -> None:
    with pytest.raises(InvalidPeriod):
        LegalPeriod(PENALTY, number)


@pytest.mark.parametrize(("number", "unit"), [(5, DAY), (15, DAY), (1, MONTH), (1, YEAR)])
def test_beyond_the_year_9999_is_refused(number: int, unit: LegalUnit) -> None:
    with pytest.raises(InvalidPeriod, match="leaves the calendar"):
        LegalPeriod(PENALTY, number, unit).ends(date(9999, 12, 30))


def test_a_period_says_what_it_means() -> None:
    said = [str(LegalPeriod(PENALTY, 5)), str(LegalPeriod(PENALTY, 15)), str(LegalPeriod(COMPULSION, 3, MONTH))]
    assert said == ["5个工作日(行政处罚法)", "15日(行政处罚法)", "3个月(行政强制法)"]


# --- properties -----------------------------------------------------------------------------------------------


@given(st.dates(date(2000, 1, 1), date(2030, 1, 1)), st.sampled_from(Statute), st.integers(1, 100))
def test_the_last_day_is_found_by_walking(start: date, statute: Statute, number: int) -> None:
    period = LegalPeriod(statute, number)
    day, counted = start.toordinal(), 0
    while counted < number:
        day += 1
        counted += CHINA.days.is_working(day) or not period.in_working_days
    while not CHINA.days.is_working(day):
        day += 1
    assert period.ends(start).day == date.fromordinal(day)
