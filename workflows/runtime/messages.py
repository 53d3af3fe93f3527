"""Messages: publish to whoever waits now or within the time to live, or correlate now."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import delete, insert, select, update

from workflows.engine import MessageWait
from workflows.runtime.clock import now as clock_now
from workflows.runtime.errors import Invalid, MessageNotUnique, NotFound
from workflows.runtime.events import Tag
from workflows.runtime.message_buffer import lock_waiting, one_at_a_time
from workflows.runtime.step import Step
from workflows.store.base import table
from workflows.store.definitions import find_process
from workflows.store.json import clean, clean_text
from workflows.store.keys import next_keys
from workflows.store.queries.suspended import awake
from workflows.store.tables import Message, MessageSubscription, ProcessInstance

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Row
    from sqlalchemy.orm import Session

LONGEST_TTL = timedelta(days=3650)

message = table(Message)
subscription = table(MessageSubscription)
process_instance = table(ProcessInstance)


class Correlated(NamedTuple):
    """A message and the process instance that has it."""

    message_key: int
    process_instance_key: int


class NewMessage(NamedTuple):
    """What is being published. An instance that it starts has its business id."""

    key: int
    name: str
    correlation_key: str
    variables: dict[str, Any]
    now: datetime
    actor: str
    business_id: str | None = None


def publish_message(  # noqa: PLR0917
    session: Session,
    name: str,
    correlation_key: str = "",
    variables: dict[str, Any] | None = None,
    ttl: timedelta = timedelta(),
    message_id: str | None = None,
    *,
    actor: str,
) -> int:
    """Each process gets it once, waiting or by message start event; buffered for ``ttl``. Returns the message's key.

    MessageNotUnique while a message with the same name, key and ``message_id`` is buffered.
    """
    new = _new(session, name, correlation_key, variables, actor)
    if message_id is not None:
        clean_text(message_id, "/messageId")
    if not timedelta() <= ttl <= LONGEST_TTL:
        raise Invalid(f"有效期须在 0 到 {LONGEST_TTL.days} 天之间")
    publish(session, new, ttl, message_id)
    return new.key


def publish(session: Session, published: NewMessage, ttl: timedelta, message_id: str | None = None) -> None:
    """As ``publish_message``, of what is checked already."""
    name, correlation_key = published.name, published.correlation_key
    lock_waiting(session, name, correlation_key)
    connection, columns = session.connection(), message.c
    connection.execute(delete(message).where(columns.expires <= published.now))
    same = select(columns.key).where(
        columns.name == name, columns.correlation_key == correlation_key, columns.message_id == message_id
    )
    if message_id is not None and connection.execute(same).first() is not None:
        raise MessageNotUnique
    if ttl:
        row = {
            "key": published.key,
            "name": name,
            "correlation_key": correlation_key,
            "message_id": message_id,
            "variables": published.variables,
            "correlated": [],
            "published": published.now,
            "expires": published.now + ttl,
        }
        connection.execute(insert(message).values(row))
    had = _correlate(session, published)
    if ttl and had:
        connection.execute(update(message).where(columns.key == published.key).values(correlated=sorted(had)))


def correlate_message(
    session: Session, name: str, correlation_key: str = "", variables: dict[str, Any] | None = None, *, actor: str
) -> Correlated:
    """As publish without a buffer; NotFound when nobody waits for it."""
    published = _new(session, name, correlation_key, variables, actor)
    lock_waiting(session, name, correlation_key)
    had = _correlate(session, published)
    if not had:
        raise NotFound(f"没有流程在等待消息「{name}」(关联键 {correlation_key!r})")
    return Correlated(published.key, min(had.values()))


def checked(name: str, correlation_key: str, variables: dict[str, Any] | None) -> dict[str, Any]:
    """The variables of a message, as they can be kept. Invalid where it cannot be published."""
    if not clean_text(name, "/name"):
        raise Invalid("消息名称不能为空")
    clean_text(correlation_key, "/correlationKey")
    given: dict[str, Any] = clean(variables or {})
    return given


def _new(session: Session, name: str, correlation_key: str, variables: dict[str, Any] | None, actor: str) -> NewMessage:
    given = checked(name, correlation_key, variables)
    return NewMessage(next_keys(session)[0], name, correlation_key, given, clock_now(session), actor)


def _correlate(session: Session, published: NewMessage) -> dict[str, int]:
    """Give it to one instance of each process, one that waits for it or a new one: process → instance."""
    columns = subscription.c
    query = (
        select(
            columns.key,
            columns.process_id,
            columns.process_instance_key,
            columns.element_id,
            columns.process_definition_key,
        )
        .where(columns.name == published.name)
        .order_by(columns.key)
    )
    connection = session.connection()
    here = columns.correlation_key == published.correlation_key
    waiting = connection.execute(query.where(here, awake(columns.process_instance_key))).all()
    starting = connection.execute(query.where(columns.process_definition_key.is_not(None))).all()
    had: dict[str, int] = {}
    for row in waiting:
        if row.process_id not in had and _deliver(session, published, row):
            had[row.process_id] = row.process_instance_key
    for row in starting:
        if row.process_id not in had and (key := _start(session, published, row)) is not None:
            had[row.process_id] = key
    return had


def _deliver(session: Session, published: NewMessage, row: Row[Any]) -> bool:
    """False when the instance has stopped waiting while we waited for its lock."""
    step = Step(session, published.actor)
    running = step.open(row.process_instance_key, Tag.MESSAGE_CORRELATE)
    if running.waiting(MessageWait, row.key) is None:
        return False
    running.details |= {
        "element": row.element_id,
        "message": published.key,
        "name": published.name,
        "correlationKey": published.correlation_key,
        "variables": published.variables,
    }
    running.execution.correlate(row.key, published.variables)
    step.finish()
    return True


def _start(session: Session, published: NewMessage, row: Row[Any]) -> int | None:
    """None while an instance that the same key started is open (Camunda 8); without a key each message starts one."""
    key = published.correlation_key or None
    if key is not None:
        one_at_a_time(session, row.process_id, key)  # another message may start it too
        columns = process_instance.c
        active = select(columns.key).where(
            columns.process_id == row.process_id, columns.correlation_key == key, columns.ended.is_(None)
        )
        if session.connection().execute(active).first() is not None:
            return None
    definition = find_process(session, key=row.process_definition_key)
    if definition is None:
        return None
    step = Step(session, published.actor, published.now)
    running = step.start(
        definition,
        published.variables,
        start_event=row.element_id,
        business_id=published.business_id,
        correlation_key=key,
    )
    running.details["message"] = published.key
    step.finish()
    return running.key
