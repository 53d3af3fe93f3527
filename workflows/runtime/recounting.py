"""Open deadlines under a calendar that has changed: counted anew, and earlier only where that was asked for."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from heapq import nlargest
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Text, bindparam, cast, or_, select, update

from workflows.calendar import Unit
from workflows.runtime.calendars import unit_of, with_hours
from workflows.runtime.deadline_rows import clock_of, recounted
from workflows.runtime.events import Tag
from workflows.runtime.journal import note_all
from workflows.runtime.ladder import LadderInvalid
from workflows.store.base import table
from workflows.store.tables import Deadline, ProcessInstance

if TYPE_CHECKING:
    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from workflows.calendar import WorkingCalendar

IN_OFFICE_HOURS = frozenset({Unit.WORK_HOUR, Unit.WORK_DAY})
#: The columns of a deadline that are counted.
COUNTED = ("due", "provisional", "yellow_at", "purple_at", "rungs", "next_level", "next_at", "carried")
MOST = 100  # deadlines that are shown one by one
# Where a moment that is kept has become a holiday: as soon after it as anybody works.
_NEXT_OPENING = Decimal(1) / 3600  # of an hour
_HOUR = 3_600_000_000  # microseconds

deadline, process_instance = table(Deadline), table(ProcessInstance)
#: A rung that is counted from another one in a unit of its own, as ``encode`` writes it.
HAS_AFTER = cast(deadline.c.rungs, Text).like('%"after":{%')
_UPDATE = update(deadline).where(deadline.c.key == bindparam("b_key"), deadline.c.ended.is_(None))


class Moved(NamedTuple):
    """A deadline and what a notice makes of it. ``kept``: by the notice alone it would be due earlier, ``counted``."""

    key: int
    process_instance_key: int
    stage: str
    legal: bool
    before: datetime
    after: datetime
    counted: datetime
    kept: bool

    @property
    def by(self) -> timedelta:
        """How much it moves, or would have moved."""
        return max(abs(self.after - self.before), abs(self.counted - self.before))


class Counted(NamedTuple):
    """A deadline counted anew: the columns that change, and whether its moment is provisional, before and now."""

    changes: dict[str, Any]
    moved: Moved
    provisional: tuple[bool, bool]


@dataclass(slots=True)
class Tally:
    """What became of the open deadlines in working time that run into the span that has changed."""

    crossing: int = 0
    later: int = 0
    earlier: int = 0  # because it was asked for
    kept: int = 0  # at their later moment
    kept_legal: int = 0  # of these, because a statute sets the limit
    official: int = 0  # provisional before, official now
    provisional: int = 0  # still
    left: int = 0  # the rungs of their ladder would change places: nothing was changed
    first: list[Moved] = field(default_factory=list)  # those that move most

    def counts(self) -> dict[str, int]:
        return {name: value for name, value in asdict(self).items() if name != "first"}

    def add(self, counted: Counted | None) -> None:
        """One deadline; None where its ladder was left."""
        if counted is None:
            self.crossing += 1
            self.left += 1
            return
        moved = counted.moved
        self.add_many(1, moved.before, moved.after, kept=moved.kept, legal=moved.legal, provisional=counted.provisional)
        self.show(moved)

    def add_many(
        self, number: int, before: Any, after: Any, *, kept: bool, legal: bool, provisional: tuple[bool, bool]
    ) -> None:
        """So many deadlines that are due together before and after, at moments or on days."""
        was, now = provisional
        self.crossing += number
        self.later += number * (after > before)
        self.earlier += number * (after < before)
        self.kept += number * kept
        self.kept_legal += number * (kept and legal)
        self.official += number * (was and not now)
        self.provisional += number * now

    def show(self, moved: Moved) -> None:
        """One of those that are shown, if it is among those that move most."""
        if moved.by:
            self.first.append(moved)
        if len(self.first) >= 2 * MOST:
            self.first = self.most()

    def most(self) -> list[Moved]:
        return nlargest(MOST, self.first, key=lambda moved: (moved.by, -moved.key))


@dataclass(frozen=True, slots=True)
class Recount:
    """How deadlines are counted anew: by which days, within which span, whether they may come earlier."""

    session: Session
    calendar: WorkingCalendar
    span: tuple[datetime, datetime]
    earlier: bool
    name: str  # of the notice, for the record

    def carry_out(self, after: int, limit: int, now: datetime, actor: str) -> tuple[Tally, int | None]:
        """Up to ``limit`` after a key, counted anew and on record; the key of the last of them, None at the end.

        The instances are locked first, in the order in which every command locks them.
        """
        connection = self.session.connection()
        query = self.candidates().where(deadline.c.key > after).with_only_columns(deadline.c.key).limit(limit)
        keys = list(connection.execute(query).scalars())
        instances = self._lock(keys)
        rows = connection.execute(
            select(deadline).where(deadline.c.key.in_(keys), deadline.c.ended.is_(None)).order_by(deadline.c.key)
        )
        tally, changed = Tally(), []
        for row in rows.all():
            if self.crosses(row):
                counted = self.counted(row)
                tally.add(counted)
                if counted and counted.changes:
                    changed.append((row, counted))
        if changed:
            values = [
                {"b_key": row.key} | {name: counted.changes.get(name, getattr(row, name)) for name in COUNTED}
                for row, counted in changed
            ]
            connection.execute(_UPDATE, values)
            facts = [(instances[row.process_instance_key], self._said(counted)) for row, counted in changed]
            note_all(connection, facts, Tag.DEADLINE_RECOUNT, at=now, actor=actor)
        return tally, keys[-1] if len(keys) == limit else None

    def candidates(self) -> Select[Any]:
        """Those that may be concerned. A rung may come long after the deadline: whoever has one ahead is among them."""
        columns, (begins, ends) = deadline.c, self.span
        reaches = or_(columns.due >= begins, columns.purple_at >= begins, columns.next_level.is_not(None))
        counts = or_(columns.unit.in_(sorted(IN_OFFICE_HOURS)), HAS_AFTER)
        concerned = (columns.ended.is_(None), columns.started < ends, reaches, counts)
        return select(deadline).where(*concerned).order_by(columns.key)

    def _lock(self, keys: list[int]) -> dict[int, Any]:
        columns = process_instance.c
        concerned = select(deadline.c.process_instance_key).where(deadline.c.key.in_(keys))
        roots = select(columns.root_process_instance_key).where(columns.key.in_(concerned))
        query = (
            select(columns.key, columns.revision, columns.hash)
            .where(or_(columns.key.in_(concerned), columns.key.in_(roots)))
            .order_by(columns.key)
            .with_for_update()
        )
        return {row.key: row for row in self.session.connection().execute(query)}

    def crosses(self, row: Any) -> bool:
        """Whether it counts working time, and has a moment at or after the beginning of the span."""
        counts = Unit(row.unit) in IN_OFFICE_HOURS
        moments = [row.due, row.purple_at] if counts else []
        moments += [
            datetime.fromisoformat(rung["due"])
            for rung in row.rungs
            if counts or (rung.get("after") and Unit(rung["after"]["unit"]) in IN_OFFICE_HOURS)
        ]
        return any(moment >= self.span[0] for moment in moments)

    def counted(self, row: Any) -> Counted | None:
        """None where it cannot be counted: the rungs of its ladder would change places."""
        calendar = with_hours(self.session, self.calendar, unit_of(row.holder))
        try:
            new = recounted(row, calendar)
            by_notice = new.get("due", row.due)
            kept = by_notice < row.due and (row.legal or not self.earlier)
            if kept:
                new = _keeping(row, calendar)
        except LadderInvalid:
            return None
        changes = {name: value for name, value in new.items() if value != getattr(row, name)}
        after, provisional = new.get("due", row.due), new.get("provisional", row.provisional)
        moved = Moved(row.key, row.process_instance_key, row.stage, row.legal, row.due, after, by_notice, kept)
        return Counted(changes, moved, (row.provisional, provisional))

    def _said(self, counted: Counted) -> dict[str, Any]:
        """What goes on record of one deadline."""
        moved, (before, now) = counted.moved, counted.provisional
        said: dict[str, Any] = {"key": moved.key, "stage": moved.stage, "notice": self.name}
        said["due"] = [moved.before.isoformat(), moved.after.isoformat()]
        if before != now:
            said["provisional"] = [before, now]
        if moved.kept:
            said["counted"] = moved.counted.isoformat()
        return said


def _keeping(row: Any, calendar: WorkingCalendar) -> dict[str, Any]:
    """What changes of a row that is due no earlier: the working time between the two moments is given back to it.

    So whatever is counted from it later, a pause or an extension, goes on from the moment that was kept.
    """
    clock = clock_of(row, calendar)
    carried = clock.carried + clock.limit.number * (1 + clock.extensions) - clock.used(row.due)
    more = _NEXT_OPENING * _HOUR / (calendar.hours.day if clock.limit.unit is Unit.WORK_DAY else _HOUR)
    new: dict[str, Any] = {}
    for given in (carried, carried - more):
        own = SimpleNamespace(**{**row._mapping, "carried": str(given)})  # noqa: SLF001 a row's public interface
        new = recounted(own, calendar) | {"carried": own.carried}
        if new["due"] >= row.due:
            break
    return new
