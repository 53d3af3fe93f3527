"""Warning lights of the clocks that run: one condition, from which counts, filters and listings are made."""

from __future__ import annotations

from collections import defaultdict
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import and_, case, func, not_, or_, select

from workflows.store.tables import Deadline

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import ColumnElement, SQLColumnExpression
    from sqlalchemy.orm import Session


class Light(StrEnum):
    """In order of urgency: in time, most of it gone, overdue, overdue by a whole limit."""

    GREEN = "GREEN"
    YELLOW = "YELLOW"
    RED = "RED"
    PURPLE = "PURPLE"


#: In the order in which ``rank`` numbers them.
LIGHTS = tuple(Light)
#: From when a clock has a light, as long as it has none of those after it.
_SINCE: Mapping[Light, SQLColumnExpression[datetime]] = {
    Light.YELLOW: Deadline.yellow_at,
    Light.RED: Deadline.due,
    Light.PURPLE: Deadline.purple_at,
}
#: Of a clock that stands still the light is that of when it stopped.
OPEN = Deadline.ended.is_(None)


class Count(NamedTuple):
    """How many clocks run under each light, and how many of all of them stand still."""

    green: int = 0
    yellow: int = 0
    red: int = 0
    purple: int = 0
    paused: int = 0

    @property
    def open(self) -> int:
        return self.green + self.yellow + self.red + self.purple

    def plus(self, other: Count) -> Count:
        return Count(*map(sum, zip(self, other, strict=True)))


class Counted(NamedTuple):
    """Counts of all open clocks; by (stage, milestone), the stage itself with an empty one; by the holder's unit."""

    total: Count
    stages: dict[tuple[str, str], Count]
    units: dict[str | None, Count]


def reached(moment: SQLColumnExpression[datetime], now: datetime) -> ColumnElement[bool]:
    """That an open clock has run until a moment of its own, a paused one before it stopped. Never null."""
    return and_(moment <= now, or_(Deadline.paused_since.is_(None), moment <= Deadline.paused_since))


def rank(now: datetime) -> ColumnElement[int | None]:
    """The light of a clock as its place in ``LIGHTS``; null when it has ended."""
    burning = [(reached(_SINCE[light], now), LIGHTS.index(light)) for light in reversed(LIGHTS) if light in _SINCE]
    return case((Deadline.ended.is_not(None), None), *burning, else_=0)


def showing(now: datetime) -> dict[Light, ColumnElement[bool]]:
    """The conditions under which an open clock has each light, such that an index finds what is overdue."""
    conditions: dict[Light, ColumnElement[bool]] = {}
    since: list[ColumnElement[bool]] = []  # also of the lights before: by when it is due, an index finds it
    for light, after in zip(LIGHTS, (*LIGHTS[1:], None), strict=True):
        until = [not_(reached(_SINCE[after], now))] if after else []
        conditions[light] = and_(OPEN, *since, *until)
        since += [reached(_SINCE[after], now)] if after else []
    return conditions


def overdue(now: datetime) -> ColumnElement[bool]:
    """That a clock is or was not met."""
    return or_(and_(OPEN, reached(Deadline.due, now)), Deadline.met.is_(False))


def count_lights(session: Session, now: datetime, *only: ColumnElement[bool]) -> Counted:
    """Count open clocks by their lights: all, in one pass over ``ix_deadline_lights``, or ``only`` some."""
    group = (Deadline.stage, Deadline.milestone, Deadline.holder)
    late = [func.count().filter(reached(moment, now)) for moment in _SINCE.values()]
    query = select(*group, func.count(), *late, func.count(Deadline.paused_since)).where(OPEN, *only).group_by(*group)
    total = Count()
    stages: dict[tuple[str, str], Count] = defaultdict(Count)
    units: dict[str | None, Count] = defaultdict(Count)
    for stage, milestone, holder, all_, yellow, red, purple, paused in session.connection().execute(query):
        count = Count(all_ - yellow, yellow - red, red - purple, purple, paused)
        total = total.plus(count)
        stages[stage, milestone] = stages[stage, milestone].plus(count)
        unit = (holder or "").partition("@")[2] or None
        units[unit] = units[unit].plus(count)
    return Counted(total, dict(stages), dict(units))
