"""Working time: when a limit in one of the four units ends, and how much of it is used."""

from __future__ import annotations

from workflows.calendar.china import CHINA
from workflows.calendar.clock import Clock
from workflows.calendar.days import Days
from workflows.calendar.errors import CalendarError, InvalidLimit, NaiveInstant
from workflows.calendar.hours import OfficeHours
from workflows.calendar.limits import Limit, Unit
from workflows.calendar.working import Due, WorkingCalendar

__all__ = [
    "CHINA",
    "CalendarError",
    "Clock",
    "Days",
    "Due",
    "InvalidLimit",
    "Limit",
    "NaiveInstant",
    "OfficeHours",
    "Unit",
    "WorkingCalendar",
]
