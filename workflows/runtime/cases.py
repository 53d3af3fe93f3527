"""What a step tells the case its instance handles, and asks of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from workflows.governance import assignments, cases, organisation
from workflows.governance.assignments import Recipient
from workflows.store.tables import ProcessInstance

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from workflows.runtime.running import Running

STEP = "bihuan:step"


def enter_steps(session: Session, running: Running, now: datetime) -> None:
    """The case enters the public step of each element that this step of the instance came to."""
    if running.case_id is None:
        return
    # An element that only ended now was entered before.
    came_to = [record for record in running.records if STEP in record.properties and record.key > running.last_key]
    for record in sorted(came_to, key=lambda record: record.key):
        cases.enter_step(session, running.case_id, record.properties[STEP], now)


def void(session: Session, running: Running, now: datetime) -> None:
    """A case whose handling is cancelled does not stay open for others to be merged into."""
    if running.case_id is not None and _handles(session, running.case_id, running.definition.process_id):
        cases.void(session, running.case_id, now)


def reopen(session: Session, running: Running) -> None:
    if running.case_id is not None and _handles(session, running.case_id, running.definition.process_id):
        cases.reopen(session, running.case_id)


def _handles(session: Session, case_id: int, process_id: str) -> bool:
    """A case is handled by the process that it began with; others are about it."""
    first = select(ProcessInstance.process_id).where(ProcessInstance.case_id == case_id, ProcessInstance.depth == 0)
    return bool(session.execute(first.order_by(ProcessInstance.key).limit(1)).scalar() == process_id)


def recipient_of(session: Session, role: str, case_id: int | None, holder: str | None, now: datetime) -> Recipient:
    """Who a rung's role means: seen from the case, or from who has the clock."""
    if case_id is None and not organisation.exists(session):
        return Recipient(holder if role == "handler" and holder else role)
    return assignments.resolve_role(session, role, case_id, holder, now)


def number_of(session: Session, case_id: int | None) -> str | None:
    """The number of a case, as people and diagrams know it."""
    return cases.get(session, case_id).number if case_id is not None else None
