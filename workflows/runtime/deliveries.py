"""Deliveries: letters on their way, each handed over once; what came of it is on record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, or_, select, true, update

from workflows.runtime.claims import claim
from workflows.runtime.clock import now, real_now
from workflows.runtime.crash import AFTER_HAND_OVER, BEFORE_HAND_OVER, crash_point
from workflows.runtime.errors import Conflict, NotFound
from workflows.runtime.events import Tag, record_engine_event
from workflows.runtime.journal import note
from workflows.runtime.reasons import said
from workflows.runtime.running import lock
from workflows.runtime.texts import one_line
from workflows.runtime.webhooks import disable_webhook_endpoint
from workflows.store import Database, read, transaction
from workflows.store.base import table
from workflows.store.tables import Case, Delivery, Notification, Person, WebhookEndpoint

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

CREATED, SENDING, SENT, FAILED, UNCERTAIN = "CREATED", "SENDING", "SENT", "FAILED", "UNCERTAIN"
STATES = (CREATED, SENDING, SENT, FAILED, UNCERTAIN)
RETRIES = 8
LEASE = timedelta(minutes=2)  # longer than any sender takes for one letter
LONGEST_ERROR = 500  # characters
LONGEST_NAME = 100
ACTOR = "worker:deliveries"

delivery = table(Delivery)
TAGS = {FAILED: Tag.DELIVERY_FAIL, UNCERTAIN: Tag.DELIVERY_UNCERTAIN}
Destination = tuple[str, int]  # channel and, of webhooks, the endpoint; else 0


class Overtaken(Exception):
    """Another sender has this letter."""


class NotResendable(Conflict):
    """只有发送失败或结果不明的消息可以重发。"""

    code = "NOT_RESENDABLE"


@dataclass(frozen=True, slots=True)
class Letter:
    """One delivery as a sender needs it."""

    key: int
    notification_key: int
    attempts: int  # so far
    retries: int
    interrupted: bool  # a sender has handed it over, or was just about to, and has died
    channel: str
    endpoint_key: int | None
    address: str
    name: str  # of the person, or empty
    recipient: str  # the group
    kind: str
    subject: str
    text: str
    process_instance_key: int | None
    case_number: str | None
    at: datetime
    secret: str | None  # of a webhook endpoint that is active

    @property
    def id(self) -> str:
        """The same whenever it is sent: by it a receiver knows a repetition."""
        return f"msg_{self.key}"

    @property
    def destination(self) -> Destination:
        return self.channel, self.endpoint_key or 0


def next_letter(
    database: Database, *, besides: Collection[Destination] = (), lease: timedelta = LEASE
) -> Letter | None:
    """Claim the letter that has been due longest and goes to none of these destinations."""
    endpoint = func.coalesce(delivery.c.endpoint_key, 0)
    elsewhere = [or_(delivery.c.channel != channel, endpoint != key) for channel, key in besides]
    due = and_(true(), delivery.c.next_at <= real_now(), *elsewhere)
    for key in claim(database, delivery, due, delivery.c.next_at, limit=1, lease=lease):
        with read(database) as session:
            return _letter(session, key)
    return None


def hand_over(database: Database, letter: Letter) -> None:
    """The point of no return is next. Overtaken when it is no longer ours to pass."""
    crash_point(BEFORE_HAND_OVER)
    values = {"state": SENDING, **_tried(letter), "claimed_until": real_now() + LEASE}
    with transaction(database) as session:
        _change(session, letter, delivery.c.state == CREATED, attempts=letter.attempts, values=values)
    crash_point(AFTER_HAND_OVER)


def take_up(database: Database, letter: Letter) -> None:
    """Go on with a letter whose sender died, where the receiver recognises a repetition. Overtaken."""
    with transaction(database) as session:
        _change(session, letter, delivery.c.state == SENDING, attempts=letter.attempts, values={"state": CREATED})


def record_sent(database: Database, letter: Letter) -> None:
    """It has arrived: whatever anyone thought of it meanwhile."""
    values = {"state": SENT, "sent": real_now(), "next_at": None, "claimed_until": None, "error": None}
    with transaction(database) as session:
        _change(session, letter, true(), attempts=letter.attempts + 1, values=values)


def record_failure(
    database: Database,
    letter: Letter,
    error: str,
    *,
    handed_over: bool,
    state: str = CREATED,
    pause: timedelta | None = None,
    gone: bool = False,
) -> None:
    """It has not arrived, or nobody knows (UNCERTAIN). CREATED: it is tried again after ``pause``.

    ``gone``: its webhook endpoint wants no more letters. Overtaken when another sender has had it meanwhile.
    """
    at = real_now()
    values = {
        "state": state,
        **_tried(letter),
        "next_at": None if pause is None else at + pause,
        "claimed_until": None,
        "error": one_line(error, LONGEST_ERROR),
    }
    with transaction(database) as session:
        expected = delivery.c.state == (SENDING if handed_over else CREATED)
        _change(session, letter, expected, attempts=letter.attempts + handed_over, values=values)
        if state in TAGS:
            details = {"error": values["error"], "attempts": values["attempts"]}
            _record(session, TAGS[state], letter.key, details, actor=ACTOR)
        if gone and letter.endpoint_key is not None:
            disable_webhook_endpoint(session, letter.endpoint_key, actor=ACTOR)


def leave_uncertain(database: Database, letter: Letter) -> None:
    """Its sender died when it may have been handed over: people decide. Overtaken."""
    error = "发送进程中断,不知道是否已经送达 (the sender died; it may have arrived)"
    values = {"state": UNCERTAIN, "next_at": None, "claimed_until": None, "error": error}
    with transaction(database) as session:
        _change(session, letter, delivery.c.state == SENDING, attempts=letter.attempts, values=values)
        _record(session, Tag.DELIVERY_UNCERTAIN, letter.key, {"error": error, "attempts": letter.attempts}, actor=ACTOR)


def resend_delivery(session: Session, key: int, *, reason: str, actor: str) -> None:
    """Send again what failed or may have arrived, to the address the person has now. NotFound, NotResendable."""
    found = session.get(Delivery, key, with_for_update=True)
    if found is None:
        raise NotFound(f"没有编号为 {key} 的发送")
    if found.state not in TAGS:
        raise NotResendable
    because = said(reason, required=True)
    was = found.state
    person = session.get(Person, found.person_id) if found.person_id else None
    if person is not None:
        found.address = (person.email if found.channel == "email" else person.phone) or found.address
    found.state, found.retries, found.next_at = CREATED, RETRIES, real_now()
    session.flush()
    _record(session, Tag.DELIVERY_RESEND, key, {"was": was, **because}, actor=actor)


def _tried(letter: Letter) -> dict[str, int]:
    return {"attempts": letter.attempts + 1, "retries": max(0, letter.retries - 1)}


def _change(
    session: Session, letter: Letter, expected: ColumnElement[bool], *, attempts: int, values: dict[str, Any]
) -> None:
    ours = and_(delivery.c.key == letter.key, delivery.c.attempts == attempts, expected)
    if session.connection().execute(update(delivery).where(ours).values(values)).rowcount != 1:
        raise Overtaken


def _record(session: Session, tag: Tag, key: int, details: dict[str, Any], *, actor: str) -> None:
    """On the record of the instance it is about, or of the engine. No address: the record is kept for ever."""
    query = select(Delivery.channel, Delivery.person_id, Delivery.endpoint_key, Notification.process_instance_key).join(
        Notification, Notification.key == Delivery.notification_key
    )
    row = session.execute(query.where(Delivery.key == key)).one()
    to = {"person": row.person_id} if row.person_id else {"endpoint": row.endpoint_key}
    details = {"key": key, "channel": row.channel, **to, **details}
    at = now(session)
    if row.process_instance_key is None:
        record_engine_event(session, tag, details, at=at, actor=actor)
    else:
        note(session.connection(), lock(session, row.process_instance_key), tag, details, at=at, actor=actor)


def _letter(session: Session, key: int) -> Letter:
    query = (
        select(
            Delivery.key,
            Delivery.notification_key,
            Delivery.attempts,
            Delivery.retries,
            (Delivery.state == SENDING).label("interrupted"),
            Delivery.channel,
            Delivery.endpoint_key,
            Delivery.address,
            func.coalesce(Person.name, "").label("name"),
            Notification.recipient,
            Notification.kind,
            Notification.subject,
            Notification.text,
            Notification.process_instance_key,
            Case.number.label("case_number"),
            Notification.at,
            WebhookEndpoint.secret,
        )
        .join(Notification, Notification.key == Delivery.notification_key)
        .outerjoin(Person, Person.id == Delivery.person_id)
        .outerjoin(Case, Case.key == Notification.case_id)
        .outerjoin(WebhookEndpoint, and_(WebhookEndpoint.key == Delivery.endpoint_key, WebhookEndpoint.active))
        .where(Delivery.key == key)
    )
    row = dict(session.execute(query).mappings().one())
    return Letter(**row | {"name": one_line(row["name"], LONGEST_NAME)})
