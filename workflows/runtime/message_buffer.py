"""Published messages that wait for somebody to wait for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import func, select, update

from workflows.store.base import table
from workflows.store.tables import Message, MessageSubscription, ProcessInstance

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Row
    from sqlalchemy.orm import Session

message = table(Message)
subscription = table(MessageSubscription)
process_instance = table(ProcessInstance)


class Buffered(NamedTuple):
    """One message taken from the buffer."""

    key: int
    variables: dict[str, Any]


def one_at_a_time(session: Session, name: str, correlation_key: str) -> None:
    """Publishing and subscribing of the same message exclude each other, or one could miss the other."""
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"{name}\n{correlation_key}", 0))))


def lock_waiting(session: Session, name: str, correlation_key: str) -> None:
    """Lock the trees that wait for a message, then the message: the order in which a step comes to them."""
    root = process_instance.alias("tree")
    waiting = (
        select(root.c.root_process_instance_key)
        .join(subscription, subscription.c.process_instance_key == root.c.key)
        .where(subscription.c.name == name, subscription.c.correlation_key == correlation_key)
    )
    columns = process_instance.c
    locked = select(columns.key).where(columns.key.in_(waiting)).order_by(columns.key).with_for_update()
    if session.connection().dialect.name == "postgresql":
        session.connection().execute(locked)
    one_at_a_time(session, name, correlation_key)


def take(session: Session, name: str, correlation_key: str, process_id: str, now: datetime) -> Buffered | None:
    """The oldest message a process has not had yet; it has had it from now on."""
    one_at_a_time(session, name, correlation_key)
    columns = message.c
    query = (
        select(columns.key, columns.variables, columns.correlated)
        .where(columns.name == name, columns.correlation_key == correlation_key, columns.expires > now)
        .order_by(columns.key)
    )
    for row in session.connection().execute(query):
        if process_id not in row.correlated:
            correlated = [*row.correlated, process_id]
            session.connection().execute(update(message).where(columns.key == row.key).values(correlated=correlated))
            return Buffered(row.key, row.variables)
    return None


def start_subscriptions(session: Session, process_id: str) -> Sequence[Row[Any]]:
    """The message start events of a process's latest version."""
    columns = subscription.c
    query = select(columns.name, columns.element_id, columns.process_definition_key)
    query = query.where(columns.process_id == process_id, columns.process_definition_key.is_not(None))
    return session.connection().execute(query.order_by(columns.key)).all()
