"""The rows of clocks: what a clock is when it starts, stands still, goes on, changes and stops."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from functools import cache
from itertools import accumulate
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from workflows.calendar import Clock, InvalidLimit, Limit, Unit
from workflows.runtime.ladder import LadderInvalid
from workflows.store.settings import StoreSettings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workflows.calendar import WorkingCalendar
    from workflows.engine import DeadlineWait

Row = dict[str, Any]
PURPLE = 2  # a whole limit after it was due


@cache
def yellow_share() -> Decimal:
    """From which share of its limit a clock is yellow."""
    return StoreSettings().yellow_share


def limit_of(wait: DeadlineWait) -> Limit:
    """ValueError when the unit does not exist or the number is out of range."""
    return Limit(Unit(wait.unit), Decimal(wait.number))


def clock_of(row: Any, calendar: WorkingCalendar) -> Clock:
    """The clock that a row keeps, without the pause that is not over yet."""
    return Clock(
        calendar,
        row.started,
        Limit(Unit(row.unit), Decimal(row.number)),
        tuple((datetime.fromisoformat(began), datetime.fromisoformat(ended)) for began, ended in row.pauses),
        row.extensions,
        Decimal(row.carried),
    )


def counted(
    clock: Clock, rungs: Sequence[Row], fired: int | None, *, paused: bool = False, in_order: bool = False
) -> Row:
    """What of a row is counted: when it is due, its lights, its rungs, the next of them.

    What has fired stays as it was. LadderInvalid when a rung comes before one of a lower level; ``in_order``: such a
    rung waits for the one below it.
    """
    due = clock.due()
    ahead = [moment(clock, rung) for rung in rungs if not _has_fired(rung, fired)]
    climbing = list(accumulate(ahead, max))
    if climbing != ahead and not in_order:
        levels = [rung["level"] for rung in rungs if not _has_fired(rung, fired)]
        early = next(level for level, at, due in zip(levels, ahead, climbing, strict=True) if at < due)
        raise LadderInvalid(f"第 {early} 级早于比它低的级 (a higher level must not come earlier)")
    moments = iter(climbing)
    moved = [rung if _has_fired(rung, fired) else {**rung, "due": next(moments).isoformat()} for rung in rungs]
    return {
        "due": due.at,
        "provisional": due.provisional,
        "yellow_at": clock.due(yellow_share()).at,
        "purple_at": clock.due(PURPLE).at,
        "rungs": moved,
        **next_rung(moved, fired, paused=paused),
    }


def moment(clock: Clock, rung: Row) -> datetime:
    """When a rung is due: at a share of the limit, and where it says so some time after that."""
    at = clock.due(Decimal(str(rung["at"]))).at
    if after := rung.get("after"):
        at = clock.later(at, Decimal(str(after["number"])), Unit(after["unit"])).at
    return at


def _has_fired(rung: Row, fired: int | None) -> bool:
    return fired is not None and rung["level"] <= fired


def next_rung(rungs: Sequence[Row], fired: int | None, *, paused: bool = False) -> Row:
    """``next_level`` and ``next_at`` of the rung after what has fired; a clock that stands still has no ``next_at``."""
    rung = next((rung for rung in rungs if not _has_fired(rung, fired)), None)
    if rung is None:
        return {"next_level": None, "next_at": None}
    return {"next_level": rung["level"], "next_at": None if paused else datetime.fromisoformat(rung["due"])}


def started(
    wait: DeadlineWait,
    begun: datetime,
    calendar: WorkingCalendar,
    rungs: list[Row],
    *,
    earlier: Any = None,
    paused: datetime | None = None,
) -> Row:
    """The row of a clock that starts, or goes on with an earlier one: with what that has used and has fired."""
    fired = None if earlier is None else earlier.fired_level
    row: Row = {
        "element_instance_key": wait.element_key,
        "stage": wait.stage,
        "milestone": wait.milestone,
        "holder": wait.holder,
        "handed_over": [],
        "unit": wait.unit,
        "number": wait.number,
        "legal": wait.legal,
        "started": begun,
        "pauses": [],
        "paused_since": paused,
        "suspensions": 0 if earlier is None else earlier.suspensions,
        "extensions": 0 if earlier is None else earlier.extensions,
        "carried": "0" if earlier is None else earlier.used,
        "continues": None if earlier is None else earlier.key,
        "fired_level": fired,
    }
    clock = Clock(calendar, begun, limit_of(wait), (), row["extensions"], Decimal(row["carried"]))
    return row | counted(clock, rungs, fired, paused=paused is not None)


def stopped(row: Any, now: datetime, calendar: WorkingCalendar) -> Row:
    """What a clock that stops now was: in time or not, and how much of its unit it used; pauses do not count."""
    until = row.paused_since or now
    used = clock_of(row, calendar).used(until).quantize(Decimal("0.0001"))
    return {
        "ended": now,
        "met": until <= row.due,
        "used": f"{max(used, Decimal(0)).normalize():f}",
        "paused_since": None,
        "suspended_until": None,
        "next_level": None,
        "next_at": None,
    }


def paused(now: datetime) -> Row:
    """What changes of a clock that stands still from now on."""
    return {"paused_since": now, "next_at": None, "claimed_until": None}


def resumed(row: Any, now: datetime, calendar: WorkingCalendar) -> Row:
    """What changes of a clock that goes on: of its unit as much is left at every moment to come.

    It goes on whatever its ladder is: a rung in another unit that would come before a lower one waits for that.
    """
    pauses = [*row.pauses, [row.paused_since.isoformat(), max(now, row.paused_since).isoformat()]]
    going = {"pauses": pauses, "paused_since": None, "suspended_until": None, "claimed_until": None}
    return going | _recounted(row, calendar, in_order=True, pauses=pauses)


def extended(row: Any, calendar: WorkingCalendar) -> Row:
    """What changes of a clock that is given its limit once more."""
    more = {"extensions": row.extensions + 1, "claimed_until": None}
    standing = row.paused_since is not None
    return more | _recounted(row, calendar, in_order=True, extensions=row.extensions + 1, paused=standing)


def recounted(row: Any, calendar: WorkingCalendar) -> Row:
    """What changes of a clock when the calendar has."""
    return _recounted(row, calendar, paused=row.paused_since is not None)


def _recounted(
    row: Any, calendar: WorkingCalendar, *, paused: bool = False, in_order: bool = False, **changes: Any
) -> Row:
    names = ("started", "unit", "number", "pauses", "extensions", "carried")
    changed = SimpleNamespace(**({name: getattr(row, name) for name in names} | changes))
    try:
        return counted(clock_of(changed, calendar), row.rungs, row.fired_level, paused=paused, in_order=in_order)
    except InvalidLimit:  # beyond the calendar: it stays as it was
        return next_rung(row.rungs, row.fired_level, paused=paused)
