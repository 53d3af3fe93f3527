"""Rungs that have fired are handed out to be shown to the world outside, those of one clock in their order."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import exists, select, update

from workflows.runtime.claims import LEASE, claim
from workflows.runtime.clock import real_now
from workflows.runtime.crash import AFTER_ANNOUNCING, BEFORE_ANNOUNCING, crash_point
from workflows.store import Database, read, transaction
from workflows.store.base import table
from workflows.store.tables import Escalation, ProcessInstance

if TYPE_CHECKING:
    from datetime import datetime, timedelta

escalation, process_instance = map(table, (Escalation, ProcessInstance))
_lower = escalation.alias("lower_rung")


class FiredEscalation(NamedTuple):
    """One rung that fired and that the world outside has to be told of."""

    key: int
    deadline_key: int
    process_instance_key: int
    case_id: int | None
    stage: str
    level: int
    role: str
    recipient: str  # the group, e.g. grid-lead@G07
    vacant: bool  # nobody holds the seat that was meant: it went up
    channels: list[str]
    label: str
    at: datetime  # when it was due
    fired: datetime


def claim_escalations(database: Database, limit: int = 100, *, lease: timedelta = LEASE) -> list[FiredEscalation]:
    """Up to ``limit`` escalations that nobody has announced yet, each held for ``lease``, the earliest first.

    One is handed out only when those below it on the same ladder are announced.
    """
    columns = escalation.c
    before = exists().where(
        _lower.c.deadline_key == columns.deadline_key, _lower.c.level < columns.level, _lower.c.announced.is_(None)
    )
    waiting = columns.announced.is_(None) & ~before
    return find_escalations(database, claim(database, escalation, waiting, columns.key, limit=limit, lease=lease))


def announce_escalation(database: Database, key: int, *, run: str | None = None) -> bool:
    """Record, in real time, that it is announced, and by which ``run``; False when that is on record already."""
    of = update(escalation).where(escalation.c.key == key, escalation.c.announced.is_(None))
    crash_point(BEFORE_ANNOUNCING)
    with transaction(database) as session:
        recorded: bool = session.connection().execute(of.values(announced=real_now(), run_id=run)).rowcount == 1
    crash_point(AFTER_ANNOUNCING)
    return recorded


def find_escalations(database: Database, keys: list[int]) -> list[FiredEscalation]:
    """Those with these keys, in the order in which they were due."""
    columns = [
        process_instance.c.case_id if name == "case_id" else escalation.c[name] for name in FiredEscalation._fields
    ]
    query = (
        select(*columns)
        .join(process_instance, process_instance.c.key == escalation.c.process_instance_key)
        .where(escalation.c.key.in_(keys))
        .order_by(escalation.c.at, escalation.c.key)
    )
    with read(database) as session:
        return [FiredEscalation(*row) for row in session.connection().execute(query)]
