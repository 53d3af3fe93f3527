"""Clocks and the rungs they have climbed, with what is known of their instance and case."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, select

from workflows.store.base import table
from workflows.store.queries.lights import rank
from workflows.store.tables import Deadline, Escalation, ProcessInstance, SupervisionLetter
from workflows.store.tables.governance import Case, Unit

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import Row
    from sqlalchemy.orm import Session

# As a label, because a column that comes by an outer join may be empty.
_CASE_NUMBER = Case.number.label("case_number")
_OF_INSTANCE = (
    ProcessInstance.process_id,
    ProcessInstance.root_process_instance_key,
    ProcessInstance.business_id,
    _CASE_NUMBER,
)
#: What became of the letter of an escalation, as labels.
LETTER = tuple(
    column.label(f"letter_{column.name}")
    for column in table(SupervisionLetter).c
    if column.name not in {"key", "escalation_key", "process_instance_key", "subject", "recipient"}
)

ESCALATIONS: Select[Any] = (
    select(
        *Escalation.__table__.c,
        Deadline.milestone,
        Deadline.holder,
        Deadline.unit,
        Deadline.number,
        Deadline.due,
        *LETTER,
        *_OF_INSTANCE,
    )
    .join(Deadline, Deadline.key == Escalation.deadline_key)
    .outerjoin(SupervisionLetter, SupervisionLetter.escalation_key == Escalation.key)
    .join(ProcessInstance, ProcessInstance.key == Escalation.process_instance_key)
    .outerjoin(Case, Case.key == ProcessInstance.case_id)
)


def deadlines(now: datetime) -> Select[Any]:
    """All clocks; ``light`` is the place in ``LIGHTS`` at this moment, null of those that have ended."""
    return (
        select(*Deadline.__table__.c, *_OF_INSTANCE, rank(now).label("light"))
        .join(ProcessInstance, ProcessInstance.key == Deadline.process_instance_key)
        .outerjoin(Case, Case.key == ProcessInstance.case_id)
    )


def unit_names(session: Session, ids: Iterable[str]) -> dict[str, str]:
    """What the units of the organisation are called, as far as they are in it."""
    return dict(session.execute(select(Unit.id, Unit.name).where(Unit.id.in_(list(ids)))).tuples().all())


def next_due(session: Session, case_key: int) -> Row[tuple[str, datetime, datetime | None]] | None:
    """The clock of a case that ends first: its stage, when it is due, until when it stands still."""
    of_case = (
        select(Deadline.stage, Deadline.due, Deadline.suspended_until)
        .join(ProcessInstance, ProcessInstance.key == Deadline.process_instance_key)
        .where(ProcessInstance.case_id == case_key, ProcessInstance.depth == 0, Deadline.ended.is_(None))
    )
    return session.execute(of_case.order_by(Deadline.due, Deadline.key).limit(1)).one_or_none()
