"""Restart: a finished instance is begun anew, as another one."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from workflows.engine import NotModifiable
from workflows.runtime import cases
from workflows.runtime.errors import Conflict, NoStart
from workflows.runtime.events import Tag
from workflows.runtime.journal import note
from workflows.runtime.modification import activations, refused
from workflows.runtime.reasons import said
from workflows.runtime.running import lock
from workflows.runtime.step import Step
from workflows.store.base import table
from workflows.store.definitions import Deployed, executable, find_process
from workflows.store.json import loads
from workflows.store.tables import Event

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Row
    from sqlalchemy.orm import Session

event = table(Event)


class Beginning(StrEnum):
    """Which variables the new instance begins with: those the old one was started with, or those it ended with."""

    STARTED = "STARTED"
    ENDED = "ENDED"


def restart_process_instance(
    session: Session,
    key: int,
    *,
    reason: str,
    variables: Beginning = Beginning.STARTED,
    latest: bool = False,
    at: Sequence[str] = (),
    actor: str,
) -> int:
    """Begin a finished instance anew; returns the new one's key, which has the same business id and case.

    It begins as the old one did, or ``at`` elements; in the same version, or the latest. Conflict while it runs and for
    one that was called; ReasonMissing; NoStart, ModificationRefused where it cannot begin so.
    """
    why = said(reason, required=True)
    old = lock(session, key)
    if old.ended is None:
        raise Conflict(f"流程实例 {key} 还没有结束")
    if old.parent_process_instance_key is not None:
        raise Conflict(
            f"流程实例 {key} 由 {old.parent_process_instance_key} 调用,请重启 {old.root_process_instance_key}"
        )
    begun = _begun(session, key)
    definition = _definition(session, old, latest=latest)
    step = Step(session, actor)
    start_event = None if at else begun.get("startEvent")
    if start_event is not None and start_event not in {s.id for s in executable(session, definition).model.starts()}:
        raise NoStart(f"第 {definition.version} 版没有开始事件「{start_event}」,请指定从哪里开始")
    given = begun["variables"] if variables is Beginning.STARTED else loads(old.snapshot)["scopes"][str(key)]
    try:
        running = step.start(
            definition,
            given,
            start_event=start_event,
            business_id=old.business_id,
            case_id=old.case_id,
            at=activations(at),
        )
    except NotModifiable as error:
        raise refused(error) from error
    running.details |= {"restarts": key, **why}
    cases.reopen(session, running)
    step.finish()
    fact = {"instance": running.key, "variables": variables.value, **why}
    note(session.connection(), old, Tag.PROCESS_INSTANCE_RESTART, fact, at=step.now, actor=actor)
    return running.key


def _begun(session: Session, key: int) -> dict[str, Any]:
    """What the first event of the instance says: with which variables it was started, and where."""
    first = select(event.c.details).where(event.c.process_instance_key == key, event.c.seq == 1)
    details: dict[str, Any] = session.connection().execute(first).scalar_one()
    return details


def _definition(session: Session, old: Row[Any], *, latest: bool) -> Deployed:
    if latest and (found := find_process(session, process_id=old.process_id)) is not None:
        return found
    return Deployed(old.process_definition_key, old.process_id, old.version, old.definition_hash)
