"""What is known of which year, and which open deadlines run into a year that nobody has announced."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import func, select

from workflows.calendar import CHINA, Status
from workflows.runtime.calendars import current, notice
from workflows.runtime.clock import now as clock_now
from workflows.runtime.recounting import IN_OFFICE_HOURS, deadline

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session


class YearStatus(NamedTuple):
    """One year; version 0 came with the product. ``crossing``: open deadlines that run into it, while provisional."""

    year: int
    status: Status
    source: str
    version: int
    imported: datetime | None
    actor: str | None
    holidays: list[date]
    workdays: list[date]
    crossing: int


class CalendarStatus(NamedTuple):
    """``version`` is the key of the last notice, or the library that came with the product.

    ``official_until`` is the last day of the official years from now on, None when this year is provisional itself.
    ``recounting``: deadlines are still being counted anew after an import.
    """

    version: str
    official_until: date | None
    hours: list[list[str]]
    recounting: bool
    years: list[YearStatus]


def calendar_status(session: Session, *only: ColumnElement[bool]) -> CalendarStatus:
    """The years from the first that is known to the last that an open deadline runs into, next year at least.

    ``only`` some deadlines are counted.
    """
    calendar = current(session)
    days, here = calendar.days, clock_now(session).astimezone(calendar.zone).year
    latest = {row.year: row for row in session.connection().execute(select(notice).order_by(notice.c.version))}
    last = session.connection().execute(select(func.max(deadline.c.due)).where(*_counting())).scalar()
    shown = {*days.years, *range(here, here + 2)}
    if last is not None:
        shown |= set(range(here, min(last.astimezone(calendar.zone).year, here + 100) + 1))
    years = []
    for year in sorted(shown):
        row, known, status = latest.get(year), days.years.get(year), days.status(year)
        years.append(
            YearStatus(
                year,
                status,
                known.source if known else "",
                row.version if row else 0,
                row.at if row else None,
                row.actor if row else None,
                sorted(known.holidays) if known else [],
                sorted(known.workdays) if known else [],
                _crossing(session, year, only) if status is Status.PROVISIONAL else 0,
            )
        )
    until = days.official_until(here)
    recounting = select(func.count()).where(notice.c.recounted_to.is_not(None))
    return CalendarStatus(
        days.version,
        date(until, 12, 31) if until else None,
        calendar.hours.slots,
        bool(session.connection().execute(recounting).scalar()),
        years,
    )


def _counting() -> tuple[ColumnElement[bool], ...]:
    return deadline.c.ended.is_(None), deadline.c.unit.in_(sorted(IN_OFFICE_HOURS))


def running_into(year: int) -> tuple[ColumnElement[bool], ...]:
    """Open deadlines that are counted by the calendar and run into a year. 1 to 9998."""
    begins, ends = (datetime(each, 1, 1, tzinfo=CHINA.zone).astimezone(UTC) for each in (year, year + 1))
    return (*_counting(), deadline.c.due >= begins, deadline.c.started < ends)


def _crossing(session: Session, year: int, only: tuple[ColumnElement[bool], ...]) -> int:
    counted = select(func.count()).select_from(deadline).where(*running_into(year), *only)
    return int(session.connection().execute(counted).scalar() or 0)
