"""What is kept for a while only: notifications, and letters that were sent of them. What happened stays on record."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import delete, or_, select

from workflows.runtime.clock import now, real_now
from workflows.runtime.deliveries import SENT
from workflows.runtime.events import Tag, record_engine_event
from workflows.store import Database, read, transaction
from workflows.store.base import table
from workflows.store.tables import Delivery, Notification, NotificationRecipient

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from sqlalchemy import Select

ACTOR = "clock:retention"
BATCH = 500  # in one transaction: other writers wait for it

notification, recipient, delivery = map(table, (Notification, NotificationRecipient, Delivery))


class Forgotten(NamedTuple):
    """So many notifications are gone, and letters with them."""

    notifications: int = 0
    letters: int = 0


def forget_notifications(database: Database, age: timedelta, *, limit: int = BATCH) -> Forgotten:
    """Delete up to ``limit`` notifications older than ``age``, the oldest first, in a transaction; none: all are gone.

    One of which a letter has not arrived, or nobody knows whether it has, stays with all its letters.
    """
    with read(database) as session:
        old = _old(now(session) - age, real_now() - age).limit(limit)
        keys = list(session.connection().execute(old).scalars())
    if not keys:
        return Forgotten()
    with transaction(database) as session:
        connection, at = session.connection(), now(session)
        keys = list(connection.execute(_old(at - age, real_now() - age).where(notification.c.key.in_(keys))).scalars())
        letters = connection.execute(delete(delivery).where(delivery.c.notification_key.in_(keys))).rowcount
        connection.execute(delete(recipient).where(recipient.c.notification_key.in_(keys)))
        connection.execute(delete(notification).where(notification.c.key.in_(keys)))
        gone = Forgotten(len(keys), letters)
        details = {**gone._asdict(), "before": (at - age).isoformat()}
        if keys:
            record_engine_event(session, Tag.NOTIFICATION_FORGET, details, at=at, actor=ACTOR)
    return gone


def _old(before: datetime, sent_before: datetime) -> Select[tuple[int]]:
    """Those from before a moment of the engine's clock whose letters were all sent before a real one."""
    unsettled = select(delivery.c.key).where(
        delivery.c.notification_key == notification.c.key, or_(delivery.c.state != SENT, delivery.c.sent >= sent_before)
    )
    return (
        select(notification.c.key).where(notification.c.at < before, ~unsettled.exists()).order_by(notification.c.key)
    )
