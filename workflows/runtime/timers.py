"""Timers: fire what is due, each in its own transaction, each once."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import and_, delete, select, update

from workflows.engine import TimerWait
from workflows.runtime.calendars import current
from workflows.runtime.claims import LEASE, claim
from workflows.runtime.clock import now as clock_now
from workflows.runtime.errors import TooLarge
from workflows.runtime.events import Tag
from workflows.runtime.incidents import create_incident
from workflows.runtime.running import blocked
from workflows.runtime.start_timers import following
from workflows.runtime.step import Step
from workflows.store import Database, read, transaction
from workflows.store.base import table
from workflows.store.definitions import executable, find_process
from workflows.store.keys import instance_of
from workflows.store.queries.suspended import awake
from workflows.store.tables import Timer

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from sqlalchemy.orm import Session

ACTOR = "clock:timer"

timer = table(Timer)
log = logging.getLogger(__name__)


def fire_timers(database: Database, now: datetime | None = None, limit: int = 100, *, lease: timedelta = LEASE) -> int:
    """Fire up to ``limit`` timers due at ``now`` (the engine's clock when not given); returns how many fired.

    A timer that fails stays claimed for the lease, so that it does not hold up the others.
    """
    if now is None:
        with read(database) as session:
            now = clock_now(session)
    fired = 0
    due = and_(timer.c.due <= now, awake(timer.c.process_instance_key))
    for key in claim(database, timer, due, timer.c.due, limit=limit, lease=lease):
        try:
            with transaction(database) as session:
                fired += _fire(session, key, now)
        except TooLarge as error:
            with transaction(database) as session:
                if not create_incident(session, TimerWait, key, str(error), actor=ACTOR):
                    log.exception("timer %s did not fire", key)
        except Exception:
            log.exception("timer %s did not fire", key)
    return fired


def _fire(session: Session, key: int, now: datetime) -> bool:
    """Fire one timer, unless it has fired, moved or gone since it was claimed."""
    columns = timer.c
    query = select(columns.process_definition_key, columns.element_id, columns.due, columns.repetitions)
    row = session.connection().execute(query.where(columns.key == key, columns.due <= now)).one_or_none()
    if row is None:
        return False
    if row.process_definition_key is not None:
        return _start(session, key, row.process_definition_key, now)
    step = Step(session, ACTOR, now)
    running = step.open(instance_of(key), Tag.TIMER_FIRE)
    wait = running.waiting(TimerWait, key)
    if not isinstance(wait, TimerWait) or wait.due > now or (TimerWait, key) in blocked(running.before):
        return False
    running.details |= {"element": wait.element_id, "key": key, "due": wait.due.isoformat()}
    running.execution.fire(key)
    step.finish()
    if (TimerWait, key) in running.after:  # a cycle: due again, and free for the next claim
        session.connection().execute(update(timer).where(columns.key == key).values(claimed_until=None))
    return True


def _start(session: Session, key: int, definition_key: int, now: datetime) -> bool:
    """A timer start event: start an instance and set the timer to its next time."""
    columns, connection = timer.c, session.connection()
    row = connection.execute(select(timer).where(columns.key == key).with_for_update()).one_or_none()
    definition = find_process(session, key=definition_key)
    if row is None or definition is None or row.due > now:
        return False
    step = Step(session, ACTOR, now)
    running = step.start(definition, {}, start_event=row.element_id)
    running.details["due"] = row.due.isoformat()
    step.finish()
    node = executable(session, definition).model.nodes[row.element_id]
    if (due := following(node, row.due, row.repetitions, partial(current, session))) is None:
        connection.execute(delete(timer).where(columns.key == key))
    else:
        left = None if row.repetitions is None else row.repetitions - 1
        connection.execute(
            update(timer).where(columns.key == key).values(due=due, repetitions=left, claimed_until=None)
        )
    return True
