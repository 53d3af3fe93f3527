"""What supervisors ask for beside the lights: what stands still, what met an empty seat, what a clock has climbed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, select

from workflows.store.tables import Case, Deadline, Escalation, ProcessInstance

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Row
    from sqlalchemy.orm import Session

LONGEST_CHAIN = 50  # clocks that go on with each other


def rungs_climbed(session: Session, deadline_key: int) -> list[Escalation]:
    """The rungs that a clock and those it goes on with have climbed, the lowest first."""
    chain: list[int] = []
    key: int | None = deadline_key
    while key is not None and len(chain) < LONGEST_CHAIN:
        chain.append(key)
        key = session.scalars(select(Deadline.continues).where(Deadline.key == key)).one()
    query = select(Escalation).where(Escalation.deadline_key.in_(chain)).order_by(Escalation.level, Escalation.key)
    return list(session.scalars(query))


def suspended_clocks(session: Session, limit: int = 500) -> list[Row[Any]]:
    """(case number, process instance, stage, milestone, holder, since, until), those that stand longest first.

    ``until`` is None where no end was said: the whole instance is suspended.
    """
    query = (
        select(
            Case.number,
            Deadline.process_instance_key,
            Deadline.stage,
            Deadline.milestone,
            Deadline.holder,
            Deadline.paused_since,
            Deadline.suspended_until,
        )
        .join(ProcessInstance, ProcessInstance.key == Deadline.process_instance_key)
        .outerjoin(Case, Case.key == ProcessInstance.case_id)
        .where(Deadline.ended.is_(None), Deadline.paused_since.is_not(None))
        .order_by(Deadline.paused_since, Deadline.key)
        .limit(limit)
    )
    return list(session.execute(query))


def vacant_seats(session: Session, since: datetime, until: datetime) -> list[Row[Any]]:
    """(role, recipient, number) of the escalations that fired in [since, until) and met a seat that nobody holds."""
    within = and_(Escalation.vacant, Escalation.fired >= since, Escalation.fired < until)
    query = select(Escalation.role, Escalation.recipient, func.count().label("number")).where(within)
    query = query.group_by(Escalation.role, Escalation.recipient).order_by(func.count().desc(), Escalation.role)
    return list(session.execute(query))
