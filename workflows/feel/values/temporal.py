"""Dates, times and durations of FEEL: years beyond 9999, nanoseconds, named zones, calendar months."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from workflows.feel.errors import NoValue
from workflows.feel.values import calendar
from workflows.feel.values.calendar import DAY, MAX_YEAR, NANOS

Zone = int | str | None  # seconds east of Greenwich, the name of a time zone, or unknown: local time
MAX_OFFSET = 14 * 3600  # as in XML Schema
# Any duration between two dates fits, and texts of durations stay short.
MAX_MONTHS = 24 * MAX_YEAR
MAX_NANOS = 2 * 366 * MAX_YEAR * DAY * NANOS
_SOME_DAY = calendar.to_days(2000, 1, 1)  # a time alone has the standard offset of its zone


@dataclass(frozen=True, slots=True)
class Months:
    """A years and months duration."""

    months: int

    def __post_init__(self) -> None:
        if abs(self.months) > MAX_MONTHS:
            raise NoValue("时长超出范围 (duration out of range)")


@dataclass(frozen=True, slots=True)
class Duration:
    """A days and time duration."""

    nanos: int

    def __post_init__(self) -> None:
        if abs(self.nanos) > MAX_NANOS:
            raise NoValue("时长超出范围 (duration out of range)")

    def to_python(self) -> timedelta:
        return timedelta(microseconds=self.nanos // 1000)


@dataclass(frozen=True, slots=True)
class Date:
    year: int
    month: int
    day: int

    def __post_init__(self) -> None:
        if not (
            abs(self.year) <= MAX_YEAR
            and 1 <= self.month <= 12  # noqa: PLR2004 months
            and 1 <= self.day <= calendar.days_in_month(self.year, self.month)
        ):
            raise NoValue(f"没有这一天 (no such date): {self.year}-{self.month}-{self.day}")

    @classmethod
    def from_days(cls, days: int) -> Date:
        return cls(*calendar.from_days(days))

    @property
    def days(self) -> int:
        """Days since 1970-01-01."""
        return calendar.to_days(self.year, self.month, self.day)

    @property
    def weekday(self) -> int:
        """1 is Monday, 7 is Sunday."""
        return (self.days + 3) % 7 + 1

    def plus_months(self, months: int) -> Date:
        """Past the end of a month, its last day."""
        year, month = divmod(self.year * 12 + self.month - 1 + months, 12)
        return Date(year, month + 1, min(self.day, calendar.days_in_month(year, month + 1)))

    def to_python(self) -> date:
        """Raises ValueError for years Python has not."""
        return date(self.year, self.month, self.day)


@dataclass(frozen=True, slots=True)
class Time:
    hour: int
    minute: int
    second: int
    nano: int = 0
    zone: Zone = None

    def __post_init__(self) -> None:
        if not (0 <= self.hour < 24 and 0 <= self.minute < 60 and 0 <= self.second < 60 and 0 <= self.nano < NANOS):  # noqa: PLR2004 clock
            raise NoValue(f"没有这个时刻 (no such time): {self.hour}:{self.minute}:{self.second}")
        if isinstance(self.zone, str):
            calendar.zone(self.zone)
        elif self.zone is not None and abs(self.zone) > MAX_OFFSET:
            raise NoValue("时差超出范围 (offset out of range)")

    @classmethod
    def from_nanos(cls, nanos: int, zone: Zone) -> Time:
        """From nanoseconds since midnight."""
        seconds, nano = divmod(nanos, NANOS)
        return cls(seconds // 3600, seconds // 60 % 60, seconds % 60, nano, zone)

    @property
    def seconds(self) -> int:
        """Whole seconds since midnight."""
        return self.hour * 3600 + self.minute * 60 + self.second

    @property
    def nanos(self) -> int:
        return self.seconds * NANOS + self.nano

    @property
    def offset(self) -> int | None:
        if isinstance(self.zone, str):
            return calendar.offset_at_local(self.zone, _SOME_DAY, self.seconds)
        return self.zone

    @property
    def instant(self) -> int:
        return self.nanos - (self.offset or 0) * NANOS


MIDNIGHT_UTC = Time(0, 0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class DateTime:
    date: Date
    time: Time

    @classmethod
    def from_local(cls, nanos: int, zone: Zone) -> DateTime:
        """From nanoseconds since 1970-01-01T00:00:00 on the clocks of the zone."""
        days, rest = divmod(nanos, DAY * NANOS)
        return cls(Date.from_days(days), Time.from_nanos(rest, zone))

    @classmethod
    def from_instant(cls, instant: int, zone: Zone) -> DateTime:
        offset = calendar.offset_at_instant(zone, instant // NANOS) if isinstance(zone, str) else zone
        return cls.from_local(instant + (offset or 0) * NANOS, zone)

    @classmethod
    def from_python(cls, value: datetime) -> DateTime:
        zone: Zone = None
        if isinstance(value.tzinfo, ZoneInfo) and value.tzinfo.key != "UTC":
            zone = value.tzinfo.key
        elif (offset := value.utcoffset()) is not None:
            zone = int(offset.total_seconds())
        time = Time(value.hour, value.minute, value.second, value.microsecond * 1000, zone)
        return cls(Date(value.year, value.month, value.day), time)

    @property
    def offset(self) -> int | None:
        if isinstance(self.time.zone, str):
            return calendar.offset_at_local(self.time.zone, self.date.days, self.time.seconds)
        return self.time.zone

    @property
    def nanos(self) -> int:
        """Nanoseconds since 1970-01-01T00:00:00 on the clocks there."""
        return self.date.days * DAY * NANOS + self.time.nanos

    @property
    def instant(self) -> int:
        """Nanoseconds since 1970-01-01T00:00:00Z; of a local time, as if it were in Greenwich."""
        return self.nanos - (self.offset or 0) * NANOS

    def plus(self, duration: Duration) -> DateTime:
        return DateTime.from_instant(self.instant + duration.nanos, self.time.zone)

    def plus_months(self, months: int) -> DateTime:
        return DateTime(self.date.plus_months(months), self.time)

    def to_python(self) -> datetime:
        """In UTC, or naive where FEEL knows no zone. Raises ValueError for years Python has not."""
        date, time = self.date, self.time
        local = datetime(date.year, date.month, date.day, time.hour, time.minute, time.second, time.nano // 1000)  # noqa: DTZ001
        if self.offset is None:
            return local
        return local.replace(tzinfo=timezone(timedelta(seconds=self.offset))).astimezone(UTC)


def zone_name(value: Time | DateTime) -> str | None:
    zone = value.time.zone if isinstance(value, DateTime) else value.zone
    return zone if isinstance(zone, str) else None
