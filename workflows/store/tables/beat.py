"""Signs of life of what keeps the clock running."""

from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from workflows.store.base import Base, Moment


class Beat(Base):
    """The last sign of life of something, in real time: of the sweep, and of each run that has not ended."""

    __tablename__ = "beat"

    name: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[Moment]
    by: Mapped[str]
