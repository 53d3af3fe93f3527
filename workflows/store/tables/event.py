"""The record: append-only, one row per command, chained per instance so that no row can be changed unseen."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Identity, Index, Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workflows.store.base import Base, Json, Key, Moment

RowNumber = BigInteger().with_variant(Integer, "sqlite")


class Event(Base):
    """What one command did to one instance (行政处罚法第四十七条: the whole process on record).

    ``hash`` is the sha256 of the previous event's hash and this row. Commands that concern no instance
    (deployments, the clock) form the chain of instance 0.
    """

    __tablename__ = "event"
    __table_args__ = (UniqueConstraint("process_instance_key", "seq"),)

    key: Mapped[int] = mapped_column(RowNumber, Identity(), primary_key=True)
    process_instance_key: Mapped[Key]
    seq: Mapped[int]
    tag: Mapped[str]
    actor: Mapped[str]
    at: Mapped[Moment]
    details: Mapped[dict[str, Any]]
    previous_hash: Mapped[str]
    hash: Mapped[str]


class DecisionEvaluation(Base):
    """One decision taken by rule: what went in, which rules matched, what came out."""

    __tablename__ = "decision_evaluation"
    __table_args__ = (Index(None, "process_instance_key"),)

    key: Mapped[int] = mapped_column(RowNumber, Identity(), primary_key=True)
    process_instance_key: Mapped[Key]
    element_instance_key: Mapped[Key]
    decision_definition_key: Mapped[Key]
    decision_id: Mapped[str]
    decision_name: Mapped[str]
    at: Mapped[Moment]
    inputs: Mapped[Any] = mapped_column(Json)
    matched: Mapped[list[Any]]
    output: Mapped[Any] = mapped_column(Json, nullable=True)
