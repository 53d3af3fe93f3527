"""What enforcement keeps of acts against the law: how each was decided, and what proves it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from workflows.store.base import Base, Json, Key, Moment, PrimaryKey


class Violation(Base):
    """One act and how it was decided. Nothing personal: the party is a key in the register of parties."""

    __tablename__ = "violation"
    __table_args__ = (
        Index(None, "party", "act_at"),
        Index(None, "process_instance_key"),
        Index(None, "case_key"),
        Index(None, "decided"),
    )

    key: Mapped[PrimaryKey]
    process_instance_key: Mapped[Key]  # that decided it
    case_key: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("case.key"))
    party: Mapped[str | None]  # who answers for it; none where nobody knows who it was
    subject: Mapped[str | None]  # what was named instead: the shop or vehicle the party had then
    matter: Mapped[str]
    law: Mapped[str | None]
    bureau: Mapped[str | None]
    lon: Mapped[float | None]
    lat: Mapped[float | None]
    grid: Mapped[str | None]
    area: Mapped[str | None]
    act_at: Mapped[Moment]
    act_end: Mapped[Moment | None]  # of an act that went on
    outcome: Mapped[str]
    decided: Mapped[Moment]
    actor: Mapped[str]
    annulled: Mapped[Moment | None]
    annulled_by: Mapped[str | None]
    annulled_why: Mapped[str | None]


class Evidence(Base):
    """One piece of evidence (行政处罚法第四十六条). The file lies in the data directory under its hash."""

    __tablename__ = "evidence"
    __table_args__ = (
        Index(None, "case_key"),
        Index(None, "process_instance_key"),
        Index(None, "source_hash"),
    )

    key: Mapped[PrimaryKey]
    case_key: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("case.key"))
    process_instance_key: Mapped[int | None] = mapped_column(BigInteger)
    kind: Mapped[str]  # one of the eight
    title: Mapped[str]
    hash: Mapped[str]  # sha256 of the file as it is kept
    source_hash: Mapped[str]  # and as it was sent
    media_type: Mapped[str]
    size: Mapped[int]
    width: Mapped[int | None]
    height: Mapped[int | None]
    taken: Mapped[Moment | None]  # as who sent it says
    lon: Mapped[float | None]
    lat: Mapped[float | None]
    doubts: Mapped[list[Any]] = mapped_column(Json)  # where the file says otherwise, or was used before
    electronic: Mapped[bool]  # recorded by technical monitoring equipment (第四十一条)
    uploaded: Mapped[Moment]
    uploaded_by: Mapped[str]
    audited: Mapped[Moment | None]
    audited_by: Mapped[str | None]
    audit: Mapped[str | None]
    status: Mapped[str]  # unverified, verified, excluded
    judged: Mapped[Moment | None]
    judged_by: Mapped[str | None]
    judged_why: Mapped[str | None]
