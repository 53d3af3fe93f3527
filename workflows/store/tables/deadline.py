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
        # What is due first, under which light: read from it alone. And how many of each are under which light.
        partial_index("ix_deadline_open", "due", "yellow_at", "purple_at", "paused_since", where="ended IS NULL"),
        partial_index(
            "ix_deadline_lights",
            *("stage", "milestone", "holder", "due", "yellow_at", "purple_at", "paused_since"),
            where="ended IS NULL",
        ),
        # What of a stage is due first, among those that run.
        partial_index("ix_deadline_open_stage", "stage", "due", where="ended IS NULL"),
        partial_index("ix_deadline_suspended", "suspended_until", where="suspended_until IS NOT NULL"),
        Index(None, "process_instance_key"),
        # What a period counts.
        Index("ix_deadline_stage_due", "stage", "due", "process_instance_key"),
        Index(None, "stage", "started"),
    )

    key: Mapped[PrimaryKey]
    process_instance_key: Mapped[int] = mapped_column(BigInteger, ForeignKey("process_instance.key"))
    element_instance_key: Mapped[int] = mapped_column(BigInteger)
    element_id: Mapped[str]
    stage: Mapped[str]
    milestone: Mapped[str]  # the part of the stage, e.g. 排险; empty: the stage itself
    holder: Mapped[str | None]  # who has it, e.g. grid-worker-street@G07
    handed_over: Mapped[list[Any]]  # [[holder, until], ...] of units that were reorganised while it ran
    unit: Mapped[str]  # urgent_hour, work_hour, work_day, natural_day
    number: Mapped[str]  # a decimal, exact
    legal: Mapped[bool]  # a statute sets the limit
    started: Mapped[Moment]
    pauses: Mapped[list[Any]]  # [[from, to], ...] that are over
    paused_since: Mapped[Moment | None]
    suspended_until: Mapped[Moment | None]  # 挂账; None while paused: its instance is suspended
    suspensions: Mapped[int]  # how often it was 挂账
    extensions: Mapped[int]  # 延期, each of one original limit
    carried: Mapped[str]  # used by the clocks it goes on with, a decimal
    continues: Mapped[int | None] = mapped_column(BigInteger)  # the clock it goes on with
    due: Mapped[Moment]
    provisional: Mapped[bool]  # counted in a year whose holidays are not announced yet
    yellow_at: Mapped[Moment]  # when its light turns yellow; red when due
    purple_at: Mapped[Moment]  # a whole limit after it was due
    rungs: Mapped[list[Any]]  # [{level, at, after, role, channels, label, reply, powers, process, message, due}]
    fired_level: Mapped[int | None]
    next_level: Mapped[int | None]
    next_at: Mapped[Moment | None]  # None also while it is paused
    claimed_until: Mapped[Moment | None]
    ended: Mapped[Moment | None]
    met: Mapped[bool | None]  # None: still running, or another goes on with it
    used: Mapped[str | None]  # a decimal, in its unit
    returned: Mapped[Moment | None]  # 退回: its holder gave it back, and another began for that
    exempted: Mapped[Moment | None]  # 申诉成立: it does not count in statistics; ``met`` stays what it was


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
    vacant: Mapped[bool]  # nobody holds the seat that was meant: it went up
    channels: Mapped[list[str]]
    label: Mapped[str]
    powers: Mapped[list[str]]  # what this level may decide: extend, reassign, designate, suspend, convene
    reply_due: Mapped[Moment | None]  # until when it has to answer
    supervision_key: Mapped[int | None] = mapped_column(BigInteger)  # the process instance it has started
    at: Mapped[Moment]  # when it was due
    fired: Mapped[Moment]
    announced: Mapped[Moment | None]  # when the world outside was told
    run_id: Mapped[str | None]  # the run in Prefect that tells of it
    claimed_until: Mapped[Moment | None]
