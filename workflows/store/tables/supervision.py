"""Supervision letters (督办件) and the numbers of documents."""

from __future__ import annotations

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workflows.store.base import Base, Moment, PrimaryKey


class DocumentNumber(Base):
    """The last number given in a series and year. The row is locked until the document is committed: no gaps."""

    __tablename__ = "document_number"

    series: Mapped[str] = mapped_column(primary_key=True)  # e.g. 督办
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]


class SupervisionLetter(Base):
    """A letter of one escalation: to whom, what it says, what was answered, and how it ended."""

    __tablename__ = "supervision_letter"
    __table_args__ = (
        UniqueConstraint("number"),
        UniqueConstraint("escalation_key"),
        Index(None, "subject"),
        Index(None, "process_instance_key"),
    )

    key: Mapped[PrimaryKey]
    number: Mapped[str]  # 督办〔2026〕12号
    escalation_key: Mapped[int] = mapped_column(BigInteger, ForeignKey("escalation.key"))
    process_instance_key: Mapped[int] = mapped_column(BigInteger)  # that supervises; not there yet when it is written
    subject: Mapped[str]  # the number of the case, or the key of the instance that has the clock
    recipient: Mapped[str]  # the group, e.g. area-lead@east
    text: Mapped[str]
    reply_due: Mapped[Moment]
    issued: Mapped[Moment]
    replied: Mapped[Moment | None]
    replied_by: Mapped[str | None]
    decision: Mapped[str | None]  # explain, or the power that was used: extend, reassign, designate, suspend, convene
    reply: Mapped[str | None]
    outcome: Mapped[str | None]  # accepted, rejected, unanswered, ended: the clock was over
    closed: Mapped[Moment | None]
