"""The clock and the calendar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workflows.feel.builtins.conversion import date_of
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


@builtin("now()", run=True, volatile=True, weight=8)
def now(run: Run) -> DateTime:
    if run.now is None:
        raise NoValue("这次求值没有时钟 (no clock was given)")
    return DateTime.from_python(run.now)


@builtin("today()", run=True, volatile=True, weight=8)
def today(run: Run) -> Date:
    return now(run).date


@builtin("day of year(date: day)")
def day_of_year(date: Date | DateTime) -> int:
    day = date_of(date)
    return day.days - to_days(day.year, 1, 1) + 1


@builtin("day of week(date: day)")
def day_of_week(date: Date | DateTime) -> str:
    return WEEKDAYS[date_of(date).weekday - 1]


@builtin("month of year(date: day)")
def month_of_year(date: Date | DateTime) -> str:
    return MONTHS[date_of(date).month - 1]


@builtin("week of year(date: day)", weight=10)
def week_of_year(date: Date | DateTime) -> int:
    """ISO 8601: the week belongs to the year of its Thursday."""
    day = date_of(date)
    thursday = Date.from_days(day.days - day.weekday + 4)
    return (thursday.days - to_days(thursday.year, 1, 1)) // 7 + 1
