"""What is decided about a clock while it runs, and afterwards: 延期, 挂账 and its end, 申诉, the next rung at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import select, update

from workflows.calendar import LegalPeriod, LegalUnit, Statute
from workflows.runtime import deadline_rows
from workflows.runtime.calendars import calendar_of
from workflows.runtime.clock import now as clock_now
from workflows.runtime.errors import Conflict, Invalid, NotFound
from workflows.runtime.escalating import fire_rung
from workflows.runtime.events import Tag
from workflows.runtime.journal import note
from workflows.runtime.reasons import said as reason_said
from workflows.runtime.running import lock
from workflows.store.base import table
from workflows.store.keys import instance_of
from workflows.store.tables import Deadline

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Row
    from sqlalchemy.orm import Session

MOST_EXTENSIONS = 2
LONGEST_SUSPENSION = LegalPeriod(Statute.PENALTY, 1, LegalUnit.YEAR)  # a year is the same in every statute

deadline = table(Deadline)


class DeadlineEnded(Conflict):
    """这个时限已经结束。"""

    code = "DEADLINE_ENDED"


class NotExtendable(Conflict):
    """这个时限不能延期。"""

    code = "NOT_EXTENDABLE"


class NotSuspendable(Conflict):
    """这个时限不能挂账。"""

    code = "NOT_SUSPENDABLE"


class NotSupervisable(Conflict):
    """这个时限的升级阶梯里没有可以发起的督办。"""

    code = "NOT_SUPERVISABLE"


class NotAppealable(Conflict):
    """这个超期不能申诉。"""

    code = "NOT_APPEALABLE"


def find_deadline(session: Session, key: int) -> Row[Any]:
    """The row of a clock. NotFound."""
    row = session.connection().execute(select(deadline).where(deadline.c.key == key)).one_or_none()
    if row is None:
        raise NotFound(f"没有时限 {key}")
    return row


def check_extendable(row: Row[Any], now: datetime) -> None:
    """延期 is applied for before it is overdue, and granted at most twice. DeadlineEnded, NotExtendable."""
    _check_running(row)
    if (row.paused_since or now) > row.due:
        raise NotExtendable("已经超期,不能再申请延期")
    _check_extensions(row)


def check_suspendable(row: Row[Any], until: datetime, now: datetime) -> None:
    """挂账 happens once and ends within a year, with the day of the same name at the latest.

    DeadlineEnded, NotSuspendable, Invalid.
    """
    _check_running(row)
    if row.suspensions or row.suspended_until is not None:
        raise NotSuspendable("已经挂过一次账,不能再挂")
    if not now < until <= LONGEST_SUSPENSION.ends(now, next_working_day=False).at:
        raise Invalid("挂账的截止时间须在现在之后、一年以内")


def next_supervision(row: Row[Any]) -> dict[str, Any]:
    """The next rung of its ladder that starts 督办. DeadlineEnded, NotSupervisable."""
    _check_running(row)
    for rung in row.rungs if row.next_level is not None else ():
        if rung["level"] >= row.next_level and rung["process"]:
            return dict(rung)
    raise NotSupervisable


def check_appealable(row: Row[Any]) -> None:
    """申诉 is about a clock that ended overdue, and succeeds once. NotAppealable."""
    if row.ended is None:
        raise NotAppealable("时限还在走,办结以后才能申诉")
    if row.met is not False:
        raise NotAppealable("没有超期,不必申诉")
    if row.exempted is not None:
        raise NotAppealable("已经申诉成立")


def extend_deadline(session: Session, key: int, *, reason: str, actor: str) -> datetime:
    """延期: one original limit more from the present deadline; what was fired stays. Returns the new deadline.

    DeadlineEnded; NotExtendable after the second. That it was applied for in time is checked with the application.
    """
    clock = _open(session, key)
    row = clock.row
    _check_running(row)
    _check_extensions(row)
    changes = deadline_rows.extended(row, calendar_of(session, row.holder))
    due: datetime = changes["due"]
    said = {"extensions": changes["extensions"], "due": [row.due.isoformat(), due.isoformat()]}
    clock.change(changes, Tag.DEADLINE_EXTEND, said, reason, actor)
    return due


def suspend_deadline(session: Session, key: int, *, until: datetime, reason: str, actor: str) -> None:
    """挂账: the clock stands still until it is resumed, or by itself at ``until``.

    DeadlineEnded, NotSuspendable, Invalid.
    """
    clock = _open(session, key)
    row = clock.row
    check_suspendable(row, until, clock.now)
    changes = {"suspended_until": until, "suspensions": row.suspensions + 1}
    if row.paused_since is None:
        changes |= deadline_rows.paused(clock.now)
    clock.change(changes, Tag.DEADLINE_SUSPEND, {"until": until.isoformat()}, reason, actor)


def resume_deadline(session: Session, key: int, *, reason: str, actor: str) -> bool:
    """The end of 挂账; False when it was over already. While its instance is suspended, it goes on only with that.

    It stood still until its day and no longer, however late that is noticed.
    """
    clock = _open(session, key)
    row = clock.row
    if row.ended is not None or row.suspended_until is None:
        return False
    changes: dict[str, Any] = {"suspended_until": None}
    if clock.instance.suspended is None:
        until = min(clock.now, row.suspended_until)
        changes = deadline_rows.resumed(row, until, calendar_of(session, row.holder))
    said = {"due": [row.due.isoformat(), changes.get("due", row.due).isoformat()]}
    clock.change(changes, Tag.DEADLINE_RESUME, said, reason, actor)
    return True


def exempt_deadline(session: Session, key: int, *, reason: str, actor: str) -> None:
    """申诉成立: statistics do not count that it was overdue; the fact stays. NotAppealable."""
    clock = _open(session, key)
    check_appealable(clock.row)
    clock.change({"exempted": clock.now}, Tag.DEADLINE_EXEMPT, {}, reason, actor)


def raise_deadline(session: Session, key: int, *, actor: str) -> int | None:
    """Climb to the next rung at once (提级督办); None when there is none, or the clock is over."""
    clock = _open(session, key)
    if clock.row.ended is not None or clock.row.next_level is None:
        return None
    return fire_rung(session, clock.instance, clock.row, clock.now, actor=actor)


def supervise_deadline(session: Session, key: int, *, reason: str, actor: str) -> int:
    """督办 at once: climb to the next rung that starts a process, firing those before it; its escalation's key.

    DeadlineEnded; NotSupervisable when the ladder has no such rung left; ReasonMissing.
    """
    why = reason_said(reason, required=True)
    clock = _open(session, key)
    level, first = next_supervision(clock.row)["level"], clock.row.next_level
    fired = None
    for _ in [rung for rung in clock.row.rungs if first <= rung["level"] <= level]:
        clock = _open(session, key)  # the one before may have acted on it
        if clock.row.ended is not None or clock.row.next_level is None:
            break
        fired = fire_rung(session, clock.instance, clock.row, clock.now, actor=actor, why=why) or fired
    if fired is None:
        raise NotSupervisable
    return fired


class _Clock(NamedTuple):
    """A clock whose instance is locked."""

    session: Session
    instance: Row[Any]
    row: Row[Any]
    now: datetime

    def change(self, changes: dict[str, Any], tag: Tag, said: dict[str, Any], reason: str, actor: str) -> None:
        """Write it, and on record why."""
        connection = self.session.connection()
        connection.execute(update(deadline).where(deadline.c.key == self.row.key).values(changes))
        details = {"key": self.row.key, "stage": self.row.stage, **said, **reason_said(reason, required=True)}
        note(connection, self.instance, tag, details, at=self.now, actor=actor)


def _open(session: Session, key: int) -> _Clock:
    try:
        instance = lock(session, instance_of(key))
    except NotFound:
        raise NotFound(f"没有时限 {key}") from None
    return _Clock(session, instance, find_deadline(session, key), clock_now(session))


def _check_running(row: Row[Any]) -> None:
    if row.ended is not None:
        raise DeadlineEnded


def _check_extensions(row: Row[Any]) -> None:
    if row.extensions >= MOST_EXTENSIONS:
        raise NotExtendable(f"已经延期 {MOST_EXTENSIONS} 次,不能再延")
