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


NEWEST = 1_000  # of what a person, or their groups, were told is looked through; the rest is with the cases


def _own(person: str) -> Select[Any]:
    return select(NotificationRecipient.notification_key).where(NotificationRecipient.person_id == person)


def _of_groups(groups: Collection[str]) -> Select[Any]:
    return select(Notification.key).where(Notification.recipient.in_(groups))


def _newest(keys: Select[Any]) -> Select[Any]:
    (key,) = keys.selected_columns
    return select(keys.order_by(key.desc()).limit(NEWEST).subquery())


def _inbox(person: str, groups: Collection[str]) -> Select[Any]:
    mine = and_(NotificationRecipient.notification_key == Notification.key, NotificationRecipient.person_id == person)
    # Each part of the union has its index; joined by OR, every notification would be looked at.
    unread_own = _own(person).where(NotificationRecipient.read.is_(None))
    concerns = union(_newest(unread_own), _newest(_own(person)), _newest(_of_groups(groups)))
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
    """How many they have not read: what they were told, and the newest of what a group of theirs was told before."""
    own = select(func.count()).where(NotificationRecipient.person_id == person, NotificationRecipient.read.is_(None))
    earlier = _newest(_of_groups(groups)).subquery()
    key = earlier.c.key
    known = select(NotificationRecipient.notification_key).where(
        NotificationRecipient.notification_key == key, NotificationRecipient.person_id == person
    )
    others = select(func.count()).select_from(earlier).where(~known.exists())
    return int(session.execute(select(own.scalar_subquery() + others.scalar_subquery())).scalar_one())
