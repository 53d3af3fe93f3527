"""Messages that instances throw: posted in the step, published after its commit, each once."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import delete, insert, select

from workflows.runtime.claims import LEASE, claim
from workflows.runtime.clock import now as clock_now
from workflows.runtime.errors import Invalid, NotFound, Refusal
from workflows.runtime.events import Tag
from workflows.runtime.journal import note
from workflows.runtime.messages import LONGEST_TTL, NewMessage, checked, publish
from workflows.runtime.running import lock
from workflows.runtime.signal_deliveries import THROWN
from workflows.store import Database, read, transaction
from workflows.store.base import table
from workflows.store.keys import next_keys
from workflows.store.tables import ThrownMessage

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Row
    from sqlalchemy.orm import Session

thrown = table(ThrownMessage)
log = logging.getLogger(__name__)


class Thrower(NamedTuple):
    """Who throws a message, in whose name, and when."""

    process_instance_key: int
    business_id: str | None
    actor: str
    now: datetime


def throw_message(  # noqa: PLR0917
    session: Session, thrower: Thrower, name: str, correlation_key: str, variables: dict[str, Any], ttl: timedelta
) -> int:
    """Post a message in the transaction of a step; what it does comes after the commit. Its key. Invalid."""
    given = checked(name, correlation_key, variables)
    if not timedelta() <= ttl <= LONGEST_TTL:
        raise Invalid(f"有效期须在 0 到 {LONGEST_TTL.days} 天之间")
    key = next_keys(session)[0]
    row = {
        "key": key,
        "process_instance_key": thrower.process_instance_key,
        "name": name,
        "correlation_key": correlation_key,
        "variables": given,
        "seconds": int(ttl.total_seconds()),
        "business_id": thrower.business_id,
        "actor": thrower.actor,
        "thrown": thrower.now,
    }
    session.connection().execute(insert(thrown), [row])
    session.info[THROWN] = True
    return key


def deliver_messages(database: Database, limit: int = 100, *, lease: timedelta = LEASE) -> int:
    """Publish up to ``limit`` messages that were thrown, in order; returns how many were on their way.

    One that nobody can take (TooLarge) is gone, and that is on record; one that fails is tried again after the lease.
    """
    with read(database) as session:  # which holds up nobody when there is nothing to do
        if session.connection().execute(select(thrown.c.key).limit(1)).first() is None:
            return 0
    keys = claim(database, thrown, thrown.c.key.is_not(None), thrown.c.key, limit=limit, lease=lease)
    for key in keys:
        try:
            try:
                with transaction(database) as session:
                    _publish(session, key)
            except Refusal as refusal:
                with transaction(database) as session:
                    _give_up(session, key, refusal)
        except Exception:
            log.exception("thrown message %s was not published", key)
    return len(keys)


def _publish(session: Session, key: int) -> None:
    row = _take(session, key)
    if row is not None:
        message = NewMessage(
            row.key, row.name, row.correlation_key, row.variables, clock_now(session), row.actor, row.business_id
        )
        publish(session, message, timedelta(seconds=row.seconds))


def _give_up(session: Session, key: int, refusal: Refusal) -> None:
    row = _take(session, key)
    if row is None:
        return
    said = {"message": row.key, "name": row.name, "correlationKey": row.correlation_key, "reason": str(refusal)}
    log.error("thrown message %s (%s) was refused: %s", key, row.name, refusal)
    try:
        instance = lock(session, row.process_instance_key)
    except NotFound:
        return
    note(session.connection(), instance, Tag.MESSAGE_FAIL, said, at=clock_now(session), actor=row.actor)


def _take(session: Session, key: int) -> Row[Any] | None:
    """The row, which nobody else has from now on; None where somebody was faster."""
    connection = session.connection()
    row = connection.execute(select(thrown).where(thrown.c.key == key)).one_or_none()
    if row is None or connection.execute(delete(thrown).where(thrown.c.key == key)).rowcount != 1:
        return None
    return row
