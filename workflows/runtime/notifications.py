"""Notifications: who is told what, written where it happened; what is sent of it is sent after the commit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, select

from workflows.governance import organisation
from workflows.runtime.clock import now, real_now
from workflows.runtime.deliveries import CREATED, RETRIES
from workflows.runtime.errors import NotFound
from workflows.runtime.texts import one_line, plain
from workflows.runtime.webhooks import subscribed
from workflows.store.base import table
from workflows.store.inserts import insert_new
from workflows.store.keys import next_keys
from workflows.store.tables import Delivery, Notification, NotificationRecipient, Person

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

notification, recipient, delivery = map(table, (Notification, NotificationRecipient, Delivery))
Row = dict[str, Any]

#: Channels that go to persons, and which of a person's addresses each uses.
ADDRESSES = {"email": "email", "sms": "phone"}
_PERSONS = select(Person.id, Person.email, Person.phone).where(Person.id.in_(bindparam("b_ids", expanding=True)))
_RECIPIENT = insert(recipient)
LONGEST_SUBJECT = 200  # characters
LONGEST_TEXT = 4_000


@dataclass(frozen=True, slots=True)
class Notified:
    """One notification. ``missing``: channels for which a person has no address."""

    key: int
    new: bool  # False: it was told before, and nothing was written
    missing: dict[str, list[str]]  # by person, in the order in which they were told
    deliveries: int

    @property
    def persons(self) -> list[str]:
        return list(self.missing)


def notify(
    session: Session,
    *,
    group: str,
    kind: str,
    subject: str,
    text: str,
    channels: Collection[str],
    at: datetime,
    dedupe: str,
    instance_key: int | None = None,
    case_id: int | None = None,
    persons: Sequence[str] | None = None,
) -> Notified:
    """Tell ``group`` (``role@unit``, or a person), once for ``dedupe``, in the transaction in which it happened.

    Everyone who holds a seat of the group at ``at``, and their deputies, can read it in the application; ``persons``
    are told in their place. For each of the ``channels`` e-mail and SMS everyone with an address gets a letter, one
    for ``dedupe`` although they may be in several groups; other channels are only recorded. Webhook endpoints that are
    subscribed to ``kind`` are told whatever the channels. Nothing is refused: text too long is cut, control characters
    become spaces.
    """
    told = list(dict.fromkeys(persons)) if persons is not None else _members(session, group, at)
    wanted = [channel for channel in ADDRESSES if channel in channels]
    letters, missing = _letters(session, told, wanted)
    endpoints = subscribed(session, kind)
    key, *keys = next_keys(session, 1 + len(letters) + len(endpoints))
    content = {
        "key": key,
        "dedupe": dedupe,
        "recipient": group,
        "kind": kind,
        "subject": one_line(subject, LONGEST_SUBJECT),
        "text": plain(text, LONGEST_TEXT),
        "channels": list(channels),
        "process_instance_key": instance_key,
        "case_id": case_id,
        "at": at,
    }
    connection = session.connection()
    if not insert_new(connection, notification, [content]):
        return _told_before(session, dedupe, group)
    if told:
        row = {"notification_key": key, "read": None}
        connection.execute(_RECIPIENT, [row | {"person_id": name, "missing": missing[name]} for name in told])
    letters = [row | {"dedupe": f"{dedupe}:{row['channel']}:{row['person_id']}"} for row in letters]
    letters += [
        {"channel": "webhook", "person_id": None, "endpoint_key": endpoint, "address": url}
        | {"dedupe": f"{dedupe}:{group}:webhook:{endpoint}"}
        for endpoint, url in endpoints
    ]
    written = insert_new(connection, delivery, _due(key, letters, keys))
    return Notified(key, new=True, missing=missing, deliveries=len(written))


def read_notification(session: Session, key: int, *, person: str) -> None:
    """It has been read by one of those it concerns. NotFound for everyone else."""
    found = session.get(Notification, key)
    mine = session.get(NotificationRecipient, (key, person))
    at = now(session)
    if found is None or (mine is None and found.recipient not in organisation.groups_of(session, person, at)):
        raise NotFound(f"没有编号为 {key} 的通知")
    if mine is None:
        session.add(NotificationRecipient(notification_key=key, person_id=person, missing=[], read=at))
    elif mine.read is None:
        mine.read = at
    session.flush()


def _members(session: Session, group: str, at: datetime) -> list[str]:
    if "@" in group:
        return organisation.members(session, group, at)
    return [group] if session.get(Person, group) else []


def _letters(session: Session, told: list[str], channels: list[str]) -> tuple[list[Row], dict[str, list[str]]]:
    """A letter for everyone with an address, by channel; and the channels for which each has none."""
    known = {row.id: row for row in session.connection().execute(_PERSONS, {"b_ids": told})} if channels else {}
    letters: list[Row] = []
    missing: dict[str, list[str]] = {name: [] for name in told}
    for name in told:
        for channel in channels:
            if address := getattr(known.get(name), ADDRESSES[channel], None):
                letters.append({"channel": channel, "person_id": name, "endpoint_key": None, "address": address})
            else:
                missing[name].append(channel)
    return letters, missing


def _due(notification_key: int, letters: list[Row], keys: list[int]) -> list[Row]:
    at = real_now()
    common = {
        "notification_key": notification_key,
        "state": CREATED,
        "attempts": 0,
        "retries": RETRIES,
        "next_at": at,
        "claimed_until": None,
        "error": None,
        "created": at,
        "sent": None,
    }
    return [{"key": key, **common, **letter} for key, letter in zip(keys, letters, strict=True)]


def _told_before(session: Session, dedupe: str, group: str) -> Notified:
    key = session.scalars(
        select(Notification.key).where(Notification.dedupe == dedupe, Notification.recipient == group)
    ).one()
    rows = session.scalars(select(NotificationRecipient).where(NotificationRecipient.notification_key == key))
    return Notified(key, new=False, missing={row.person_id: row.missing for row in rows}, deliveries=0)
