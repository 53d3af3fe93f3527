"""The record: append-only, one row per command, chained per instance so that no row can be changed unseen."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Identity, Index, Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workflows.store.base import Base, JsonText, Key, Moment

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
    """One decision taken by rule: what went in, which rules matched, what came out or why nothing did.

    An evaluation is a decision and those it requires: a row each, in the order in which they were taken. ``id`` is
    Camunda 8's, ``<evaluation key>-<number>``, counted from 1.
    """

    __tablename__ = "decision_evaluation"
    __table_args__ = (
        UniqueConstraint("id"),
        *(Index(None, name) for name in ("process_instance_key", "evaluation_key", "state", "at")),
    )

    key: Mapped[int] = mapped_column(RowNumber, Identity(), primary_key=True)
    id: Mapped[str]
    evaluation_key: Mapped[Key]
    process_instance_key: Mapped[int | None] = mapped_column(BigInteger)  # none: asked for by itself
    element_instance_key: Mapped[int | None] = mapped_column(BigInteger)
    decision_definition_key: Mapped[Key]
    root_decision_definition_key: Mapped[Key]  # of the decision that was asked for
    decision_id: Mapped[str]
    decision_name: Mapped[str]
    version: Mapped[int]
    kind: Mapped[str]  # DECISION_TABLE, LITERAL_EXPRESSION, …
    state: Mapped[str]  # EVALUATED, FAILED
    failure: Mapped[str | None]
    at: Mapped[Moment]
    inputs: Mapped[list[Any]]
    matched: Mapped[list[Any]]
    output: Mapped[Any] = mapped_column(JsonText, nullable=True)
    warnings: Mapped[list[Any]]
