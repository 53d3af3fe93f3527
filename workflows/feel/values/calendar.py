"""Days of the proleptic Gregorian calendar for any year, and the offsets of time zones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from workflows.feel.errors import NoValue

NANOS = 1_000_000_000
DAY = 86_400
MAX_YEAR = 999_999_999
_ERA = 146_097  # days in 400 years
_EPOCH = 719_468  # days from 0000-03-01 to 1970-01-01
_FEBRUARY = 2
_MONTH_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def days_in_month(year: int, month: int) -> int:
    return 29 if month == _FEBRUARY and is_leap(year) else _MONTH_DAYS[month - 1]


def to_days(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01, with years that begin in March so that the leap day comes last."""
    year -= month <= _FEBRUARY
    era, year_of_era = divmod(year, 400)
    day_of_year = (153 * ((month - 3) % 12) + 2) // 5 + day - 1
    return era * _ERA + year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year - _EPOCH


def from_days(days: int) -> tuple[int, int, int]:
    era, day_of_era = divmod(days + _EPOCH, _ERA)
    year_of_era = (day_of_era - day_of_era // 1460 + day_of_era // 36_524 - day_of_era // (_ERA - 1)) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted = (5 * day_of_year + 2) // 153
    month = (shifted + 2) % 12 + 1
    return era * 400 + year_of_era + (month <= _FEBRUARY), month, day_of_year - (153 * shifted + 2) // 5 + 1


@lru_cache(maxsize=256)
def zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise NoValue(f"没有时区 {name} (unknown time zone)") from None


def offset_at_local(name: str, days: int, second: int) -> int:
    """Seconds east of Greenwich that the clocks of a zone show at a local time."""
    return _seconds(_within_range(days, second).replace(tzinfo=zone(name)).utcoffset())


def offset_at_instant(name: str, seconds: int) -> int:
    days, second = divmod(seconds, DAY)
    return _seconds(_within_range(days, second).replace(tzinfo=UTC).astimezone(zone(name)).utcoffset())


def _within_range(days: int, second: int) -> datetime:
    """Years that Python does not have get the rules of a year with the same calendar 400 years on."""
    year, month, day = from_days(days)
    if not 2 <= year <= 9998:  # noqa: PLR2004 Python's years, less one at both ends for the offset
        year = 2000 + year % 400
    return datetime(year, month, day, tzinfo=None) + timedelta(seconds=second)  # noqa: DTZ001 local on purpose


def _seconds(offset: timedelta | None) -> int:
    return int(offset.total_seconds()) if offset else 0
