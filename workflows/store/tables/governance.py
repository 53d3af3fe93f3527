"""The nouns of a city: cases with their reporters, photos and notices; units, persons and the seats they hold."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workflows.store.base import Base, Day, Moment, PrimaryKey, partial_index
from workflows.store.tables.event import RowNumber


class Case(Base):
    """One matter of a citizen. Nothing personal is in this row, so that all who work on it may see it."""

    __tablename__ = "case"
    __table_args__ = (
        # Where duplicates are looked for: open matters of a class around a latitude.
        partial_index("ix_case_open_class", "class_code", "lat", where="ended IS NULL"),
        # How many are open at each public step, and how many have ended since.
        partial_index("ix_case_open_step", "step", where="ended IS NULL"),
        partial_index("ix_case_ended", "ended", where="ended IS NOT NULL"),
        partial_index("ix_case_spot", "spot", "reported", where="spot IS NOT NULL"),
        # Lists show the newest first, which is by number.
        Index(None, "state", "number"),
        Index(None, "grid", "number"),
        Index(None, "reported"),
        Index(None, "merged_into"),
    )

    key: Mapped[PrimaryKey]
    number: Mapped[str] = mapped_column(unique=True)  # 2026-000123
    query_code: Mapped[str] = mapped_column(unique=True)
    channel: Mapped[str]
    class_code: Mapped[str]
    condition_code: Mapped[str]
    text: Mapped[str]
    address: Mapped[str]
    lon: Mapped[float]
    lat: Mapped[float]
    place_kind: Mapped[str]
    origin_level: Mapped[str]
    anonymous: Mapped[bool]
    contact: Mapped[bool]  # the reporter can be reached
    photos: Mapped[int]  # how many came with the report
    spot: Mapped[str | None]  # the code of the plate it was reported from
    community: Mapped[str | None]
    grid: Mapped[str | None]
    area: Mapped[str | None]
    handler_group: Mapped[str | None]  # who has it now
    step: Mapped[str]
    state: Mapped[str]
    reported: Mapped[Moment]
    filed: Mapped[Moment | None]
    ended: Mapped[Moment | None]  # closed, refused, merged or voided
    refusal_code: Mapped[str | None]
    refusal_reason: Mapped[str | None]
    merged_into: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("case.key"))
    on_time: Mapped[bool | None]
    reworks: Mapped[int | None]
    satisfaction: Mapped[str | None]
    stars: Mapped[int | None]


class CaseInvolved(Base):
    """Who has or had a part in a case: units it lies in, whose clock or task there was, and persons with a task.

    Read from the end of who asks, which cases are theirs, or of a case, who they are. As in an instance, nothing refers
    to the row of the case.
    """

    __tablename__ = "case_involved"
    __table_args__ = (Index(None, "case_key", "who"), {"sqlite_with_rowid": False})

    who: Mapped[str] = mapped_column(primary_key=True)  # @G07, a unit; p-0031, a person
    case_key: Mapped[PrimaryKey]


class CaseNumber(Base):
    """The last number given in a year. The row is locked until the case is committed: no gaps, no duplicates."""

    __tablename__ = "case_number"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]


class CaseStep(Base):
    """One entry of a case into a public step. A rework enters a step again."""

    __tablename__ = "case_step"
    __table_args__ = (Index(None, "case_key"),)

    id: Mapped[int] = mapped_column(RowNumber, Identity(), primary_key=True)
    case_key: Mapped[int] = mapped_column(BigInteger, ForeignKey("case.key"))
    step: Mapped[str]
    at: Mapped[Moment]


class Report(Base):
    """Who reported a case: all that is personal, apart, so that it can be hidden and purged."""

    __tablename__ = "report"

    case_key: Mapped[int] = mapped_column(BigInteger, ForeignKey("case.key"), primary_key=True, autoincrement=False)
    reporter_name: Mapped[str | None]
    reporter_phone: Mapped[str | None]


class Photo(Base):
    """A picture that proves something. The file lies in the data directory under its hash."""

    __tablename__ = "photo"
    __table_args__ = (UniqueConstraint("case_key", "stage", "hash"),)

    id: Mapped[int] = mapped_column(RowNumber, Identity(), primary_key=True)
    case_key: Mapped[int] = mapped_column(BigInteger, ForeignKey("case.key"))
    stage: Mapped[str]  # report, handling, inspection
    hash: Mapped[str]  # sha256 of the file
    media_type: Mapped[str]
    size: Mapped[int]
    width: Mapped[int]
    height: Mapped[int]
    stored: Mapped[Moment]


class Notice(Base):
    """What a citizen was told; read with the query code."""

    __tablename__ = "notice"
    __table_args__ = (Index(None, "case_key"),)

    id: Mapped[int] = mapped_column(RowNumber, Identity(), primary_key=True)
    case_key: Mapped[int] = mapped_column(BigInteger, ForeignKey("case.key"))
    kind: Mapped[str]
    text: Mapped[str]
    at: Mapped[Moment]


class Unit(Base):
    """A place or body that can be responsible: 楼栋→小区→社区→网格→片区→中心, departments and stations."""

    __tablename__ = "unit"
    __table_args__ = (Index(None, "west", "east"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    name: Mapped[str]
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("unit.id"), index=True)
    boundary: Mapped[list[Any] | None]  # [[lon, lat], ...]
    west: Mapped[float | None]
    south: Mapped[float | None]
    east: Mapped[float | None]
    north: Mapped[float | None]
    details: Mapped[dict[str, Any]]


class Person(Base):
    """Someone who can hold a seat."""

    __tablename__ = "person"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    email: Mapped[str | None]
    phone: Mapped[str | None]


class Seat(Base):
    """A person's role in a unit from a day to a day, both included, and who stands in."""

    __tablename__ = "seat"
    __table_args__ = (Index(None, "unit_id", "role"), Index(None, "person_id"), Index(None, "deputy_id"))

    id: Mapped[int] = mapped_column(RowNumber, Identity(), primary_key=True)
    role: Mapped[str]
    unit_id: Mapped[str] = mapped_column(ForeignKey("unit.id"))
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    deputy_id: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    title: Mapped[str]
    valid_from: Mapped[Day]
    valid_to: Mapped[Day | None]


class Duty(Base):
    """Who answers for a seat from a moment to another (值班), beside those who hold it."""

    __tablename__ = "duty"
    __table_args__ = (Index(None, "unit_id", "role", "begins"), Index(None, "person_id"))

    id: Mapped[int] = mapped_column(RowNumber, Identity(), primary_key=True)
    role: Mapped[str]
    unit_id: Mapped[str] = mapped_column(ForeignKey("unit.id"))
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    begins: Mapped[Moment]
    ends: Mapped[Moment]


class Succession(Base):
    """Who takes over from a unit that is reorganised, as the register has it, and the operation that hands over."""

    __tablename__ = "succession"

    unit_id: Mapped[str] = mapped_column(primary_key=True)
    successor_id: Mapped[str]
    day: Mapped[Day]
    document: Mapped[str]  # what it rests on
    batch_operation_key: Mapped[int | None] = mapped_column(BigInteger)  # None: not carried out yet
