"""Deadlines: the rungs that are due are fired, each once, and then told to the world."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import bindparam, select, update

from workflows.runtime.claims import LEASE, claim
from workflows.runtime.clock import now as clock_now
from workflows.runtime.crash import AFTER_ESCALATION, BEFORE_COMMIT, crash_point
from workflows.runtime.deadline_commands import resume_deadline
from workflows.runtime.deadline_rows import next_rung
from workflows.runtime.escalating import fire_rung
from workflows.runtime.running import lock
from workflows.store import Database, read, transaction
from workflows.store.base import table
from workflows.store.keys import instance_of
from workflows.store.tables import Deadline, Escalation, ProcessInstance

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, timedelta

ACTOR = "clock:deadline"

deadline, escalation, process_instance = map(table, (Deadline, Escalation, ProcessInstance))
_ROW = select(deadline).where(deadline.c.key == bindparam("b_key"))
_LET_GO = update(deadline).where(deadline.c.key == bindparam("b_key")).values(claimed_until=None)
log = logging.getLogger(__name__)


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


def sweep_deadlines(
    database: Database,
    now: datetime | None = None,
    limit: int = 100,
    escalate: Callable[[FiredEscalation], object] | None = None,
    *,
    lease: timedelta = LEASE,
) -> list[FiredEscalation]:
    """Fire every rung due at ``now``, each once and in order, then tell ``escalate`` of those not yet announced.

    Returns those it told of, or fired where there is nobody to tell. ``escalate`` is called outside any transaction;
    when it returns, the escalation is announced, when it raises or this process dies, the escalation is handed out
    again after its lease.
    """
    if now is None:
        with read(database) as session:
            now = clock_now(session)
    fired: list[int] = []
    for key in claim(database, deadline, deadline.c.next_at <= now, deadline.c.next_at, limit=limit, lease=lease):
        try:
            more = True
            while more:
                rung, more = _fire_next(database, key, now)
                fired += rung
        except Exception:
            log.exception("deadline %s did not escalate", key)
    if fired:
        crash_point(AFTER_ESCALATION)
    if escalate is None:
        return _find(database, fired)
    keys = claim(database, escalation, escalation.c.announced.is_(None), escalation.c.key, limit=limit, lease=lease)
    return [one for one in _find(database, keys) if _announce(database, one, escalate)]


def resume_deadlines(database: Database, now: datetime | None = None, limit: int = 100) -> int:
    """End what is 挂账 until ``now`` or before (the engine's clock when not given); returns how many go on."""
    resumed = 0
    with read(database) as session:
        now = now or clock_now(session)
        columns = deadline.c
        query = select(columns.key).where(columns.suspended_until <= now).order_by(columns.suspended_until).limit(limit)
        keys = list(session.connection().execute(query).scalars())
    for key in keys:
        try:
            with transaction(database) as session:
                resumed += resume_deadline(session, key, reason="挂账到期", actor=ACTOR)
        except Exception:
            log.exception("deadline %s did not go on", key)
    return resumed


def _announce(database: Database, fired: FiredEscalation, escalate: Callable[[FiredEscalation], object]) -> bool:
    try:
        escalate(fired)
    except Exception:
        log.exception("escalation %s was not announced", fired.key)
        return False
    with transaction(database) as session:
        told = update(escalation).where(escalation.c.key == fired.key).values(announced=clock_now(session))
        session.connection().execute(told)
    return True


def _fire_next(database: Database, key: int, now: datetime) -> tuple[list[int], bool]:
    """Fire a clock's next rung if it is due, in a transaction of its own; the escalation's key, and if more is due."""
    with transaction(database) as session:
        instance = lock(session, instance_of(key))
        row = session.connection().execute(_ROW, {"b_key": key}).one()
        if row.next_at is None or row.next_at > now:
            session.connection().execute(_LET_GO, {"b_key": key})
            return [], False
        fired = fire_rung(session, instance, row, now, actor=ACTOR)
        crash_point(BEFORE_COMMIT)
    after = next_rung(row.rungs, row.next_level)["next_at"]
    return [] if fired is None else [fired], after is not None and after <= now


def _find(database: Database, keys: list[int]) -> list[FiredEscalation]:
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
