"""Working time, by the vectors of the trade and by a counter too slow to be wrong."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from zoneinfo import ZoneInfo

import chinese_calendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflows.calendar import (
    CHINA,
    CalendarError,
    Days,
    InvalidLimit,
    Limit,
    NaiveInstant,
    OfficeHours,
    Unit,
    WorkingCalendar,
    Year,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
MINUTE = timedelta(minutes=1)
SLOTS = ((time(8), time(12)), (time(14), time(18)))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def limit(number: str, unit: Unit) -> Limit:
    return Limit(unit, Decimal(number))


def due(start: str, number: str, unit: Unit, fraction: str = "1") -> datetime:
    return CHINA.due(at(start), limit(number, unit), Decimal(fraction)).at


@pytest.mark.parametrize(
    ("start", "number", "unit", "end"),
    [
        ("2026-09-30 17:00", "2", Unit.URGENT_HOUR, "2026-09-30 19:00"),
        ("2026-09-30 17:00", "4", Unit.WORK_HOUR, "2026-10-08 11:00"),
        ("2026-09-30 17:00", "1", Unit.WORK_DAY, "2026-10-08 17:00"),
        ("2026-09-30 17:00", "5", Unit.WORK_DAY, "2026-10-13 17:00"),
        ("2026-02-13 16:30", "4", Unit.WORK_HOUR, "2026-02-14 10:30"),
        ("2026-02-13 16:30", "5", Unit.WORK_DAY, "2026-02-27 16:30"),
        ("2026-05-08 17:00", "1", Unit.WORK_DAY, "2026-05-09 17:00"),
        ("2026-06-18 19:00", "2", Unit.WORK_HOUR, "2026-06-22 10:00"),
        ("2026-03-02 12:30", "1", Unit.WORK_HOUR, "2026-03-02 15:00"),
        ("2026-07-10 09:00", "90", Unit.NATURAL_DAY, "2026-10-08 09:00"),
        # the stroke of closing is today's, and of noon the morning's
        ("2026-03-02 08:00", "8", Unit.WORK_HOUR, "2026-03-02 18:00"),
        ("2026-03-02 08:00", "4", Unit.WORK_HOUR, "2026-03-02 12:00"),
        ("2026-03-02 18:00", "1", Unit.WORK_DAY, "2026-03-03 18:00"),
        ("2026-03-07 10:00", "1", Unit.WORK_DAY, "2026-03-09 18:00"),
        # fractions
        ("2026-03-02 17:00", "0.5", Unit.WORK_DAY, "2026-03-03 11:00"),
        ("2026-03-02 17:59:30", "0.025", Unit.WORK_HOUR, "2026-03-03 08:01:00"),
        ("2026-03-02 00:00", "0.001", Unit.URGENT_HOUR, "2026-03-02 00:00:03.600"),
    ],
)
def test_a_limit_ends_when_the_trade_says_it_does(start: str, number: str, unit: Unit, end: str) -> None:
    assert due(start, number, unit) == at(end)


@pytest.mark.parametrize(
    ("notice", "number", "last_day"),
    [("2026-09-28", 5, "2026-10-10"), ("2026-02-12", 3, "2026-02-24"), ("2026-04-30", 7, "2026-05-13")],
)
def test_the_nth_working_day_after_a_notice(notice: str, number: int, last_day: str) -> None:
    served = date.fromisoformat(notice).toordinal()
    assert date.fromordinal(CHINA.days.nth(CHINA.days.before(served + 1) + number - 1)) == date.fromisoformat(last_day)


def test_the_answer_is_in_utc() -> None:
    answer = CHINA.due(at("2026-03-02 09:00"), limit("1", Unit.WORK_HOUR)).at
    assert answer.tzinfo is UTC
    assert answer.isoformat() == "2026-03-02T02:00:00+00:00"


def test_any_zone_goes_in() -> None:
    assert CHINA.due(datetime(2026, 3, 2, 1, tzinfo=UTC), limit("1", Unit.WORK_HOUR)).at == at("2026-03-02 10:00")


@pytest.mark.parametrize(
    ("fraction", "end"),
    [
        ("0", "2026-09-30 17:00"),
        ("0.7", "2026-10-08 09:48"),
        ("1", "2026-10-08 11:00"),
        ("2", "2026-10-08 17:00"),
        ("4", "2026-10-09 17:00"),
    ],
)
def test_the_rungs_of_a_ladder_are_fractions_of_the_limit(fraction: str, end: str) -> None:
    assert due("2026-09-30 17:00", "4", Unit.WORK_HOUR, fraction) == at(end)


@pytest.mark.parametrize(
    ("start", "number", "unit", "provisional"),
    [
        ("2026-12-31 16:00", "2", Unit.WORK_HOUR, False),
        ("2026-12-31 16:00", "3", Unit.WORK_HOUR, True),
        ("2026-12-31 16:00", "30", Unit.NATURAL_DAY, False),
        ("2031-05-01 09:00", "1", Unit.WORK_HOUR, True),
        ("2003-12-31 09:00", "5", Unit.WORK_DAY, True),
        ("2004-01-05 09:00", "5", Unit.WORK_DAY, False),
    ],
)
def test_working_time_over_years_nobody_announced_is_provisional(
    start: str, number: str, unit: Unit, provisional: bool
) -> None:
    assert CHINA.due(at(start), limit(number, unit)).provisional is provisional


def test_a_year_without_data_is_monday_to_friday() -> None:
    assert due("2027-09-30 17:00", "1", Unit.WORK_DAY) == at("2027-10-01 17:00")  # a Friday, surely a holiday


@pytest.mark.parametrize(
    ("start", "now", "unit", "used"),
    [
        ("2026-09-30 17:00", "2026-10-08 11:00", Unit.WORK_HOUR, "4"),
        ("2026-09-30 17:00", "2026-10-08 11:00", Unit.WORK_DAY, "0.5"),
        ("2026-09-30 17:00", "2026-10-05 11:00", Unit.WORK_HOUR, "1"),
        ("2026-09-30 17:00", "2026-10-01 17:00", Unit.NATURAL_DAY, "1"),
        ("2026-09-30 17:00", "2026-09-30 17:45", Unit.URGENT_HOUR, "0.75"),
        ("2026-09-30 17:00", "2026-09-30 09:00", Unit.WORK_HOUR, "0"),
    ],
)
def test_used_counts_what_has_run(start: str, now: str, unit: Unit, used: str) -> None:
    assert CHINA.used(at(start), at(now), unit) == Decimal(used)


NAIVE = datetime(2026, 3, 2, 9)  # noqa: DTZ001


@pytest.mark.parametrize("unit", Unit)
def test_a_time_without_zone_is_refused(unit: Unit) -> None:
    with pytest.raises(NaiveInstant, match="2026-03-02T09:00"):
        CHINA.due(NAIVE, limit("1", unit))
    with pytest.raises(NaiveInstant, match="时区"):
        CHINA.used(at("2026-03-02 09:00"), NAIVE, unit)


@pytest.mark.parametrize("number", ["0", "-1", "NaN", "Infinity", "1000000000"])
def test_a_limit_without_sense_is_refused(number: str) -> None:
    with pytest.raises(InvalidLimit, match="工作日"):
        limit(number, Unit.WORK_DAY)


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        ({"unit": "fortnight", "number": 1}, "fortnight"),
        ({"unit": "work_day", "number": "1"}, "number"),
        ({"unit": "work_day", "number": True}, "number"),
        ({"unit": "work_day"}, "number"),
        (None, "None"),
        ("4h", "4h"),
    ],
)
def test_what_a_table_gives_must_be_a_limit(value: object, complaint: str) -> None:
    with pytest.raises(InvalidLimit, match=complaint):
        Limit.of(value)


def test_a_table_gives_a_limit() -> None:
    assert Limit.of({"unit": "work_hour", "number": 4}) == limit("4", Unit.WORK_HOUR)
    assert Limit.of({"unit": "work_day", "number": 0.1}) == limit("0.1", Unit.WORK_DAY)
    assert str(Limit.of({"unit": "work_day", "number": Decimal("2.5")})) == "2.5 工作日"


@pytest.mark.parametrize("fraction", ["-0.1", "101", "NaN"])
def test_a_fraction_without_sense_is_refused(fraction: str) -> None:
    with pytest.raises(InvalidLimit, match="fraction"):
        due("2026-03-02 09:00", "1", Unit.WORK_DAY, fraction)


@pytest.mark.parametrize("unit", Unit)
def test_beyond_the_year_9999_is_refused(unit: Unit) -> None:
    with pytest.raises(InvalidLimit, match="leaves the calendar"):
        due("9999-12-30 17:00", "100", unit)


def test_other_days_and_hours_make_another_calendar() -> None:
    new_year = date(2026, 1, 1)
    night_watch = WorkingCalendar(
        zone=ZoneInfo("Europe/Amsterdam"),
        days=Days([Year(2026, frozenset({new_year}), frozenset(), "notice")]),
        hours=OfficeHours((time(22), time(23, 30))),
    )
    start = datetime(2025, 12, 31, 23, tzinfo=night_watch.zone)
    answer = night_watch.due(start, limit("1", Unit.WORK_DAY))
    assert answer.at == datetime(2026, 1, 2, 23, tzinfo=night_watch.zone)
    assert answer.provisional


def test_office_hours_in_disorder_are_refused() -> None:
    for slots in [[], [(time(12), time(8))], [(time(8), time(12)), (time(11), time(18))]]:
        with pytest.raises(CalendarError, match="slots"):
            OfficeHours(*slots)


def test_every_announced_day_is_as_announced() -> None:
    day, end = date(2004, 1, 1), date(2026, 12, 31)
    worked = CHINA.days.before(day.toordinal())
    while day <= end:
        ordinal = day.toordinal()
        assert CHINA.days.is_working(ordinal) == chinese_calendar.is_workday(day)
        assert CHINA.days.before(ordinal) == worked
        if CHINA.days.is_working(ordinal):
            assert CHINA.days.nth(worked) == ordinal
            worked += 1
        day += timedelta(days=1)


def test_the_rests_and_the_made_up_days_of_2026_are_those_of_the_notice() -> None:
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
    runs = [
        [day for _, day in run]
        for free, run in itertools.groupby(
            ((not CHINA.days.is_working(day.toordinal()), day) for day in days), lambda each: each[0]
        )
        if free
    ]
    rests = {f"{run[0]:%m-%d}": len(run) for run in runs if len(run) >= 3}
    assert rests == {"01-01": 3, "02-15": 9, "04-04": 3, "05-01": 5, "06-19": 3, "09-25": 3, "10-01": 7}
    made_up = [f"{day:%m-%d}" for day in days if day.weekday() >= 5 and CHINA.days.is_working(day.toordinal())]
    assert made_up == ["01-04", "02-14", "02-28", "05-09", "09-20", "10-10"]


# --- properties -----------------------------------------------------------------------------------------------

minutes = st.integers(0, 23 * 365 * 24 * 60).map(lambda n: datetime(2004, 1, 1, tzinfo=SHANGHAI) + n * MINUTE)
instants = st.datetimes(datetime(1990, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
numbers = st.decimals(Decimal("0.01"), Decimal(400), places=2)
limits = st.builds(Limit, st.sampled_from(Unit), numbers)


@cache
def is_office_day(day: date) -> bool:
    return chinese_calendar.is_workday(day) if 2004 <= day.year <= 2026 else day.weekday() < 5


def is_office_minute(instant: datetime) -> bool:
    local = instant.astimezone(SHANGHAI)
    return is_office_day(local.date()) and any(opens <= local.time() < closes for opens, closes in SLOTS)


@given(minutes, st.integers(1, 24 * 60))
def test_due_is_what_counting_minute_by_minute_gives(start: datetime, length: int) -> None:
    office_minutes = (n for n in itertools.count() if is_office_minute(start + n * MINUTE))
    last = next(itertools.islice(office_minutes, length - 1, None))
    assert CHINA.due(start, Limit(Unit.WORK_DAY, Decimal(length) / (8 * 60))).at == start + (last + 1) * MINUTE


SECOND = timedelta(seconds=1)
near_a_bound = st.builds(
    lambda day, clock, seconds: datetime.combine(day, clock, SHANGHAI) + seconds * SECOND,
    st.dates(date(2025, 12, 25), date(2026, 12, 25)),
    st.sampled_from([bound for slot in SLOTS for bound in slot]),
    st.integers(-90, 90),
)


@settings(max_examples=40, deadline=None)
@given(near_a_bound, st.integers(1, 900))
def test_due_and_used_are_what_counting_second_by_second_gives(start: datetime, seconds: int) -> None:
    now, counted = start, 0
    while counted < seconds:
        if not is_office_minute(now):  # nothing counts until the next whole minute: bounds are whole minutes
            now = now.replace(second=0) + MINUTE
            continue
        counted += 1
        now += SECOND
    end = CHINA.due(start, Limit(Unit.WORK_HOUR, Decimal(seconds) / 3600)).at
    assert abs(end - now) <= timedelta(microseconds=1), "a third of a second has no end as a decimal"
    assert round(CHINA.used(start, now, Unit.WORK_HOUR) * 3600, 20) == seconds


@settings(max_examples=50)
@given(minutes, st.integers(0, 14 * 24 * 60))
def test_used_is_what_counting_minute_by_minute_gives(start: datetime, length: int) -> None:
    counted = sum(is_office_minute(start + n * MINUTE) for n in range(length))
    assert round(CHINA.used(start, start + length * MINUTE, Unit.WORK_HOUR) * 60, 20) == counted


@given(instants, limits, st.decimals(Decimal("0.01"), 4, places=2))
def test_when_it_is_due_it_is_used_up_and_not_before(start: datetime, term: Limit, fraction: Decimal) -> None:
    end = CHINA.due(start, term, fraction).at
    assert round(CHINA.used(start, end, term.unit), 8) == term.number * fraction
    assert CHINA.used(start, end - MINUTE, term.unit) < term.number * fraction


@given(instants, instants, limits)
def test_who_starts_later_is_due_no_earlier(one: datetime, other: datetime, term: Limit) -> None:
    earlier, later = sorted((one, other))
    assert CHINA.due(earlier, term).at <= CHINA.due(later, term).at


@given(instants, limits, st.decimals(0, 4, places=2), st.decimals(0, 4, places=2))
def test_a_higher_rung_is_never_earlier(start: datetime, term: Limit, one: Decimal, other: Decimal) -> None:
    lower, higher = sorted((one, other))
    assert start <= CHINA.due(start, term, lower).at <= CHINA.due(start, term, higher).at


@given(instants, instants, instants, st.sampled_from(Unit))
def test_used_adds_up(one: datetime, two: datetime, three: datetime, unit: Unit) -> None:
    start, middle, end = sorted((one, two, three))
    parts = CHINA.used(start, middle, unit) + CHINA.used(middle, end, unit)
    assert abs(parts - CHINA.used(start, end, unit)) < Decimal("1e-20")
