"""The engine's clock and, on SQLite, the sequence its keys come from."""

from __future__ import annotations

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from workflows.store.base import Base, Moment


class Clock(Base):
    """One row. ``pinned_at`` null: the clock runs."""

    __tablename__ = "clock"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    pinned_at: Mapped[Moment | None]


class Sequence(Base):
    """One row on SQLite, none on PostgreSQL, which has sequences of its own."""

    __tablename__ = "key_sequence"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    value: Mapped[int] = mapped_column(BigInteger)
