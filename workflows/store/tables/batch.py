"""One command for many process instances, or many starts of one process, carried out one by one."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workflows.store.base import Base, Key, Moment, PrimaryKey, partial_index
from workflows.store.tables.event import RowNumber

START = "START_PROCESS_INSTANCE"  # the type that starts an instance for each line; not of Camunda 8


class BatchOperation(Base):
    """What is to be done. The counts are those of the items, brought up to date after each round of work."""

    __tablename__ = "batch_operation"
    __table_args__ = (
        partial_index("ix_batch_operation_running", "key", where="state IN ('CREATED', 'ACTIVE')"),
        Index(None, "created"),
    )

    key: Mapped[PrimaryKey]
    type: Mapped[str]  # CANCEL_PROCESS_INSTANCE, RESOLVE_INCIDENT, …
    state: Mapped[str]  # CREATED, ACTIVE, SUSPENDED, COMPLETED, CANCELED
    details: Mapped[dict[str, Any]]  # what the command needs beside the instance: target and mapping, moves
    reason: Mapped[str | None]
    actor: Mapped[str]
    created: Mapped[Moment]
    started: Mapped[Moment | None]
    ended: Mapped[Moment | None]
    total: Mapped[int]
    completed: Mapped[int]
    failed: Mapped[int]
    skipped: Mapped[int]
    claimed_until: Mapped[Moment | None]  # by the one worker that goes through its lines in their order


class BatchOperationItem(Base):
    """One instance or incident, or one line to start an instance with. ``key`` is the order of work.

    ``item_key`` is what it is done to, or the number of the line; ``variables`` are those of the line.
    """

    __tablename__ = "batch_operation_item"
    __table_args__ = (
        UniqueConstraint("batch_operation_key", "item_key"),
        partial_index("ix_batch_operation_item_open", "batch_operation_key", "key", where="state = 'ACTIVE'"),
        Index(None, "batch_operation_key", "state"),
        Index(None, "process_instance_key"),
    )

    key: Mapped[int] = mapped_column(RowNumber, Identity(), primary_key=True)
    batch_operation_key: Mapped[int] = mapped_column(BigInteger, ForeignKey("batch_operation.key"))
    item_key: Mapped[Key]
    process_instance_key: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("process_instance.key"))
    variables: Mapped[dict[str, Any] | None]
    state: Mapped[str]  # ACTIVE, COMPLETED, FAILED, SKIPPED (it was over before its turn), CANCELED
    message: Mapped[str | None]
    processed: Mapped[Moment | None]
    claimed_until: Mapped[Moment | None]
