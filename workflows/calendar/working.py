"""Due and used: two directions of one count, the working time since the beginning of days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import TYPE_CHECKING

from workflows.calendar.errors import InvalidLimit, NaiveInstant
from workflows.calendar.hours import microseconds
from workflows.calendar.limits import Limit, Unit

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from workflows.calendar.days import Days
    from workflows.calendar.hours import OfficeHours

_HOUR = 3_600_000_000
_MICROSECOND = timedelta(microseconds=1)
_EXACT = Context(prec=100)
_DECIMAL128 = Context(prec=34)
MOST_LIMITS = 100


@dataclass(frozen=True, slots=True)
class Due:
    """When a limit ends, in UTC; provisional when it was counted over days nobody has announced yet."""

    at: datetime
    provisional: bool


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """The working time of one place: its zone, its days, its office hours.

    urgent_hour and natural_day (24 hours) run continuously. work_hour and work_day run in office hours only;
    a work_day is as long as the office hours of one day.
    """

    zone: ZoneInfo
    days: Days
    hours: OfficeHours

    def due(self, start: datetime, limit: Limit, fraction: Decimal | int = 1) -> Due:
        """The first instant at which `fraction` of the limit, counted from `start`, is used up.

        0.7 is the rung of a reminder, 2 the one a whole limit after the deadline. Exact to the microsecond.
        Raises NaiveInstant, and InvalidLimit when the fraction is out of range or the instant beyond the year 9999.
        """
        fraction = Decimal(fraction)
        if not (fraction.is_finite() and 0 <= fraction <= MOST_LIMITS):
            raise InvalidLimit(
                f"时限的倍数须在 0 到 {MOST_LIMITS} 之间 A fraction is 0 to {MOST_LIMITS}, not {fraction}"
            )
        return self.after(start, _EXACT.multiply(limit.number, fraction), limit.unit)

    def after(self, start: datetime, number: Decimal, unit: Unit) -> Due:
        """The first instant at which `number`, not below 0, of the unit have run since `start`. Raises as `due`."""
        start = _utc(start)
        length, in_office_hours = self._length(unit)
        duration = int(_EXACT.multiply(number, Decimal(length)).to_integral_value(ROUND_HALF_UP, _EXACT))
        try:
            if not in_office_hours or not duration:
                return Due(start + timedelta(microseconds=duration), provisional=False)
            # A deadline on the stroke of closing is today's closing, not tomorrow's opening.
            whole_days, rest = divmod(self._worked(start) + duration - 1, self.hours.day)
            day = date.fromordinal(self.days.nth(whole_days))
            at = datetime.combine(day, time(), self.zone) + timedelta(microseconds=self.hours.clock(rest + 1))
            official = self.days.is_official(start.astimezone(self.zone).year, day.year)
            return Due(at.astimezone(UTC), provisional=not official)
        except (OverflowError, ValueError) as error:
            lasting = f"{number} {unit.label}"
            raise InvalidLimit(
                f"从 {start} 起的 {lasting} 超出日历 {lasting} from {start} leaves the calendar"
            ) from error

    def used(self, start: datetime, now: datetime, unit: Unit) -> Decimal:
        """How many of `unit` have run from `start` to `now`; 0 when `now` is before `start`."""
        start, now = _utc(start), _utc(now)
        length, in_office_hours = self._length(unit)
        run = self._worked(now) - self._worked(start) if in_office_hours else (now - start) // _MICROSECOND
        return _DECIMAL128.divide(Decimal(max(run, 0)), Decimal(length))

    def _length(self, unit: Unit) -> tuple[int, bool]:
        """Microseconds of one unit, and whether they are counted in office hours only."""
        match unit:
            case Unit.URGENT_HOUR:
                return _HOUR, False
            case Unit.NATURAL_DAY:
                return 24 * _HOUR, False
            case Unit.WORK_HOUR:
                return _HOUR, True
            case Unit.WORK_DAY:
                return self.hours.day, True

    def _worked(self, instant: datetime) -> int:
        """Working time before this instant, in microseconds. It never falls, which makes due and used inverse."""
        local = instant.astimezone(self.zone)
        day = local.toordinal()
        today = self.hours.worked(microseconds(local)) if self.days.is_working(day) else 0
        return self.days.before(day) * self.hours.day + today


def _utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise NaiveInstant(f"时间缺少时区 A point in time needs a time zone: {instant.isoformat()}")
    return instant.astimezone(UTC)
