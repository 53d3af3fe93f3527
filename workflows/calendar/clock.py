"""A clock: a limit that runs from a moment, stands still in pauses and may be extended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from workflows.calendar.errors import InvalidLimit
from workflows.calendar.working import MOST_LIMITS, Due

if TYPE_CHECKING:
    from workflows.calendar.limits import Limit, Unit
    from workflows.calendar.working import WorkingCalendar

Pause = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Clock:
    """Everything that decides when a limit ends; what it gives is counted anew whenever a part of it changes.

    ``pauses`` are in order and apart. Each of the ``extensions`` (延期) adds the limit once more. ``carried`` is how
    much of the unit an earlier clock has used that this one goes on with (退回 to the same holder).
    """

    calendar: WorkingCalendar
    started: datetime
    limit: Limit
    pauses: tuple[Pause, ...] = ()
    extensions: int = 0
    carried: Decimal = Decimal(0)

    def due(self, share: Decimal | int = 1) -> Due:
        """When this share of the limit, extensions included, is used up; above 1, as many original limits later.

        The start, when it was used up before. Raises InvalidLimit as ``WorkingCalendar.due`` does.
        """
        share = Decimal(share)
        if not (share.is_finite() and 0 <= share <= MOST_LIMITS):
            raise InvalidLimit(f"时限的倍数须在 0 到 {MOST_LIMITS} 之间 A share is 0 to {MOST_LIMITS}, not {share}")
        limits = share * (1 + self.extensions) if share <= 1 else share + self.extensions
        return self.later(self.started, max(self.limit.number * limits - self.carried, Decimal(0)), self.limit.unit)

    def later(self, start: datetime, number: Decimal, unit: Unit) -> Due:
        """The first instant at which ``number`` of any unit have run since ``start``, pauses left out."""
        provisional = False
        for began, ended in self.pauses:
            if ended <= start:
                continue
            due = self.calendar.after(start, number, unit)
            provisional = provisional or due.provisional
            if due.at <= began:
                return Due(due.at, provisional)
            number -= self.calendar.used(start, began, unit)
            start = max(start, ended)
        due = self.calendar.after(start, number, unit)
        return Due(due.at, provisional or due.provisional)

    def used(self, now: datetime) -> Decimal:
        """How many of its unit have run until now; pauses do not count."""
        unit = self.limit.unit
        run = self.calendar.used(self.started, now, unit)
        for began, ended in self.pauses:
            run -= self.calendar.used(max(began, self.started), min(ended, now), unit)
        return self.carried + run
