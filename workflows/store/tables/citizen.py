"""What citizens meet without an account: plates with a code on them, and invitations to rate what was done."""

from __future__ import annotations

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workflows.store.base import Base, Moment


class Spot(Base):
    """A place with a plate on the wall; its code is in the address that the plate's QR code leads to."""

    __tablename__ = "spot"
    __table_args__ = (Index(None, "grid"), UniqueConstraint("name", "address"))

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    address: Mapped[str]
    lon: Mapped[float]
    lat: Mapped[float]
    place_kind: Mapped[str]
    grid: Mapped[str | None]  # a unit; None: outside every grid
    created: Mapped[Moment]
    retired: Mapped[Moment | None]


class Rating(Base):
    """The invitation to rate one round of a case's handling, and what its reporter answered."""

    __tablename__ = "rating"
    __table_args__ = (UniqueConstraint("case_key", "round"),)

    token: Mapped[str] = mapped_column(primary_key=True)
    case_key: Mapped[int] = mapped_column(BigInteger, ForeignKey("case.key"))
    round: Mapped[int]  # 1, and one more after each rework
    invited: Mapped[Moment]
    expires: Mapped[Moment]
    result: Mapped[str | None]
    comment: Mapped[str | None]
    rated: Mapped[Moment | None]
