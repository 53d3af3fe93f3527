"""Which days are worked: Monday to Friday by arithmetic, holidays and make-up days by look-up."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING

from workflows.calendar.errors import CalendarError

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

# Days are ordinals of the proleptic Gregorian calendar; day 1 was a Monday.
_WEEK = 7
_WEEKDAYS = 5


def _weekdays_before(ordinal: int) -> int:
    weeks, rest = divmod(ordinal - 1, _WEEK)
    return _WEEKDAYS * weeks + min(rest, _WEEKDAYS)


class Days:
    """The working days of a place, official in the years that have been announced.

    In all other years they are Monday to Friday, which is a guess: provisional.
    Counting costs one bisection among the exceptions, however long the time.
    """

    def __init__(self, years: range, *, holidays: Collection[date], workdays: Collection[date]) -> None:
        if both := set(holidays) & set(workdays):
            raise CalendarError(f"既放假又上班 Both holiday and working day: {', '.join(map(str, sorted(both)))}")
        self.years = years
        changes = {day.toordinal(): -1 for day in holidays if day.isoweekday() <= _WEEKDAYS}
        changes |= {day.toordinal(): +1 for day in workdays if day.isoweekday() > _WEEKDAYS}
        self._exceptions = sorted(changes)
        self._shifts = list(accumulate((changes[day] for day in self._exceptions), initial=0))
        self._counts = [
            _weekdays_before(day) + shift for day, shift in zip(self._exceptions, self._shifts, strict=False)
        ]

    def is_working(self, ordinal: int) -> bool:
        return self.before(ordinal + 1) > self.before(ordinal)

    def before(self, ordinal: int) -> int:
        """How many working days lie before this day."""
        return _weekdays_before(ordinal) + self._shifts[bisect_left(self._exceptions, ordinal)]

    def nth(self, count: int) -> int:
        """The working day before which lie `count` others."""
        passed = bisect_right(self._counts, count)
        shift = self._shifts[passed]
        if passed and self._counts[passed - 1] == count and shift > self._shifts[passed - 1]:
            return self._exceptions[passed - 1]  # a make-up day is the answer itself
        weeks, rest = divmod(count - shift, _WEEKDAYS)
        return _WEEK * weeks + rest + 1
