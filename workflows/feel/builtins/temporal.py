"""The clock and the calendar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workflows.feel.builtins.registry import builtin
from workflows.feel.errors import NoValue
from workflows.feel.values import Date, DateTime
from workflows.feel.values.calendar import to_days

if TYPE_CHECKING:
    from workflows.feel.run import Run

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


@builtin("now()", run=True, weight=8)
def now(run: Run) -> DateTime:
    run.unrepeated += 1
    if run.now is None:
        raise NoValue("这次求值没有时钟 (no clock was given)")
    return DateTime.from_python(run.now)


@builtin("today()", run=True, weight=8)
def today(run: Run) -> Date:
    return now(run).date


def _date(value: Date | DateTime) -> Date:
    return value.date if isinstance(value, DateTime) else value


@builtin("day of year(date: day)")
def day_of_year(date: Date | DateTime) -> int:
    day = _date(date)
    return day.days - to_days(day.year, 1, 1) + 1


@builtin("day of week(date: day)")
def day_of_week(date: Date | DateTime) -> str:
    return WEEKDAYS[_date(date).weekday - 1]


@builtin("month of year(date: day)")
def month_of_year(date: Date | DateTime) -> str:
    return MONTHS[_date(date).month - 1]


@builtin("week of year(date: day)", weight=10)
def week_of_year(date: Date | DateTime) -> int:
    """ISO 8601: the week belongs to the year of its Thursday."""
    day = _date(date)
    thursday = Date.from_days(day.days - day.weekday + 4)
    return (thursday.days - to_days(thursday.year, 1, 1)) // 7 + 1
