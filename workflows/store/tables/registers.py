"""Registers of entries: their schemas, every version of every entry, and the names by which an entry is found."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Identity, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workflows.store.base import Base, Json, Moment, partial_index
from workflows.store.tables.definition import _Deployed
from workflows.store.tables.event import RowNumber


class RegisterSchema(_Deployed, Base):
    """One version of the JSON Schema that the entries of a register fit. A register belongs to one pack."""

    __tablename__ = "register_schema"
    __table_args__ = (UniqueConstraint("name", "version"),)

    pack: Mapped[str]
    content: Mapped[Any] = mapped_column(Json)


class RegisterEntry(Base):
    """One version of one entry. Versions are only added; ``superseded`` says since when there is a later one."""

    __tablename__ = "register_entry"
    __table_args__ = (
        UniqueConstraint("register", "key", "version"),
        partial_index("ix_register_entry_current", "register", "key", where="superseded IS NULL", unique=True),
        partial_index("ix_register_entry_place", "register", "west", "east", where="superseded IS NULL"),
        Index(None, "register", "merged_into"),
    )

    id: Mapped[int] = mapped_column(RowNumber, Identity(), primary_key=True)
    register: Mapped[str]
    key: Mapped[str]
    version: Mapped[int]
    data: Mapped[Any] = mapped_column(Json)
    valid_from: Mapped[Moment | None]
    valid_to: Mapped[Moment | None]  # no longer from here on
    unit: Mapped[str | None]  # the organisation unit that it holds in
    west: Mapped[float | None]  # around the place that it holds at
    east: Mapped[float | None]
    south: Mapped[float | None]
    north: Mapped[float | None]
    recorded: Mapped[Moment]
    superseded: Mapped[Moment | None]
    actor: Mapped[str]
    reason: Mapped[str]
    process_instance_key: Mapped[int | None] = mapped_column(BigInteger)  # that wrote it
    merged_into: Mapped[str | None]  # the key of the entry that it turned out to be


class RegisterAlias(Base):
    """A name that leads to an entry, e.g. a plate. Whose it was before stays: ``until`` is empty for whose it is."""

    __tablename__ = "register_alias"
    __table_args__ = (
        Index(None, "register", "kind", "value"),
        Index(None, "register", "entry_key"),
        partial_index("uq_register_alias_current", "register", "kind", "value", where="until IS NULL", unique=True),
    )

    id: Mapped[int] = mapped_column(RowNumber, Identity(), primary_key=True)
    register: Mapped[str]
    kind: Mapped[str]
    value: Mapped[str]  # normalised
    entry_key: Mapped[str]
    since: Mapped[Moment]
    until: Mapped[Moment | None]
