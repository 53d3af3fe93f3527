"""催办: whoever has a task is reminded of it, with the reason why, and no more than once an hour."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from workflows.runtime.clock import now as clock_now
from workflows.runtime.errors import AlreadyClosed, Conflict, NotFound, Suspended
from workflows.runtime.events import Tag
from workflows.runtime.journal import note
from workflows.runtime.reasons import said as reason_said
from workflows.runtime.running import lock
from workflows.runtime.step import BATCH
from workflows.runtime.task_notices import tell_of_task
from workflows.store.base import table
from workflows.store.tables import Event, UserTask

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

KIND = "urge"  # of the notification
EVERY = timedelta(hours=1)
event, user_task = table(Event), table(UserTask)


class UrgedAlready(Conflict):
    """一小时内已经催办过这项任务。"""

    code = "URGED_ALREADY"


class NobodyToUrge(Conflict):
    """这项任务没有办理人,也没有可以领取它的岗位。"""

    code = "NOBODY_TO_URGE"


def urge_user_task(session: Session, key: int, *, reason: str, actor: str) -> list[str]:
    """Tell whoever has a task, or who may take it; returns the groups and persons that were told.

    NotFound, AlreadyClosed, Suspended, ReasonMissing, UrgedAlready, NobodyToUrge.
    """
    why = reason_said(reason, required=True)
    columns = user_task.c
    of = select(columns.process_instance_key).where(columns.key == key)
    instance_key = session.connection().execute(of).scalar_one_or_none()
    if instance_key is None:
        raise NotFound(f"没有任务 {key}")
    instance = lock(session, instance_key)
    task = session.connection().execute(select(user_task).where(columns.key == key)).one()
    if task.state != "CREATED":
        raise AlreadyClosed(f"任务 {key} 已经办结或取消")
    if instance.suspended is not None:
        raise Suspended("流程已挂起,恢复后再催办")
    at = clock_now(session)
    if _urged(session, instance_key, key, at - EVERY):
        raise UrgedAlready
    told = [task.assignee] if task.assignee else [*task.candidate_groups, *task.candidate_users]
    if not told:
        raise NobodyToUrge
    details: dict[str, Any] = {"element": task.element_id, "key": key, "told": told, **why}
    if batch := session.info.get(BATCH):
        details["batch"] = batch
    note(session.connection(), instance, Tag.USER_TASK_URGE, details, at=at, actor=actor)
    tell_of_task(
        session,
        told,
        kind=KIND,
        word="催办",
        task=task.name or task.element_id,
        lines={"催办理由": why["reason"]},
        instance_key=instance_key,
        case_id=instance.case_id,
        at=at,
    )
    return told


def _urged(session: Session, instance_key: int, key: int, since: datetime) -> bool:
    columns = event.c
    lately = select(columns.details).where(
        columns.process_instance_key == instance_key, columns.tag == Tag.USER_TASK_URGE, columns.at > since
    )
    return any(details["key"] == key for details in session.connection().execute(lately).scalars())
