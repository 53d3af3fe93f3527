"""Signals: broadcast to all who wait, and delivered to each in a transaction of its own, once."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select

from workflows.engine import SignalWait
from workflows.runtime.claims import LEASE, claim
from workflows.runtime.clock import now as clock_now
from workflows.runtime.errors import NotFound, TooLarge
from workflows.runtime.events import Tag, record_engine_event
from workflows.runtime.incidents import create_incident
from workflows.runtime.running import blocked
from workflows.runtime.signal_deliveries import spread
from workflows.runtime.step import Step
from workflows.store import Database, read, transaction
from workflows.store.base import table
from workflows.store.definitions import find_process
from workflows.store.json import clean, clean_text
from workflows.store.keys import instance_of
from workflows.store.queries.suspended import awake
from workflows.store.queries.suspended import instance_of as instance_of_column
from workflows.store.tables import SignalDelivery

if TYPE_CHECKING:
    from datetime import timedelta

    from sqlalchemy import Row
    from sqlalchemy.orm import Session

delivery = table(SignalDelivery)
log = logging.getLogger(__name__)


def broadcast_signal(session: Session, name: str, variables: dict[str, Any] | None = None, *, actor: str) -> int:
    """Throw a signal from outside. Who waits for it now gets it soon after the commit; returns the signal's key."""
    clean_text(name, "/signalName")
    given, now = clean(variables or {}), clock_now(session)
    key = spread(session, name, given, now, actor=actor)
    record_engine_event(
        session, Tag.SIGNAL_BROADCAST, {"key": key, "name": name, "variables": given}, at=now, actor=actor
    )
    return key


def deliver_signals(database: Database, limit: int = 100, *, lease: timedelta = LEASE) -> int:
    """Bring up to ``limit`` signals to those who wait for them, in order; returns how many were on their way.

    One that fails stays claimed for the lease, so that it does not hold up the others.
    """
    with read(database) as session:  # which holds up nobody when there is nothing to do
        if session.connection().execute(select(delivery.c.key).limit(1)).first() is None:
            return 0
    ready = awake(instance_of_column(delivery.c.subscription_key))
    keys = claim(database, delivery, ready, delivery.c.key, limit=limit, lease=lease)
    for key in keys:
        try:
            with transaction(database) as session:
                _deliver(session, key)
        except TooLarge as error:
            with transaction(database) as session:
                _stop(session, key, error)
        except Exception:
            log.exception("signal delivery %s did not arrive", key)
    return len(keys)


def _deliver(session: Session, key: int) -> None:
    connection = session.connection()
    row = connection.execute(select(delivery).where(delivery.c.key == key)).one_or_none()
    if row is None:
        return
    if row.process_definition_key is not None:
        _start(session, row)
    elif not _receive(session, row):
        return
    connection.execute(delete(delivery).where(delivery.c.key == key))


def _stop(session: Session, key: int, error: TooLarge) -> None:
    """The delivery stays, to be tried again when the incident is resolved."""
    row = session.connection().execute(select(delivery).where(delivery.c.key == key)).one()
    if not create_incident(session, SignalWait, row.subscription_key, str(error), actor=row.actor):
        log.error("signal delivery %s did not arrive: %s", key, error)


def _receive(session: Session, row: Row[Any]) -> bool:
    """False while an incident stands there. One that has stopped waiting, or has ended, has no use for it: True."""
    step = Step(session, row.actor)
    try:
        running = step.open(instance_of(row.subscription_key), Tag.SIGNAL_RECEIVE)
    except NotFound:
        return True
    slot = (SignalWait, row.subscription_key)
    if slot not in running.before:
        return True
    if slot in blocked(running.before):
        return False
    fact = {"element": row.element_id, "signal": row.signal_key, "name": row.name, "variables": row.variables}
    running.details |= fact
    running.execution.receive(row.subscription_key, row.variables)
    step.finish()
    return True


def _start(session: Session, row: Row[Any]) -> None:
    definition = find_process(session, key=row.process_definition_key)
    if definition is None:
        return
    step = Step(session, row.actor)
    running = step.start(definition, row.variables, start_event=row.element_id)
    running.details["signal"] = row.signal_key
    step.finish()
