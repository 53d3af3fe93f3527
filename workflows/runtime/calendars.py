"""The calendar that counts: which days are worked, and the office hours of a unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workflows.calendar import CHINA, WorkingCalendar

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def calendar_for(_session: Session, _unit_id: str | None = None) -> WorkingCalendar:
    """The calendar of an organisation unit, of the city where none is named."""
    return CHINA


def calendar_of(session: Session, holder: str | None) -> WorkingCalendar:
    """The calendar of who has a clock, ``role@unit``."""
    return calendar_for(session, (holder or "").partition("@")[2] or None)
