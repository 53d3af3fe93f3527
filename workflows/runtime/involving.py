"""Whom a step involves in its case: units whose clock or task begins, persons who have, may take or have done one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workflows.engine import DeadlineWait, UserTaskWait, Wait
from workflows.governance.involved import involve, units

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sqlalchemy.orm import Session

    from workflows.runtime.running import Running

_WHO: dict[type[Wait], Callable[[Any], set[str]]] = {
    DeadlineWait: lambda wait: units([wait.holder]),
    UserTaskWait: lambda wait: (
        units(wait.candidate_groups) | {*wait.candidate_users, *([wait.assignee] * bool(wait.assignee))}
    ),
}


def involve_all(session: Session, instances: Iterable[Running], actor: str) -> None:
    for running in instances:
        if running.case_id is not None:
            involve(session, running.case_id, _involved(running, actor))


def _involved(running: Running, actor: str) -> set[str]:
    found: set[str] = set()
    for slot, wait in running.after.items():
        if slot[0] in _WHO and running.before.get(slot) != wait:
            found |= _WHO[slot[0]](wait)
    done = (running.before[slot] for slot in running.before.keys() - running.after.keys() if slot[0] is UserTaskWait)
    if ":" not in actor and any(wait.element_key not in running.terminated for wait in done):  # client:x is no person
        found.add(actor)
    return found
