"""Timer events that are waited for."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from workflows.store.base import Base, Moment, PrimaryKey


class Timer(Base):
    """A timer of an instance, or the timer start event of a definition. Gone when it has fired or nobody waits."""

    __tablename__ = "timer"
    __table_args__ = (
        CheckConstraint("(process_instance_key IS NULL) <> (process_definition_key IS NULL)", name="one_owner"),
        Index(None, "due"),
        Index(None, "process_instance_key"),
    )

    key: Mapped[PrimaryKey]
    process_instance_key: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("process_instance.key"))
    process_definition_key: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("process_definition.key"))
    element_id: Mapped[str]
    due: Mapped[Moment]
    repetitions: Mapped[int | None]  # of a start event, this one included; null is without end
    claimed_until: Mapped[Moment | None]
