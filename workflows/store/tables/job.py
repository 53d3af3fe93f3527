"""Work for machines outside the transaction."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from workflows.store.base import Base, Moment, PrimaryKey, partial_index


class Job(Base):
    """One job; its key is the key of its element instance, and a worker's idempotency key."""

    __tablename__ = "job"
    __table_args__ = (
        # A job without retries left waits for its incident, not for a worker.
        partial_index("ix_job_wanted", "type", "available_at", where="state = 'CREATED' AND retries > 0"),
        Index(None, "process_instance_key"),
    )

    key: Mapped[PrimaryKey]
    process_instance_key: Mapped[int] = mapped_column(BigInteger, ForeignKey("process_instance.key"))
    element_id: Mapped[str]
    type: Mapped[str]
    state: Mapped[str]  # CREATED, COMPLETED, CANCELED, ERROR_THROWN
    retries: Mapped[int]
    headers: Mapped[dict[str, Any]]
    available_at: Mapped[Moment]  # from when a worker may have it: the end of a back-off or of another's lease
    worker: Mapped[str | None]  # who has it until available_at
    error_code: Mapped[str | None]
    error_message: Mapped[str | None]
    created: Mapped[Moment]
    ended: Mapped[Moment | None]
