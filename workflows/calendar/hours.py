"""The office hours of a day, as slots."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from workflows.calendar.errors import CalendarError

if TYPE_CHECKING:
    from datetime import datetime, time


def microseconds(moment: time | datetime) -> int:
    """Since midnight, by the wall clock."""
    return ((moment.hour * 60 + moment.minute) * 60 + moment.second) * 1_000_000 + moment.microsecond


class OfficeHours:
    """Slots in order, without overlap, of wall-clock time."""

    def __init__(self, *slots: tuple[time, time]) -> None:
        self._slots = tuple((microseconds(opens), microseconds(closes)) for opens, closes in slots)
        bounds = [bound for slot in self._slots for bound in slot]
        if not bounds or any(later <= earlier for earlier, later in pairwise(bounds)):
            raise CalendarError("办公时段须先后有序、互不重叠 Office hours are slots in order, without overlap")
        self.day = sum(closes - opens for opens, closes in self._slots)

    def worked(self, clock: int) -> int:
        """How much of the office hours has passed at this time of a working day."""
        return sum(min(clock, closes) - opens for opens, closes in self._slots if clock > opens)

    def clock(self, worked: int) -> int:
        """The earliest time of a working day at which this much, above zero, has passed."""
        for opens, closes in self._slots:
            if worked <= closes - opens:
                return opens + worked
            worked -= closes - opens
        raise AssertionError(worked)
