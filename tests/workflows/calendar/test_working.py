"""Due and used under any days and hours, against a counter that goes minute by minute."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.workflows.calendar.test_calendar import SHANGHAI
from workflows.calendar import Days, Limit, OfficeHours, Unit, WorkingCalendar, Year

MINUTE = timedelta(minutes=1)
FIRST = date(2027, 1, 1)

_days = st.integers(0, 59).map(lambda days: FIRST + timedelta(days=days))


@st.composite
def calendars(draw: st.DrawFn) -> WorkingCalendar:
    """Holidays and make-up days anywhere in two months, up to three slots of whole minutes."""
    off = draw(st.frozensets(_days, max_size=25))
    worked = draw(st.frozensets(_days.filter(lambda day: day.isoweekday() > 5), max_size=8)) - off
    bounds = sorted(draw(st.sets(st.integers(0, 1440), min_size=2, max_size=6)))
    slots = [
        (time(*divmod(opens, 60)), time(*divmod(closes % 1440, 60)))
        for opens, closes in zip(bounds[::2], bounds[1::2], strict=False)
    ]
    return WorkingCalendar(SHANGHAI, Days([Year(2027, off, worked, "")]), OfficeHours(*slots))


def is_worked(calendar: WorkingCalendar, minute: datetime) -> bool:
    year, day = calendar.days.years[2027], minute.date()
    opened = any(
        opens <= f"{minute:%H:%M}" < closes  # as text, the way a register writes them
        for opens, closes in calendar.hours.slots
    )
    return opened and (day in year.workdays or (day not in year.holidays and day.isoweekday() <= 5))


_starts = st.integers(0, 30 * 1440).map(lambda minutes: datetime(2027, 1, 1, tzinfo=SHANGHAI) + minutes * MINUTE)


@settings(max_examples=30)
@given(calendars(), _starts, st.integers(0, 28 * 1440))
def test_used_is_what_counting_minute_by_minute_gives(calendar: WorkingCalendar, start: datetime, length: int) -> None:
    counted = sum(is_worked(calendar, start + n * MINUTE) for n in range(length))
    assert round(calendar.used(start, start + length * MINUTE, Unit.WORK_HOUR) * 60, 20) == counted


@settings(max_examples=30)
@given(calendars(), _starts, st.integers(1, 20 * 60))
def test_due_is_the_end_of_the_last_minute_counted(calendar: WorkingCalendar, start: datetime, minutes: int) -> None:
    end = calendar.due(start, Limit(Unit.WORK_HOUR, Decimal(minutes) / 60)).at.astimezone(SHANGHAI)
    counted, now = 0, start
    while counted < minutes:
        counted += is_worked(calendar, now)
        now += MINUTE
    assert abs(end - now) <= timedelta(microseconds=1), "a sixtieth has no end as a decimal"
