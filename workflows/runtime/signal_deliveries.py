"""Signals on their way: who waits when one is thrown gets a delivery, made in the same transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, literal, null, or_, select

from workflows.store.base import Json, Utc, table
from workflows.store.json import clean
from workflows.store.keys import next_keys
from workflows.store.queries.suspended import awake
from workflows.store.tables import SignalDelivery, SignalSubscription

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

#: In a session's ``info`` when its transaction has thrown something: it is on its way once that is committed.
THROWN = "thrown"

subscription, delivery = table(SignalSubscription), table(SignalDelivery)


def spread(
    session: Session, name: str, variables: dict[str, Any], now: datetime, *, thrower: int | None = None, actor: str
) -> int:
    """A delivery for everyone who waits for a signal now, but for the instance that threw it: there it has arrived.

    Who is suspended does not hear it, as in Camunda 8.

    Returns the signal's key.
    """
    key = next_keys(session)[0]
    columns = subscription.c
    waiting = select(
        columns.key,
        columns.process_definition_key,
        columns.element_id,
        literal(key, columns.key.type),
        columns.name,
        literal(clean(variables), Json),
        literal(actor),
        literal(now, Utc()),
        null(),
    ).where(
        columns.name == name,
        awake(columns.process_instance_key),
        or_(columns.process_instance_key.is_(None), columns.process_instance_key.is_distinct_from(thrower)),
    )
    given = [column.name for column in delivery.c if column.name != "key"]
    session.connection().execute(insert(delivery).from_select(given, waiting.order_by(columns.key)))
    session.info[THROWN] = True
    return key
