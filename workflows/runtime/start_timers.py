"""Timer start events: when a process starts by the clock, and when again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workflows.engine.errors import Failure
from workflows.engine.formulas import Formula
from workflows.engine.timers import LOCAL, Cycle, parse_cycle, parse_instant
from workflows.feel import Run

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from workflows.calendar import WorkingCalendar
    from workflows.engine.model import Node

    Calendar = Callable[[], WorkingCalendar]

MAX_REPETITIONS = 1_000_000


class TimerInvalid(ValueError):
    """The timer start event has no date and no cycle."""


def first(node: Node, now: datetime, calendar: Calendar | None = None) -> tuple[datetime, int | None]:
    """When a start event fires first, and how often in all (None: without end). TimerInvalid."""
    when = _when(node, now, calendar)
    if isinstance(when, Cycle):
        if when.times is not None and when.times > MAX_REPETITIONS:
            raise TimerInvalid(f"最多重复 {MAX_REPETITIONS} 次 (too many repetitions)")
        return when.start or when.period.after(now), when.times
    return when, 1


def following(node: Node, due: datetime, repetitions: int | None, calendar: Calendar | None = None) -> datetime | None:
    """When a start event that was due fires again; None when that was the last time."""
    when = _when(node, due, calendar)
    if not isinstance(when, Cycle) or (repetitions is not None and repetitions <= 1):
        return None
    return when.period.after(due)


def _when(node: Node, now: datetime, calendar: Calendar | None) -> datetime | Cycle:
    event = node.event
    if event is None or event.value is None:
        raise TimerInvalid
    try:
        run = Run(now.astimezone(LOCAL), calendar=calendar)
        value = str(Formula(event.value).json({}, run, "EXTRACT_VALUE_ERROR"))
        return parse_cycle(value) if event.timer == "cycle" else parse_instant(value)
    except (Failure, OverflowError, ValueError) as error:
        raise TimerInvalid(str(error)) from error
