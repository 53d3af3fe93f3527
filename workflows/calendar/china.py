"""The calendar of the mainland: office hours and the holidays and make-up days the State Council announced."""

from __future__ import annotations

from datetime import time
from zoneinfo import ZoneInfo

from chinese_calendar import constants

from workflows.calendar.days import Days
from workflows.calendar.hours import OfficeHours
from workflows.calendar.working import WorkingCalendar

CHINA = WorkingCalendar(
    zone=ZoneInfo("Asia/Shanghai"),
    days=Days(
        range(min(constants.holidays).year, max(constants.holidays).year + 1),
        holidays=constants.holidays.keys(),
        workdays=constants.workdays.keys(),
    ),
    hours=OfficeHours((time(8), time(12)), (time(14), time(18))),
)
