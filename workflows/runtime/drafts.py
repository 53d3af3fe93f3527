"""Drafts: what someone has typed into the form of a task stays theirs until it is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select

from workflows.runtime.clock import now
from workflows.store.json import clean
from workflows.store.tables import TaskDraft, UserTask

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def save_draft(session: Session, task_key: int, answers: dict[str, Any], *, actor: str) -> None:
    """The newest replaces the one before. Drafts of tasks that have ended go on this occasion."""
    ended = select(UserTask.key).where(UserTask.key == TaskDraft.task_key, UserTask.state != "CREATED").exists()
    session.execute(delete(TaskDraft).where(ended))
    session.merge(TaskDraft(task_key=task_key, person_id=actor, answers=clean(answers), saved=now(session)))
    session.flush()


def discard_draft(session: Session, task_key: int, *, actor: str) -> None:
    session.execute(delete(TaskDraft).where(TaskDraft.task_key == task_key, TaskDraft.person_id == actor))
