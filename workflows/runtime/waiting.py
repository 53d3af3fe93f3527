"""The step of a command that names a task, a job or an incident instead of an instance."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from workflows.engine import IncidentWait, JobWait, UserTaskWait, Wait
from workflows.runtime.errors import AlreadyClosed, NotFound
from workflows.runtime.rows import OPENING
from workflows.runtime.step import Step
from workflows.store.keys import instance_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from workflows.runtime.events import Tag
    from workflows.runtime.running import Running

NOUNS: dict[type[Wait], str] = {UserTaskWait: "任务", JobWait: "作业", IncidentWait: "异常"}


@contextmanager
def waiting_step(
    session: Session, kind: type[Wait], key: int, tag: Tag, details: dict[str, Any], *, actor: str
) -> Iterator[tuple[Step, Running, Any]]:
    """The step, its instance and the wait that ``key`` names. NotFound; AlreadyClosed when it is over."""
    step = Step(session, actor)
    try:
        running = step.open(instance_of(key), tag)
    except NotFound:
        raise NotFound(f"没有{NOUNS[kind]} {key}") from None
    wait = running.waiting(kind, key)
    if wait is None:
        raise _absent(session, kind, key)
    running.details |= {"element": wait.element_id, "key": key, **details}
    yield step, running, wait
    step.finish()


def _absent(session: Session, kind: type[Wait], key: int) -> NotFound | AlreadyClosed:
    row = OPENING[kind][0].c
    if session.connection().execute(select(row.state).where(row.key == key)).one_or_none() is None:
        return NotFound(f"没有{NOUNS[kind]} {key}")
    return AlreadyClosed(f"{NOUNS[kind]} {key} 已经办结或取消")
