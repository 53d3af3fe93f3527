"""When administrative enforcement may be carried out (行政强制法 43): not at night, not on statutory holidays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from workflows.calendar.china import CHINA
from workflows.calendar.errors import CalendarError, NaiveInstant
from workflows.calendar.working import Due, WorkingCalendar

# Festivals that the 全国年节及纪念日放假办法 puts on fixed days: off also in a year nobody has announced yet.
_FIXED = frozenset({(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)})


@dataclass(frozen=True, slots=True)
class EnforcementHours:
    """The guard of 行政强制法 43, for execution (行政强制执行); measures (行政强制措施) are not bound by it.

    Holidays are all days that are not worked, weekends among them: the Supreme People's Court has answered that
    demolition on a Saturday offends article 43, read with 69 ((2016)最高法行他81号). A Saturday that is made up is a
    working day. ``night`` begins and ends by the wall clock; the law gives no hours, so that it is a parameter, and it
    may lie before midnight only or go past it. CalendarError when it begins as it ends.
    """

    calendar: WorkingCalendar = CHINA
    night: tuple[time, time] = (time(22), time(6))

    def __post_init__(self) -> None:
        if self.night[0] == self.night[1]:
            raise CalendarError("夜间的起止时间相同 A night begins and ends at different times")

    def may_enforce(self, at: datetime, *, emergency: bool = False) -> bool:
        """Whether it may go on at this instant; in an emergency (情况紧急) always."""
        local = self._local(at)
        return emergency or (self._is_open(local.date()) and not self._is_night(local.time()))

    def next_moment(self, at: datetime) -> Due:
        """The first instant from ``at`` on, in UTC, at which it may begin; provisional as ``Due`` is."""
        local = first = self._local(at)
        while not self.may_enforce(local):
            begins, ends = self.night
            if self._is_open(local.date()) and self._is_night(local.time()):
                past = local.time() >= begins > ends  # over midnight: it ends tomorrow
                day = date.fromordinal(local.toordinal() + past)
                local = datetime.combine(day, ends, self.calendar.zone)
            else:
                local = datetime.combine(date.fromordinal(local.toordinal() + 1), time(), self.calendar.zone)
        official = self.calendar.days.is_official(first.year, local.year)
        return Due(local.astimezone(UTC), provisional=not official)

    def _is_open(self, day: date) -> bool:
        days = self.calendar.days
        known = days.is_official(day.year, day.year)
        return days.is_working(day.toordinal()) and (known or (day.month, day.day) not in _FIXED)

    def _is_night(self, clock: time) -> bool:
        begins, ends = self.night
        return begins <= clock < ends if begins < ends else clock >= begins or clock < ends

    def _local(self, at: datetime) -> datetime:
        if at.tzinfo is None:
            raise NaiveInstant(f"时间缺少时区 A point in time needs a time zone: {at.isoformat()}")
        return at.astimezone(self.calendar.zone)
