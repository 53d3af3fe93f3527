"""Which days are worked: Monday to Friday by arithmetic, holidays and make-up days by look-up."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import date
from itertools import accumulate
from typing import TYPE_CHECKING

from workflows.calendar.errors import CalendarError
from workflows.calendar.years import WEEKDAYS, Status

if TYPE_CHECKING:
    from collections.abc import Iterable

    from workflows.calendar.years import Year

# Days are ordinals of the proleptic Gregorian calendar; day 1 was a Monday.
_WEEK = 7


def _weekdays_before(ordinal: int) -> int:
    weeks, rest = divmod(ordinal - 1, _WEEK)
    return WEEKDAYS * weeks + min(rest, WEEKDAYS)


class Days:
    """The working days of a place, official in the years that have been announced; ``version`` says which knowledge.

    In all other years they are Monday to Friday, which is a guess: provisional. Counting costs one bisection among
    the exceptions, however long the time. CalendarError when a year is given twice.
    """

    def __init__(self, years: Iterable[Year], version: str = "") -> None:
        listed = sorted(years, key=lambda each: each.year)
        self.years = {each.year: each for each in listed}
        if len(self.years) < len(listed):
            raise CalendarError("同一年给了两次 A year is given twice")
        self.version = version
        self._until: dict[int, int] = {}
        for year in reversed(self.years):
            self._until[year] = self._until.get(year + 1, year)
        off: dict[date, bool] = {}
        for each in listed:
            off |= dict.fromkeys(each.holidays, True) | dict.fromkeys(each.workdays, False)
        self._changes = {
            day.toordinal(): -1 if free else +1 for day, free in off.items() if free == (day.isoweekday() <= WEEKDAYS)
        }
        self._exceptions = sorted(self._changes)
        self._shifts = list(accumulate((self._changes[day] for day in self._exceptions), initial=0))
        self._counts = [
            _weekdays_before(day) + shift for day, shift in zip(self._exceptions, self._shifts, strict=False)
        ]

    def knowing(self, years: Iterable[Year], version: str) -> Days:
        """These days with some years told anew."""
        return Days({**self.years, **{each.year: each for each in years}}.values(), version)

    def status(self, year: int) -> Status:
        return Status.OFFICIAL if year in self._until else Status.PROVISIONAL

    def official_until(self, year: int) -> int | None:
        """The last of the official years that follow this one without a gap; None when it is provisional itself."""
        return self._until.get(year)

    def is_official(self, first: int, last: int) -> bool:
        """Whether every year from the first to the last has been announced."""
        return self._until.get(first, first - 1) >= last

    def differences(self, other: Days) -> list[date]:
        """The days that are worked here and not there, or the other way round, in order."""
        both = sorted(self._changes.keys() | other._changes.keys())
        return [date.fromordinal(day) for day in both if self.is_working(day) != other.is_working(day)]

    def is_working(self, ordinal: int) -> bool:
        return ((ordinal - 1) % _WEEK < WEEKDAYS) + self._changes.get(ordinal, 0) > 0

    def before(self, ordinal: int) -> int:
        """How many working days lie before this day."""
        return _weekdays_before(ordinal) + self._shifts[bisect_left(self._exceptions, ordinal)]

    def nth(self, count: int) -> int:
        """The working day before which lie `count` others."""
        passed = bisect_right(self._counts, count)
        shift = self._shifts[passed]
        if passed and self._counts[passed - 1] == count and shift > self._shifts[passed - 1]:
            return self._exceptions[passed - 1]  # a make-up day is the answer itself
        weeks, rest = divmod(count - shift, WEEKDAYS)
        return _WEEK * weeks + rest + 1
