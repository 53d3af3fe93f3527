"""Periods of the law: how many days a statute means by 日, and when the last of them ends."""

from __future__ import annotations

import calendar as gregorian
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from workflows.calendar.china import CHINA
from workflows.calendar.errors import CalendarError, NaiveInstant

if TYPE_CHECKING:
    from workflows.calendar.working import WorkingCalendar


class InvalidPeriod(CalendarError):
    """法定期限无效 The legal period is not valid."""


class Statute(StrEnum):
    """The statutes that say which of their days are working days."""

    PENALTY = "行政处罚法"
    COMPULSION = "行政强制法"
    RECONSIDERATION = "行政复议法"


class LegalUnit(StrEnum):
    """日, 月 and 年 of a statute."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"

    @property
    def label(self) -> str:
        return {"day": "日", "month": "个月", "year": "年"}[self]


#: How many days are working days, not counting statutory holidays; all others are days of the calendar.
WORKING_DAYS = {
    Statute.PENALTY: frozenset({2, 3, 5, 7}),  # 行政处罚法 85
    Statute.COMPULSION: frozenset(range(1, 11)),  # 行政强制法 69: ten days or less
    Statute.RECONSIDERATION: frozenset({3, 5, 7, 10}),  # 行政复议法 88
}
# A hundred years. Whoever means more has mistyped.
_LONGEST = {LegalUnit.DAY: 36_500, LegalUnit.MONTH: 1_200, LegalUnit.YEAR: 100}


class LegalEnd(NamedTuple):
    """The last day, and the instant in UTC at which it ends; provisional as ``Due`` is."""

    day: date
    at: datetime
    provisional: bool


@dataclass(frozen=True, slots=True)
class LegalPeriod:
    """``number`` days, months or years as a statute means them. InvalidPeriod unless it is whole and above zero."""

    statute: Statute
    number: int
    unit: LegalUnit = LegalUnit.DAY

    def __post_init__(self) -> None:
        if type(self.number) is not int or not 0 < self.number <= _LONGEST[self.unit]:
            raise InvalidPeriod(
                f"法定期限须为 1 至 {_LONGEST[self.unit]} {self.unit.label} "
                f"A legal period is whole and in this range, not {self.number!r}"
            )

    def __str__(self) -> str:
        return f"{self.number}{'个工作日' if self.in_working_days else self.unit.label}({self.statute})"

    @property
    def in_working_days(self) -> bool:
        return self.unit is LegalUnit.DAY and self.number in WORKING_DAYS[self.statute]

    def ends(
        self, start: date | datetime, calendar: WorkingCalendar = CHINA, *, next_working_day: bool = True
    ) -> LegalEnd:
        """When the period ends that something on ``start`` (an instant: the local day of it) sets going.

        The day of the start does not count; the last one ends at 24:00 local time. Months and years end on the day of
        the same number, or on the last of a shorter month (民法典 201, 202). A period in days of the calendar, months
        or years whose last day is not worked ends on the next working day: 民事诉讼法 85 and 民法典 203, which
        行政复议法 88 refers to and the others follow by analogy; False where a court does not.
        """
        begun = self._day(start, calendar)
        days = calendar.days
        try:
            if self.in_working_days:
                last = date.fromordinal(days.nth(days.before(begun.toordinal() + 1) + self.number - 1))
                official = days.is_official(begun.year, last.year)
            else:
                last = plain = self._after(begun)
                if next_working_day:
                    last = date.fromordinal(days.nth(days.before(plain.toordinal())))
                official = not next_working_day or days.is_official(plain.year, last.year)
            at = datetime.combine(date.fromordinal(last.toordinal() + 1), time(), calendar.zone)
            return LegalEnd(last, at.astimezone(UTC), provisional=not official)
        except (OverflowError, ValueError) as error:
            raise InvalidPeriod(f"从 {begun} 起的 {self} 超出日历 {self} from {begun} leaves the calendar") from error

    @staticmethod
    def _day(start: date | datetime, calendar: WorkingCalendar) -> date:
        if not isinstance(start, datetime):
            return start
        if start.tzinfo is None:
            raise NaiveInstant(f"时间缺少时区 A point in time needs a time zone: {start.isoformat()}")
        return start.astimezone(calendar.zone).date()

    def _after(self, begun: date) -> date:
        if self.unit is LegalUnit.DAY:
            return date.fromordinal(begun.toordinal() + self.number)
        months = self.number * (12 if self.unit is LegalUnit.YEAR else 1)
        year, month = divmod(begun.year * 12 + begun.month - 1 + months, 12)
        return date(year, month + 1, min(begun.day, gregorian.monthrange(year, month + 1)[1]))
