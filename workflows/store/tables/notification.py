"""What people and systems are told: notifications, who they are for, the letters that carry them, webhook endpoints."""

from __future__ import annotations

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workflows.store.base import Base, Moment, PrimaryKey, partial_index


class Notification(Base):
    """Something a group is told, once. It is read in the application whether or not letters go out as well."""

    __tablename__ = "notification"
    __table_args__ = (UniqueConstraint("dedupe", "recipient"), Index(None, "recipient", "key"))

    key: Mapped[PrimaryKey]
    dedupe: Mapped[str]  # what it is about: telling of it again is no second notification
    recipient: Mapped[str]  # the group, e.g. grid-lead@G07, or a person
    kind: Mapped[str]  # e.g. escalation; the event type of webhooks
    subject: Mapped[str]  # one line
    text: Mapped[str]
    channels: Mapped[list[str]]  # as they were asked for
    process_instance_key: Mapped[int | None] = mapped_column(BigInteger)
    case_id: Mapped[int | None] = mapped_column(BigInteger)
    at: Mapped[Moment]  # by the engine's clock


class NotificationRecipient(Base):
    """A person who was told, being a member of the group then; or one who came later and has read it."""

    __tablename__ = "notification_recipient"
    __table_args__ = (
        Index(None, "person_id", "notification_key"),
        partial_index("ix_notification_recipient_unread", "person_id", "notification_key", where="read IS NULL"),
    )

    notification_key: Mapped[int] = mapped_column(BigInteger, ForeignKey("notification.key"), primary_key=True)
    person_id: Mapped[str] = mapped_column(primary_key=True)
    missing: Mapped[list[str]]  # channels they have no address for
    read: Mapped[Moment | None]


class WebhookEndpoint(Base):
    """An address of another system that is told of some kinds of notifications."""

    __tablename__ = "webhook_endpoint"

    key: Mapped[PrimaryKey]
    url: Mapped[str]
    secret: Mapped[str]  # whsec_…, needed for every signature, so it is kept as it is
    event_types: Mapped[list[str]]  # kinds of notifications; * means all
    active: Mapped[bool]
    created: Mapped[Moment]
    deleted: Mapped[Moment | None]  # its letters stay on record


class Delivery(Base):
    """One letter on one channel to one address. Its moments are real ones: a pinned clock mends no network."""

    __tablename__ = "delivery"
    __table_args__ = (
        partial_index("ix_delivery_due", "next_at", where="next_at IS NOT NULL"),
        UniqueConstraint("dedupe"),
        Index(None, "notification_key"),
        Index(None, "state"),
    )

    key: Mapped[PrimaryKey]
    notification_key: Mapped[int] = mapped_column(BigInteger, ForeignKey("notification.key"))
    channel: Mapped[str]  # email, sms, webhook
    person_id: Mapped[str | None]
    endpoint_key: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("webhook_endpoint.key"))
    address: Mapped[str]
    dedupe: Mapped[str]
    state: Mapped[str]  # CREATED, SENDING (it may be on its way), SENT, FAILED, UNCERTAIN (nobody knows)
    attempts: Mapped[int]  # only ever grows: what an earlier sender has to say is told from what a later one has
    retries: Mapped[int]  # attempts that are left
    next_at: Mapped[Moment | None]  # None: nothing more is done by itself
    claimed_until: Mapped[Moment | None]
    error: Mapped[str | None]  # of the last attempt
    created: Mapped[Moment]
    sent: Mapped[Moment | None]
