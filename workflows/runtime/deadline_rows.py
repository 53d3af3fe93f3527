"""The rows of clocks: what a clock is when it starts, what it was when it stops."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from workflows.calendar import CHINA, InvalidLimit, Limit, Unit

if TYPE_CHECKING:
    from workflows.engine import DeadlineWait

Row = dict[str, Any]
MAX_LEVEL = 1_000


class LadderInvalid(ValueError):
    """The ladder decision must give a list of {level, at, role, channel, label}."""


def limit_of(wait: DeadlineWait) -> Limit:
    """ValueError when the unit does not exist or the number is out of range."""
    return Limit(Unit(wait.unit), Decimal(wait.number))


def climb(ladder: Any, started: datetime, limit: Limit) -> list[Row]:
    """The rungs of a ladder decision with their moments, in order of level. LadderInvalid."""
    if not isinstance(ladder, list):
        raise LadderInvalid(f"升级梯级须是列表,而不是 {ladder!r} (ladder must be a list)")
    try:
        rungs = [
            {
                "level": _level(rung["level"]),
                "at": rung["at"],
                "role": _text(rung["role"]),
                "channel": _text(rung.get("channel") or ""),
                "label": _text(rung.get("label") or ""),
                "due": CHINA.due(started, limit, Decimal(str(rung["at"]))).at.isoformat(),
            }
            for rung in ladder
        ]
    except (KeyError, TypeError, ArithmeticError, ValueError) as error:
        raise LadderInvalid(f"升级梯级须含 level、at、role:{error!r} (rung)") from error
    rungs.sort(key=lambda rung: rung["level"])
    if len({rung["level"] for rung in rungs}) < len(rungs):
        raise LadderInvalid("两个升级梯级的 level 相同 (levels must differ)")
    return rungs


def _level(value: Any) -> int:
    if isinstance(value, bool) or value != int(value) or not 0 <= value <= MAX_LEVEL:
        raise ValueError(f"level {value!r}")
    return int(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(repr(value))
    return value


def next_rung(rungs: list[Row], after: int | None = None) -> Row:
    """``next_level`` and ``next_at`` of the rung after a level; both None when there is none."""
    rung = next((rung for rung in rungs if after is None or rung["level"] > after), None)
    if rung is None:
        return {"next_level": None, "next_at": None}
    return {"next_level": rung["level"], "next_at": datetime.fromisoformat(rung["due"])}


def started(wait: DeadlineWait, begun: datetime, limit: Limit, rungs: list[Row]) -> Row:
    """The row of a clock."""
    due = CHINA.due(begun, limit)
    return {
        "element_instance_key": wait.element_key,
        "stage": wait.stage,
        "unit": wait.unit,
        "number": wait.number,
        "started": begun,
        "due": due.at,
        "provisional": due.provisional,
        "rungs": rungs,
        **next_rung(rungs),
    }


def stopped(clock: Any, now: datetime, suspended: datetime | None) -> Row:
    """What a clock that stops now was: in time or not, and how much of its unit it used; pauses do not count."""
    until = now if suspended is None else max(clock.started, suspended)
    used = CHINA.used(clock.started, until, Unit(clock.unit)) - Decimal(clock.paused or 0)
    used = max(used, Decimal(0)).quantize(Decimal("0.0001"))
    return {
        "ended": now,
        "met": until <= clock.due,
        "used": f"{used.normalize():f}",
        "next_level": None,
        "next_at": None,
    }


def resumed(clock: Any, suspended: datetime, now: datetime) -> Row:
    """What changes of a clock that goes on after a pause: of its unit as much is left at every moment to come.

    A moment that had passed when the pause began stays.
    """
    unit, since = Unit(clock.unit), max(clock.started, suspended)
    limit = Limit(unit, Decimal(clock.number))
    due, provisional = _moved(clock.due, limit, since, now)
    rungs = [
        {**rung, "due": _moved(datetime.fromisoformat(rung["due"]), limit, since, now)[0].isoformat()}
        for rung in clock.rungs
    ]
    next_at = next((rung["due"] for rung in rungs if rung["level"] == clock.next_level), None)
    return {
        "due": due,
        "provisional": clock.provisional or provisional,
        "rungs": rungs,
        "next_at": None if next_at is None else datetime.fromisoformat(next_at),
        "paused": str(Decimal(clock.paused or 0) + CHINA.used(since, now, unit)),
        "claimed_until": None,
    }


def _moved(moment: datetime, limit: Limit, since: datetime, now: datetime) -> tuple[datetime, bool]:
    """A moment of a clock after a pause from ``since`` to now, and whether it is provisional."""
    left = CHINA.used(since, moment, limit.unit)
    if not left:
        return moment, False
    try:
        due = CHINA.due(now, limit, left / limit.number)
    except InvalidLimit:  # beyond the calendar
        return moment, True
    return due.at, due.provisional
