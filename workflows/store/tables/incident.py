"""What went wrong inside an instance and waits for someone."""

from __future__ import annotations

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from workflows.store.base import Base, Key, Moment, PrimaryKey, partial_index


class Incident(Base):
    """One failure on one element instance; the rest of the instance stays as it is."""

    __tablename__ = "incident"
    __table_args__ = (
        partial_index("ix_incident_open", "created", where="state = 'ACTIVE'"),
        Index(None, "process_instance_key"),
    )

    key: Mapped[PrimaryKey]
    process_instance_key: Mapped[int] = mapped_column(BigInteger, ForeignKey("process_instance.key"))
    element_instance_key: Mapped[Key]
    element_id: Mapped[str]
    error_type: Mapped[str]
    message: Mapped[str]
    state: Mapped[str]  # ACTIVE, RESOLVED
    created: Mapped[Moment]
    ended: Mapped[Moment | None]
