"""Photos that staff take while they work on a task: they belong to its case, and who brought them is on record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from workflows.governance import photos
from workflows.runtime.clock import now
from workflows.runtime.errors import Conflict, NotFound
from workflows.runtime.events import Tag
from workflows.runtime.journal import note
from workflows.runtime.running import lock
from workflows.store.tables import UserTask

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


class TaskOver(Conflict):
    """任务已经结束,不能再加照片。"""

    code = "TASK_OVER"


def add_photo(session: Session, task_key: int, picture: dict[str, Any], *, stage: str, actor: str) -> None:
    """``picture``: hash, media_type, size, width, height. NotFound where the task is of no case; TaskOver; Invalid."""
    task = session.execute(select(UserTask).where(UserTask.key == task_key)).scalar_one_or_none()
    if task is None:
        raise NotFound(f"没有用户任务 {task_key}")
    instance = lock(session, task.process_instance_key)
    session.refresh(task)
    if task.state != "CREATED":
        raise TaskOver
    if instance.case_id is None:
        raise NotFound("这项任务不属于任何案件")
    at = now(session)
    photos.attach(session, instance.case_id, stage=stage, **picture, at=at)
    details = {"task": str(task_key), "stage": stage, "hash": picture["hash"]}
    note(session.connection(), instance, Tag.PHOTO_ADD, details, at=at, actor=actor)
