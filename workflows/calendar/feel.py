"""Working time and legal periods as FEEL functions, with the calendar of the evaluation."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, TypeVar

from workflows.calendar.china import CHINA
from workflows.calendar.enforcement import EnforcementHours
from workflows.calendar.errors import CalendarError
from workflows.calendar.legal import LegalPeriod, LegalUnit, Statute
from workflows.calendar.limits import Limit, Unit
from workflows.feel.builtins.registry import builtin
from workflows.feel.errors import NoValue
from workflows.feel.values import Date, DateTime

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workflows.calendar.working import WorkingCalendar
    from workflows.feel.run import Run

    Word = TypeVar("Word")

# As data and as people say it.
_UNITS = {name: unit for unit in Unit for name in (unit.value, unit.label)}
_STATUTES = {statute.value: statute for statute in Statute}
_LEGAL_UNITS = {name: unit for unit in LegalUnit for name in (unit.value, unit.label, unit.label[-1])}
_MOST_DAYS = 36_500


@builtin("working due(start: day, number: number, unit: string)", run=True, volatile=True, weight=60)
def working_due(run: Run, start: Date | DateTime, number: int | Decimal, unit: str) -> DateTime:
    """A date stands for its first instant, a local time for that of the calendar's zone."""
    calendar = _calendar(run)
    try:
        limit = Limit(_known(unit, _UNITS), Decimal(number))
        return _local(calendar.due(_instant(start, calendar), limit).at, calendar)
    except CalendarError as error:
        raise NoValue(str(error)) from error


@builtin("working used(start: day, end: day, unit: string)", run=True, volatile=True, weight=60)
def working_used(run: Run, start: Date | DateTime, end: Date | DateTime, unit: str) -> Decimal:
    calendar = _calendar(run)
    return calendar.used(_instant(start, calendar), _instant(end, calendar), _known(unit, _UNITS))


@builtin("is working day(date: day)", run=True, volatile=True, weight=20)
def is_working_day(run: Run, day: Date | DateTime) -> bool:
    calendar = _calendar(run)
    return calendar.days.is_working(_day(day, calendar).toordinal())


@builtin("add working days(date: day, number: integer)", run=True, volatile=True, weight=30)
def add_working_days(run: Run, day: Date | DateTime, number: int) -> Date:
    """The date itself does not count; 0 is the date, or the next day that is worked."""
    if abs(number) > _MOST_DAYS:
        raise NoValue(f"最多 {_MOST_DAYS} 个工作日 (at most so many working days)")
    calendar = _calendar(run)
    start, days = _day(day, calendar).toordinal(), calendar.days
    first = days.before(start + 1) - 1 if number > 0 else days.before(start)
    try:
        return _date(date.fromordinal(days.nth(first + number)))
    except (OverflowError, ValueError) as error:
        raise NoValue("超出日历 (leaves the calendar)") from error


@builtin(
    "legal period end(statute: string, number: integer, date: day, unit?: string)", run=True, volatile=True, weight=60
)
def legal_period_end(
    run: Run, statute: str, number: int, day: Date | DateTime, unit: str = LegalUnit.DAY.value
) -> Date:
    """The last day, at whose end the period ends (行政处罚法 85, 行政强制法 69, 行政复议法 88)."""
    calendar = _calendar(run)
    try:
        period = LegalPeriod(_known(statute, _STATUTES), number, _known(unit, _LEGAL_UNITS))
        return _date(period.ends(_day(day, calendar), calendar).day)
    except CalendarError as error:
        raise NoValue(str(error)) from error


@builtin("may enforce(at: day, emergency?: boolean)", run=True, volatile=True, weight=30)
def may_enforce(run: Run, at: Date | DateTime, emergency: bool = False) -> bool:
    """行政强制法 43, with a night from 22:00 to 06:00."""
    if isinstance(at, Date):
        raise NoValue("参数 at 要有时刻 (should be a date and time): 夜间不得执行")
    calendar = _calendar(run)
    return EnforcementHours(calendar).may_enforce(_instant(at, calendar), emergency=emergency)


@builtin("next enforcement(from: day)", run=True, volatile=True, weight=120)
def next_enforcement(run: Run, from_: Date | DateTime) -> DateTime:
    """The first instant from then on at which ``may enforce`` is true."""
    calendar = _calendar(run)
    try:
        return _local(EnforcementHours(calendar).next_moment(_instant(from_, calendar)).at, calendar)
    except (OverflowError, ValueError) as error:
        raise NoValue("超出日历 (leaves the calendar)") from error


def _calendar(run: Run) -> WorkingCalendar:
    found: WorkingCalendar = CHINA if run.calendar is None else run.calendar()
    return found


def _known(word: str, words: Mapping[str, Word]) -> Word:
    if word not in words:
        raise NoValue(f"没有“{word[:40]}” (unknown)；有 (there are)：{'、'.join(words)}")
    return words[word]


def _instant(value: Date | DateTime, calendar: WorkingCalendar) -> datetime:
    try:
        moment = datetime.combine(value.to_python(), time()) if isinstance(value, Date) else value.to_python()
        moment = moment if moment.tzinfo else moment.replace(tzinfo=calendar.zone)
        return moment.astimezone(UTC).astimezone(calendar.zone)
    except (OverflowError, ValueError) as error:
        raise NoValue("日历只到公元 1 至 9999 年 (the calendar is of the years 1 to 9999)") from error


def _day(value: Date | DateTime, calendar: WorkingCalendar) -> date:
    return _instant(value, calendar).date()


def _date(day: date) -> Date:
    return Date(day.year, day.month, day.day)


def _local(moment: datetime, calendar: WorkingCalendar) -> DateTime:
    return DateTime.from_python(moment.astimezone(calendar.zone))
