"""Telling colleagues of a task: that they are reminded of it, that it is theirs now, or no longer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workflows.runtime.cases import number_of
from workflows.runtime.notifications import notify
from workflows.store.keys import next_keys

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy.orm import Session


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
