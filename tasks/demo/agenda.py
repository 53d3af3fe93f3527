"""A diary in fast motion: each act has its moment; the clock is moved there, and whatever is due on the way fires."""

from __future__ import annotations

from heapq import heappop, heappush
from itertools import count
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from tasks.deadlines import sweep
from workflows import runtime
from workflows.store import Database, read, transaction
from workflows.store.tables import Deadline, Timer

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

ACTOR = "demo"
#: When something fires by itself next, each read from an index over the few rows that wait.
WAITING = select(
    select(func.min(Deadline.next_at)).where(Deadline.next_at.is_not(None)).scalar_subquery(),
    select(func.min(Deadline.suspended_until)).where(Deadline.suspended_until.is_not(None)).scalar_subquery(),
    select(func.min(Timer.due)).scalar_subquery(),
)


class Agenda:
    """``after`` is called at each moment at which something may have happened."""

    def __init__(self, database: Database, begin: datetime, after: Callable[[datetime], None]) -> None:
        self._database = database
        self._after = after
        self._entries: list[tuple[datetime, int, Callable[[], None]]] = []
        self._order = count()
        self.now = begin

    def plan(self, at: datetime, act: Callable[[], None]) -> None:
        """At this moment, or now if it is over already."""
        heappush(self._entries, (max(at, self.now), next(self._order), act))

    def run(self, until: datetime) -> None:
        """Everything up to this moment; what is planned later stays undone."""
        while self._entries and self._entries[0][0] <= until:
            at, _, act = heappop(self._entries)
            self._move(at)
            act()
            runtime.deliver(self._database)
            self._after(self.now)
        self._move(until)

    def _move(self, to: datetime) -> None:
        while (due := self._due()) is not None and self.now < due <= to:
            self._pin(due)  # so that what fires is dated when it was due
            sweep(self._database)
            self._after(due)
        self._pin(to)

    def _pin(self, at: datetime) -> None:
        if at != self.now:
            self.now = at
            with transaction(self._database) as session:
                runtime.pin_clock(session, at, actor=ACTOR)

    def _due(self) -> datetime | None:
        with read(self._database) as session:
            return min(filter(None, session.connection().execute(WAITING).one()), default=None)
