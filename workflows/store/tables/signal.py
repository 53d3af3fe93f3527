"""Signals: who waits for them, and those on their way."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index
from sqlalchemy.orm import Mapped, mapped_column

from workflows.store.base import Base, Moment, PrimaryKey
from workflows.store.tables.event import RowNumber


class SignalSubscription(Base):
    """An instance waits for a signal, or a signal starts a definition. Gone when nobody waits."""

    __tablename__ = "signal_subscription"
    __table_args__ = (
        CheckConstraint("(process_instance_key IS NULL) <> (process_definition_key IS NULL)", name="one_owner"),
        Index(None, "name"),
        Index(None, "process_instance_key"),
    )

    key: Mapped[PrimaryKey]
    process_instance_key: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("process_instance.key"))
    process_definition_key: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("process_definition.key"))
    process_id: Mapped[str]
    element_id: Mapped[str]
    name: Mapped[str]
    created: Mapped[Moment]


class SignalDelivery(Base):
    """A signal on its way to one of those who waited when it was thrown. Gone when it has arrived."""

    __tablename__ = "signal_delivery"
    __table_args__ = (Index(None, "subscription_key"),)

    key: Mapped[int] = mapped_column(RowNumber, Identity(), primary_key=True)
    subscription_key: Mapped[int] = mapped_column(BigInteger)
    process_definition_key: Mapped[int | None] = mapped_column(BigInteger)  # of a start event
    element_id: Mapped[str]
    signal_key: Mapped[int] = mapped_column(BigInteger)  # the same for all that have this signal
    name: Mapped[str]
    variables: Mapped[dict[str, Any]]
    actor: Mapped[str]
    thrown: Mapped[Moment]
    claimed_until: Mapped[Moment | None]
