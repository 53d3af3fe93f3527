"""Holiday notices: which days of a year are off and which weekend days are worked, every version kept."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workflows.store.base import Base, Moment, PrimaryKey, partial_index


class HolidayNotice(Base):
    """One version of one year; the latest of a year counts.

    ``hash`` is over this notice and all before it, so that the last one names the whole calendar.
    """

    __tablename__ = "holiday_notice"
    __table_args__ = (
        UniqueConstraint("year", "version"),
        partial_index("ix_holiday_notice_recounting", "key", where="recounted_to IS NOT NULL"),
    )

    key: Mapped[PrimaryKey]
    year: Mapped[int]
    version: Mapped[int]
    source: Mapped[str]  # the papers of the State Council
    holidays: Mapped[list[str]]  # ISO 8601
    workdays: Mapped[list[str]]
    hash: Mapped[str]
    actor: Mapped[str]
    at: Mapped[Moment]
    earlier: Mapped[bool]  # deadlines may come earlier by it, those of the law excepted
    reason: Mapped[str | None]
    counts: Mapped[dict[str, Any]]  # what became of the deadlines that cross it
    span: Mapped[list[str]]  # from when to when the calendar has changed
    recounted_to: Mapped[int | None] = mapped_column(BigInteger)  # the deadline counted anew last; None: all are
