"""The office hours of a day, as slots."""

from __future__ import annotations

from datetime import time
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Self

from workflows.calendar.errors import CalendarError

if TYPE_CHECKING:
    from datetime import datetime

_DAY = 24 * 3_600_000_000
_MIDNIGHT = "24:00"  # as a closing time; Python's clock ends before it


def microseconds(moment: time | datetime) -> int:
    """Since midnight, by the wall clock."""
    return ((moment.hour * 60 + moment.minute) * 60 + moment.second) * 1_000_000 + moment.microsecond


class OfficeHours:
    """Slots in order, without overlap, of wall-clock time. A slot that closes at 00:00 closes at the end of the day."""

    def __init__(self, *slots: tuple[time, time]) -> None:
        self._slots = tuple((microseconds(opens), microseconds(closes) or _DAY) for opens, closes in slots)
        bounds = [bound for slot in self._slots for bound in slot]
        if not bounds or any(later <= earlier for earlier, later in pairwise(bounds)):
            raise CalendarError("办公时段须先后有序、互不重叠 Office hours are slots in order, without overlap")
        self.day = sum(closes - opens for opens, closes in self._slots)

    @classmethod
    def of(cls, value: Any) -> Self:
        """What a register says: ``[["08:00", "12:00"], ["14:30", "17:30"]]``; a day may end at ``24:00``."""
        try:
            slots = [(time.fromisoformat(opens), _closing(closes)) for opens, closes in value]
        except (TypeError, ValueError) as error:
            raise CalendarError(
                f'办公时段写作 [["08:00", "12:00"], …] Office hours are a list of slots, not {value!r}'
            ) from error
        if any(bound.tzinfo for slot in slots for bound in slot):
            raise CalendarError(f"办公时段不带时区 Office hours have no time zone: {value!r}")
        return cls(*slots)

    @property
    def slots(self) -> list[list[str]]:
        """As ``of`` reads them, to the minute where they are whole minutes."""
        return [[_text(opens), _text(closes)] for opens, closes in self._slots]

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

    def __eq__(self, other: object) -> bool:
        return isinstance(other, OfficeHours) and self._slots == other._slots

    def __hash__(self) -> int:
        return hash(self._slots)

    def __repr__(self) -> str:
        return f"OfficeHours({', '.join('-'.join(slot) for slot in self.slots)})"


def _closing(text: str) -> time:
    return time() if text == _MIDNIGHT else time.fromisoformat(text)


def _text(clock: int) -> str:
    if clock == _DAY:
        return _MIDNIGHT
    minutes, rest = divmod(clock // 1_000_000, 60)
    moment = time(*divmod(minutes, 60), rest, clock % 1_000_000)
    return moment.isoformat("auto" if rest or moment.microsecond else "minutes")
