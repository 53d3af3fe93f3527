"""The calendar that counts: which days are worked, as far as it was imported, and the office hours of a unit."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from workflows.calendar import CHINA, WorkingCalendar, Year
from workflows.governance.hours import office_hours
from workflows.store.base import table
from workflows.store.definitions import parsed
from workflows.store.memo import once
from workflows.store.tables import HolidayNotice

if TYPE_CHECKING:
    from sqlalchemy import Row
    from sqlalchemy.orm import Session

notice = table(HolidayNotice)
_LAST = select(notice.c.key, notice.c.hash).order_by(notice.c.key.desc()).limit(1)


def current(session: Session) -> WorkingCalendar:
    """The calendar of the city: the years that came with the product and over them all notices imported since."""
    return calendar_for(session)


def calendar_for(session: Session, unit_id: str | None = None) -> WorkingCalendar:
    """The calendar of an organisation unit, of the city where none is named or there is no such unit any more."""
    return with_hours(session, announced(session), unit_id)


def calendar_of(session: Session, holder: str | None) -> WorkingCalendar:
    """The calendar of who has a clock, ``role@unit``."""
    return calendar_for(session, unit_of(holder))


def unit_of(holder: str | None) -> str | None:
    return (holder or "").partition("@")[2] or None


def announced(session: Session) -> WorkingCalendar:
    """The days with every notice imported, and the office hours of the country. One look-up in each transaction."""
    return once(session, ("calendar",), lambda: _announced(session))


def with_hours(session: Session, calendar: WorkingCalendar, unit_id: str | None) -> WorkingCalendar:
    """A calendar with the office hours of a unit. One look-up for each unit in each transaction."""
    hours = once(session, ("office hours", unit_id), lambda: office_hours(session, unit_id))
    return replace(calendar, hours=hours)


def year_of(row: Row[Any]) -> Year:
    """What a notice says."""
    holidays, workdays = (frozenset(map(date.fromisoformat, days)) for days in (row.holidays, row.workdays))
    return Year(row.year, holidays, workdays, row.source)


def _announced(session: Session) -> WorkingCalendar:
    last = session.connection().execute(_LAST).one_or_none()
    if last is None:
        return CHINA

    def build() -> WorkingCalendar:
        rows = session.connection().execute(select(notice).order_by(notice.c.version))
        latest = {row.year: year_of(row) for row in rows}
        return replace(CHINA, days=CHINA.days.knowing(latest.values(), str(last.key)))

    return parsed(("calendar", last.hash), build)
