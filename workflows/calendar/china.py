"""The calendar of the mainland: office hours and the holidays and make-up days the State Council announced."""

from __future__ import annotations

from datetime import time
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import chinese_calendar
from chinese_calendar import constants

from workflows.calendar.days import Days
from workflows.calendar.hours import OfficeHours
from workflows.calendar.working import WorkingCalendar
from workflows.calendar.years import Year

if TYPE_CHECKING:
    from collections.abc import Iterator

_SEED = f"chinesecalendar {chinese_calendar.__version__}"
_DECEMBER = 12


def _announced() -> Iterator[Year]:
    """The years of the library, which knows days and not notices: what December has is of the next year's notice."""
    first, last = min(constants.holidays).year, max(constants.holidays).year
    for year in range(first, last + 1):
        holidays, workdays = (
            frozenset(day for day in days if day.year + (day.month == _DECEMBER) == year)
            for days in (constants.holidays, constants.workdays)
        )
        yield Year(year, holidays, workdays, _SEED)


CHINA = WorkingCalendar(
    zone=ZoneInfo("Asia/Shanghai"),
    days=Days(_announced(), _SEED),
    hours=OfficeHours((time(8), time(12)), (time(14), time(18))),
)
