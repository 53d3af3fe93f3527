"""Clocks on the stages of a process and the rungs they climbed."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workflows.store.base import Base, Moment, PrimaryKey, partial_index


class Deadline(Base):
    """One clock on one activity. The row holds only its next rung, so a million clocks are one indexed look-up."""

    __tablename__ = "deadline"
    __table_args__ = (
        partial_index("ix_deadline_armed", "next_at", where="next_at IS NOT NULL"),
        Index(None, "process_instance_key"),
    )

    key: Mapped[PrimaryKey]
    process_instance_key: Mapped[int] = mapped_column(BigInteger, ForeignKey("process_instance.key"))
    element_instance_key: Mapped[int] = mapped_column(BigInteger)
    element_id: Mapped[str]
    stage: Mapped[str]
    unit: Mapped[str]  # urgent_hour, work_hour, work_day, natural_day
    number: Mapped[str]  # a decimal, exact
    started: Mapped[Moment]
    due: Mapped[Moment]
    paused: Mapped[str | None]  # how much of its unit passed while the instance was suspended, a decimal
    provisional: Mapped[bool]  # counted in a year whose holidays are not announced yet
    rungs: Mapped[list[Any]]  # [{level, at, role, channel, label, due}], in order of level
    next_level: Mapped[int | None]
    next_at: Mapped[Moment | None]
    claimed_until: Mapped[Moment | None]
    ended: Mapped[Moment | None]
    met: Mapped[bool | None]
    used: Mapped[str | None]  # a decimal, in its unit


class Escalation(Base):
    """One rung of one clock, fired once."""

    __tablename__ = "escalation"
    __table_args__ = (
        UniqueConstraint("deadline_key", "level"),
        partial_index("ix_escalation_unannounced", "key", where="announced IS NULL"),
        Index(None, "process_instance_key"),
    )

    key: Mapped[PrimaryKey]
    deadline_key: Mapped[int] = mapped_column(BigInteger, ForeignKey("deadline.key"))
    process_instance_key: Mapped[int] = mapped_column(BigInteger, ForeignKey("process_instance.key"))
    stage: Mapped[str]
    level: Mapped[int]
    role: Mapped[str]
    recipient: Mapped[str]  # the group the role means here, e.g. grid-lead@G07
    channel: Mapped[str]
    label: Mapped[str]
    at: Mapped[Moment]  # when it was due
    fired: Mapped[Moment]
    announced: Mapped[Moment | None]  # when the world outside was told
    claimed_until: Mapped[Moment | None]
