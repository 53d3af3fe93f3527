"""The work of batch operations: each item in one transaction with its result, so that each is done once."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, select, update
from sqlalchemy.exc import OperationalError

from workflows.runtime import batches
from workflows.runtime.batches import RUNNING, batch, item
from workflows.runtime.claims import LEASE, claim
from workflows.runtime.clock import now as clock_now
from workflows.runtime.crash import BEFORE_COMMIT, BETWEEN_ITEMS, crash_point
from workflows.runtime.errors import AlreadyClosed, NotFound, Refusal
from workflows.runtime.incidents import resolve_incident
from workflows.runtime.instances import cancel_process_instance
from workflows.runtime.migration import migrate_process_instance
from workflows.runtime.step import BATCH
from workflows.store import Busy, Database, read, transaction

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta

    from sqlalchemy import Row
    from sqlalchemy.orm import Session

log = logging.getLogger(__name__)

_NEXT = (
    select(item.c.key, item.c.item_key, item.c.batch_operation_key, batch.c.type, batch.c.details, batch.c.reason)
    .add_columns(batch.c.actor)
    .join(batch, batch.c.key == item.c.batch_operation_key)
    .where(item.c.state == "ACTIVE", batch.c.state.in_(RUNNING))
    .with_for_update(of=item)
)


def run_batches(database: Database, limit: int = 100, *, lease: timedelta = LEASE) -> int:
    """Carry out up to ``limit`` items of the batches that run, each batch its share; returns how many were taken.

    An item that is refused has failed and holds up nobody. One whose transaction was lost, with its process or its
    database, is taken again after the lease.
    """
    with read(database) as session:
        query = select(batch.c.key, batch.c.state).where(batch.c.state.in_(RUNNING)).order_by(batch.c.key).limit(limit)
        running = session.connection().execute(query).all()
    taken = 0
    for key, state in running:
        if state == "CREATED":
            _begin(database, key)
        mine = and_(item.c.batch_operation_key == key, item.c.state == "ACTIVE")
        keys = claim(database, item, mine, item.c.key, limit=max(1, limit // len(running)), lease=lease)
        for one in keys:
            _carry_out(database, one)
            crash_point(BETWEEN_ITEMS)
        taken += len(keys)
        with transaction(database) as session:
            batches.count(session, key, clock_now(session))
    return taken


def _begin(database: Database, key: int) -> None:
    with transaction(database) as session:
        begun = update(batch).where(batch.c.key == key, batch.c.state == "CREATED")
        session.connection().execute(begun.values(state="ACTIVE", started=clock_now(session)))


def _carry_out(database: Database, key: int) -> None:
    try:
        with transaction(database) as session:
            _work(session, key)
    except (Busy, OperationalError):
        log.warning("batch item %s was not carried out, it will be tried again", key, exc_info=True)
    except Exception as error:
        log.exception("batch item %s failed", key)
        with transaction(database) as session:
            _settle(session, key, "FAILED", f"内部错误 (internal error): {type(error).__name__}")


def _work(session: Session, key: int) -> None:
    one = session.connection().execute(_NEXT.where(item.c.key == key)).one_or_none()
    if one is None:  # done by another, or its batch was suspended or cancelled meanwhile
        return
    session.info[BATCH] = one.batch_operation_key
    try:
        with session.begin_nested():
            COMMANDS[one.type](session, one)
    except (AlreadyClosed, NotFound) as over:
        _settle(session, key, "SKIPPED", str(over))
    except Refusal as refusal:
        _settle(session, key, "FAILED", str(refusal))
    else:
        _settle(session, key, "COMPLETED")
    crash_point(BEFORE_COMMIT)


def _settle(session: Session, key: int, state: str, message: str | None = None) -> None:
    done = update(item).where(item.c.key == key, item.c.state == "ACTIVE")
    session.connection().execute(
        done.values(state=state, message=message, processed=clock_now(session), claimed_until=None)
    )


def _cancel(session: Session, one: Row[Any]) -> None:
    cancel_process_instance(session, one.item_key, actor=one.actor)


def _resolve(session: Session, one: Row[Any]) -> None:
    resolve_incident(session, one.item_key, actor=one.actor)


def _migrate(session: Session, one: Row[Any]) -> None:
    mapping = one.details["mapping"]
    pairs = None if mapping is None else [(source, target) for source, target in mapping]
    migrate_process_instance(session, one.item_key, one.details["target"], pairs, actor=one.actor, reason=one.reason)


COMMANDS: dict[str, Callable[[Session, Row[Any]], None]] = {
    "CANCEL_PROCESS_INSTANCE": _cancel,
    "MIGRATE_PROCESS_INSTANCE": _migrate,
    "RESOLVE_INCIDENT": _resolve,
}
