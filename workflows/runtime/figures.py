"""Counting months: the command that keeps the figures which reports show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from workflows.governance import months
from workflows.governance.months import Month
from workflows.runtime.clock import now as clock_now
from workflows.store.tables import Case, MonthFigures

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

YEAR = 13  # this month, and those a report compares with


def uncounted_months(session: Session) -> list[Month]:
    """Which months are to be counted: this one and the last, and those of a year of which nothing is kept."""
    this = Month.of(clock_now(session))
    first = session.execute(select(func.min(Case.reported))).scalar()
    if first is None:
        return []
    kept = {(day.year, day.month) for day in session.scalars(select(MonthFigures.month).distinct())}
    year = (this.later(-back) for back in range(YEAR))
    return [one for one in year if one >= Month.of(first) and (one >= this.later(-1) or one not in kept)]


def count_month(session: Session, month: Month) -> int:
    """Count one month and keep its figures; how many rows that are."""
    return months.keep(session, month, clock_now(session))
