"""Which letters there are to send, and which nobody knows the fate of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, or_, select

from workflows.store.tables import Delivery, Notification

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Row
    from sqlalchemy.orm import Session


def letters_due(session: Session, now: datetime) -> bool:
    """Whether there is a letter to send at ``now``, real time, that nobody is sending."""
    free = or_(Delivery.claimed_until.is_(None), Delivery.claimed_until <= now)
    return session.scalars(select(Delivery.key).where(Delivery.next_at <= now, free).limit(1)).first() is not None


def unsettled_letters(session: Session, limit: int = 200) -> list[Row[Any]]:
    """Letters that need a human: (channel, state, kind, number, oldest), of UNCERTAIN and FAILED ones, no addresses."""
    query = (
        select(
            Delivery.channel,
            Delivery.state,
            Notification.kind,
            func.count().label("number"),
            func.min(Delivery.created),
        )
        .join(Notification, Notification.key == Delivery.notification_key)
        .where(Delivery.state.in_(("UNCERTAIN", "FAILED")))
        .group_by(Delivery.channel, Delivery.state, Notification.kind)
        .order_by(Delivery.state.desc(), Delivery.channel, Notification.kind)
        .limit(limit)
    )
    return list(session.execute(query))
