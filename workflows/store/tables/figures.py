"""What a month counts, kept so that a report need not count a year of cases each time it is opened."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from workflows.store.base import Base, Day, Moment


class MonthFigures(Base):
    """The figures of one month of one area, grid, class or unit, as they were when they were counted."""

    __tablename__ = "month_figures"

    month: Mapped[Day] = mapped_column(primary_key=True)  # its first day
    by: Mapped[str] = mapped_column(primary_key=True)  # area, grid, class, unit
    value: Mapped[str] = mapped_column(primary_key=True)  # empty: none is said
    figures: Mapped[dict[str, Any]]
    counted: Mapped[Moment]
