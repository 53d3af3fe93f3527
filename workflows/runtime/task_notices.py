"""Telling colleagues of a task: that they are reminded of it, that it is theirs now, or no longer."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import or_, select

from workflows.runtime.cases import number_of
from workflows.runtime.clock import now
from workflows.runtime.notifications import notify
from workflows.store.base import table
from workflows.store.keys import next_keys
from workflows.store.tables import ProcessInstance, UserTask

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from sqlalchemy.orm import Session

LOST = "task-lost"  # of the notification
user_task, instance = table(UserTask), table(ProcessInstance)


def tell_of_task(
    session: Session,
    told: Iterable[str],
    *,
    kind: str,
    word: str,
    task: str,
    lines: dict[str, str],
    instance_key: int,
    case_id: int | None,
    at: datetime,
) -> None:
    """Each group or person once, in the application; ``word`` says first what has happened."""
    number = number_of(session, case_id)
    matter = f"案件 {number}" if number else f"流程 {instance_key}"
    (one,) = next_keys(session)
    for group in told:
        notify(
            session,
            group=group,
            kind=kind,
            subject=f"〔{word}〕{matter} {task}",
            text="\n".join(f"{name}:{said}" for name, said in {"事项": matter, "任务": task, **lines}.items()),
            channels=(),
            at=at,
            dedupe=f"{kind}:{one}",
            instance_key=instance_key,
            case_id=case_id,
        )


@contextmanager
def told_of_loss(session: Session, key: int, *, word: str, reason: str | None, actor: str) -> Iterator[None]:
    """Whoever has a task in this instance, or in one that it called, and has it no longer afterwards is told why."""
    connection, columns = session.connection(), user_task.c
    called = select(instance.c.key).where(
        instance.c.root_process_instance_key == key, instance.c.ended.is_(None), instance.c.depth > 0
    )
    held = select(columns.key, columns.assignee, columns.name, columns.element_id).where(
        or_(columns.process_instance_key == key, columns.process_instance_key.in_(called)),
        columns.state == "CREATED",
        columns.assignee.is_not(None),
    )
    before = connection.execute(held).all()
    yield
    if not before:
        return
    open_ = select(columns.key).where(columns.key.in_([row.key for row in before]), columns.state == "CREATED")
    left = set(connection.execute(open_).scalars())
    (case,) = connection.execute(select(instance.c.case_id).where(instance.c.key == key)).scalars()
    for row in before:
        if row.key not in left and row.assignee != actor:
            tell_of_task(
                session,
                [row.assignee],
                kind=LOST,
                word=word,
                task=row.name or row.element_id,
                lines={"说明": "这项任务不必再办", **({"理由": reason} if reason else {})},
                instance_key=key,
                case_id=case,
                at=now(session),
            )
