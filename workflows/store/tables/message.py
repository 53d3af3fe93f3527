"""Messages that were published and those that wait for them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workflows.store.base import Base, Moment, PrimaryKey


class Message(Base):
    """A buffered message. ``correlated`` are the processes that had it: each gets it once, as in Camunda 8."""

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("name", "correlation_key", "message_id"),
        Index(None, "expires"),
    )

    key: Mapped[PrimaryKey]
    name: Mapped[str]
    correlation_key: Mapped[str]
    message_id: Mapped[str | None]
    variables: Mapped[dict[str, Any]]
    correlated: Mapped[list[str]]
    published: Mapped[Moment]
    expires: Mapped[Moment]


class ThrownMessage(Base):
    """A message that an instance has thrown, on its way to be published. Gone when it is."""

    __tablename__ = "thrown_message"

    key: Mapped[PrimaryKey]  # of the message
    process_instance_key: Mapped[int] = mapped_column(BigInteger)  # that has thrown it; not there yet when it is
    name: Mapped[str]
    correlation_key: Mapped[str]
    variables: Mapped[dict[str, Any]]
    seconds: Mapped[int]  # its time to live
    business_id: Mapped[str | None]  # of the thrower, and of the instance it starts
    actor: Mapped[str]
    thrown: Mapped[Moment]
    claimed_until: Mapped[Moment | None]


class MessageSubscription(Base):
    """An instance waits for a message, or a message starts a definition. Gone when nobody waits."""

    __tablename__ = "message_subscription"
    __table_args__ = (
        CheckConstraint("(process_instance_key IS NULL) <> (process_definition_key IS NULL)", name="one_owner"),
        Index(None, "name", "correlation_key"),
        Index(None, "process_instance_key"),
    )

    key: Mapped[PrimaryKey]
    process_instance_key: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("process_instance.key"))
    process_definition_key: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("process_definition.key"))
    process_id: Mapped[str]
    element_id: Mapped[str]
    name: Mapped[str]
    correlation_key: Mapped[str | None]  # null: starts an instance, whatever the key
    created: Mapped[Moment]
