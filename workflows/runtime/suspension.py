"""Suspend and resume: an instance and those it called stand still, and so do their clocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, update

from workflows.engine import MessageWait
from workflows.runtime.calendars import calendar_of
from workflows.runtime.deadline_rows import paused, resumed
from workflows.runtime.errors import AlreadyClosed, Conflict
from workflows.runtime.events import Tag
from workflows.runtime.reasons import said
from workflows.runtime.step import Step
from workflows.runtime.tree import called_instances
from workflows.store.base import table
from workflows.store.tables import Deadline

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from workflows.runtime.running import Running

deadline = table(Deadline)


def suspend_process_instance(session: Session, key: int, *, reason: str | None = None, actor: str) -> None:
    """Nothing goes on in an instance and those it called until it is resumed.

    Suspended when it is already; a called instance is suspended through its root: Conflict.
    """
    step, root = _open(session, key, Tag.PROCESS_INSTANCE_SUSPEND, reason, actor)
    _stand_still(step, root)
    for running in called_instances(step, root):
        running.touch(Tag.PROCESS_INSTANCE_SUSPEND, {"by": key})
        _stand_still(step, running)
    step.finish()


def resume_process_instance(session: Session, key: int, *, reason: str | None = None, actor: str) -> None:
    """Go on where it stood still. Timers are due later by the calendar time that has passed, deadlines by their unit.

    Messages that were published meanwhile and are still kept arrive now. Conflict when it is not suspended.
    """
    step, root = _open(session, key, Tag.PROCESS_INSTANCE_RESUME, reason, actor)
    if root.suspended is None:
        raise Conflict(f"流程实例 {key} 没有挂起")
    root.details["suspended"] = root.suspended.isoformat()
    for running in called_instances(step, root):
        running.touch(Tag.PROCESS_INSTANCE_RESUME, {"by": key})
        _go_on(step, running)
    _go_on(step, root)
    step.finish()


def _open(session: Session, key: int, tag: Tag, reason: str | None, actor: str) -> tuple[Step, Running]:
    step = Step(session, actor)
    running = step.open(key, tag, said(reason))
    if not running.active:
        raise AlreadyClosed(f"流程实例 {key} 已经结束")
    if running.parent_key is not None:
        raise Conflict(f"流程实例 {key} 由 {running.parent_key} 调用,请操作 {running.root_key}")
    return step, running


def _stand_still(step: Step, running: Running) -> None:
    running.suspended = step.now
    columns = deadline.c
    running_clocks = (
        columns.process_instance_key == running.key,
        columns.ended.is_(None),
        columns.paused_since.is_(None),
    )
    step.session.connection().execute(update(deadline).where(*running_clocks).values(paused(step.now)))


def _go_on(step: Step, running: Running) -> None:
    since, running.suspended = running.suspended, None
    if since is None:
        return
    running.execution.postpone(since)
    running.absorb()
    running.seen -= {slot for slot in running.seen if slot[0] is MessageWait}  # what has come meanwhile is looked for
    connection, columns = step.session.connection(), deadline.c
    still = (columns.paused_since.is_not(None), columns.suspended_until.is_(None))  # 挂账 has an end of its own
    query = select(deadline).where(columns.process_instance_key == running.key, columns.ended.is_(None), *still)
    for row in connection.execute(query).all():
        changes = resumed(row, step.now, calendar_of(step.session, row.holder))
        connection.execute(update(deadline).where(columns.key == row.key).values(changes))
