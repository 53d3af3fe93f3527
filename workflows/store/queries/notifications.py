"""The inbox of a person: what they were told, and what their groups were."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, func, select, union

from workflows.store.queries.search import Found, Order, search
from workflows.store.tables import Case, Notification, NotificationRecipient

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Select
    from sqlalchemy.orm import Session


def _inbox(person: str, groups: Collection[str]) -> Select[Any]:
    mine = and_(NotificationRecipient.notification_key == Notification.key, NotificationRecipient.person_id == person)
    # Each half of the union has its index; joined by OR, every notification would be looked at.
    concerns = union(
        select(NotificationRecipient.notification_key).where(NotificationRecipient.person_id == person),
        select(Notification.key).where(Notification.recipient.in_(groups)),
    )
    return (
        select(*Notification.__table__.c, NotificationRecipient.read, Case.number.label("case_number"))
        .outerjoin(NotificationRecipient, mine)
        .outerjoin(Case, Case.key == Notification.case_id)
        .where(Notification.key.in_(concerns))
    )


def inbox(session: Session, person: str, groups: Collection[str], *, limit: int, after: int | None = None) -> Found:
    """A page of notifications, unread first, then the newest. NoSuchRow when there is none to go on ``after``."""
    unread_first = case((NotificationRecipient.read.is_(None), 0), else_=1)
    order = [Order(unread_first), Order(Notification.key, descending=True)]
    return search(session, _inbox(person, groups), order, limit=limit, after=after)


def unread(session: Session, person: str, groups: Collection[str]) -> int:
    """How many they have not read."""
    rows = _inbox(person, groups).where(NotificationRecipient.read.is_(None)).subquery()
    return session.execute(select(func.count()).select_from(rows)).scalar_one()
