"""Deadlines: the rungs that are due are fired, each once, and then told to the world."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import and_, insert, select, update

from workflows.runtime.cases import group_of
from workflows.runtime.claims import LEASE, claim
from workflows.runtime.clock import now as clock_now
from workflows.runtime.crash import AFTER_ESCALATION, BEFORE_COMMIT, crash_point
from workflows.runtime.deadline_rows import next_rung
from workflows.runtime.events import Tag
from workflows.runtime.journal import note
from workflows.runtime.running import lock
from workflows.store import Database, read, transaction
from workflows.store.base import table
from workflows.store.keys import instance_of, next_keys
from workflows.store.queries.suspended import awake
from workflows.store.tables import Deadline, Escalation, ProcessInstance, UserTask

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, timedelta

    from sqlalchemy import Row
    from sqlalchemy.orm import Session

ACTOR = "clock:deadline"

deadline, escalation, process_instance, user_task = map(table, (Deadline, Escalation, ProcessInstance, UserTask))
log = logging.getLogger(__name__)


class FiredEscalation(NamedTuple):
    """One rung that fired and that the world outside has to be told of."""

    key: int
    process_instance_key: int
    case_id: int | None
    stage: str
    level: int
    role: str
    recipient: str  # the group, e.g. grid-lead@G07
    channel: str
    label: str
    at: datetime  # when it was due


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
    due = and_(deadline.c.next_at <= now, awake(deadline.c.process_instance_key))
    for key in claim(database, deadline, due, deadline.c.next_at, limit=limit, lease=lease):
        try:
            while (level := _fire_next(database, key, now)) is not None:
                fired.append(level)
        except Exception:
            log.exception("deadline %s did not escalate", key)
    if fired:
        crash_point(AFTER_ESCALATION)
    if escalate is None:
        return _find(database, fired)
    keys = claim(database, escalation, escalation.c.announced.is_(None), escalation.c.key, limit=limit, lease=lease)
    return [one for one in _find(database, keys) if _announce(database, one, escalate)]


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


def _fire_next(database: Database, key: int, now: datetime) -> int | None:
    """Fire a clock's next rung if it is due, in a transaction of its own; the escalation's key."""
    with transaction(database) as session:
        instance = lock(session, instance_of(key))
        row = session.connection().execute(select(deadline).where(deadline.c.key == key)).one()
        if row.next_at is None or row.next_at > now or instance.suspended is not None:
            session.connection().execute(update(deadline).where(deadline.c.key == key).values(claimed_until=None))
            return None
        rung = next(rung for rung in row.rungs if rung["level"] == row.next_level)
        climbed = (
            update(deadline)
            .where(deadline.c.key == key, deadline.c.next_level == row.next_level)
            .values(next_rung(row.rungs, row.next_level))
        )
        if session.connection().execute(climbed).rowcount != 1:
            return None
        fired = _record(session, instance, row, rung, now)
        crash_point(BEFORE_COMMIT)
    return fired


def _record(session: Session, instance: Row[Any], row: Row[Any], rung: dict[str, Any], now: datetime) -> int:
    """The escalation and its event."""
    connection = session.connection()
    task = select(user_task.c.assignee, user_task.c.candidate_groups).where(user_task.c.key == row.element_instance_key)
    found = connection.execute(task).one_or_none()
    candidates = [name for name in (found.assignee, *found.candidate_groups) if name] if found else []
    fired = {
        "key": next_keys(session)[0],
        "deadline_key": row.key,
        "process_instance_key": instance.key,
        "stage": row.stage,
        "level": rung["level"],
        "role": rung["role"],
        "recipient": group_of(session, rung["role"], instance.case_id, candidates, now),
        "channel": rung["channel"],
        "label": rung["label"],
        "at": row.next_at,
        "fired": now,
    }
    connection.execute(insert(escalation), [fired])
    said = {name: fired[name] for name in ("stage", "level", "role", "recipient", "channel", "label")}
    note(connection, instance, Tag.DEADLINE_ESCALATE, {"key": row.key, **said}, at=now, actor=ACTOR)
    return int(fired["key"])


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
