"""Deadlines: the rungs that are due are fired, each once, and what is 挂账 goes on when its time is over."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select, update

from workflows.runtime.announcing import find_escalations
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
from workflows.store.tables import Deadline

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from workflows.runtime.announcing import FiredEscalation

ACTOR = "clock:deadline"

deadline = table(Deadline)
_ROW = select(deadline).where(deadline.c.key == bindparam("b_key"))
_LET_GO = update(deadline).where(deadline.c.key == bindparam("b_key")).values(claimed_until=None)
log = logging.getLogger(__name__)


def sweep_deadlines(
    database: Database, now: datetime | None = None, limit: int = 100, *, lease: timedelta = LEASE
) -> list[FiredEscalation]:
    """Fire every rung of up to ``limit`` clocks that is due at ``now``, each once and in order; returns what fired.

    What has fired waits to be announced: see ``claim_escalations``.
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
    if not fired:
        return []
    crash_point(AFTER_ESCALATION)
    return find_escalations(database, fired)


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
