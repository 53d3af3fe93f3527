"""Working time: when a limit in one of the four units ends, and how much of it is used."""

from __future__ import annotations

from workflows.calendar.china import CHINA
from workflows.calendar.clock import Clock
from workflows.calendar.days import Days
from workflows.calendar.enforcement import EnforcementHours
from workflows.calendar.errors import CalendarError, InvalidLimit, NaiveInstant
from workflows.calendar.hours import OfficeHours
from workflows.calendar.legal import InvalidPeriod, LegalEnd, LegalPeriod, LegalUnit, Statute
from workflows.calendar.limits import Limit, Unit
from workflows.calendar.notices import InvalidNotice, read_notice
from workflows.calendar.working import Due, WorkingCalendar
from workflows.calendar.years import Status, Year

__all__ = [
    "CHINA",
    "CalendarError",
    "Clock",
    "Days",
    "Due",
    "EnforcementHours",
    "InvalidLimit",
    "InvalidNotice",
    "InvalidPeriod",
    "LegalEnd",
    "LegalPeriod",
    "LegalUnit",
    "Limit",
    "NaiveInstant",
    "OfficeHours",
    "Status",
    "Statute",
    "Unit",
    "WorkingCalendar",
    "Year",
    "read_notice",
]
