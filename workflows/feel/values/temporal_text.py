"""Temporal values from and to text: the lexical forms of XML Schema, with zone names after @."""

from __future__ import annotations

import re

from workflows.feel.errors import NoValue
from workflows.feel.values.calendar import DAY, NANOS
from workflows.feel.values.temporal import Date, DateTime, Duration, Months, Time, Zone

_DATE = r"(-?(?:[1-9][0-9]{4,8}|[0-9]{4}))-([0-9]{2})-([0-9]{2})"
_TIME = (
    r"([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,20}))?)?"
    r"([Zz]|[+-][0-9]{2}:[0-9]{2}(?::[0-9]{2})?|@[A-Za-z0-9_+/-]{1,64})?"
)
_NUMBER = r"([0-9]{1,20})"
_MONTHS = re.compile(rf"(-?)P(?:{_NUMBER}Y)?(?:{_NUMBER}M)?")
_DURATION = re.compile(rf"(-?)P(?:{_NUMBER}D)?(T(?:{_NUMBER}H)?(?:{_NUMBER}M)?(?:{_NUMBER}(?:\.([0-9]{{0,20}}))?S)?)?")
_ONLY_DATE = re.compile(_DATE)
_ONLY_TIME = re.compile(_TIME)
_DATE_TIME = re.compile(f"{_DATE}T{_TIME}")

Temporal = Date | Time | DateTime | Duration | Months


def parse_date(text: str) -> Date:
    if match := _ONLY_DATE.fullmatch(text):
        return Date(*map(int, match.groups()))
    raise _unreadable("日期 (date)", text, "2026-03-01")


def parse_time(text: str) -> Time:
    if match := _ONLY_TIME.fullmatch(text):
        return _time(*match.groups())[0]
    raise _unreadable("时刻 (time)", text, "09:30:00")


def parse_date_time(text: str) -> DateTime:
    """A date alone is its midnight."""
    if match := _DATE_TIME.fullmatch(text):
        year, month, day, *rest = match.groups()
        time, days = _time(*rest)
        date = Date(int(year), int(month), int(day))
        return DateTime(Date.from_days(date.days + days) if days else date, time)
    if _ONLY_DATE.fullmatch(text):
        return DateTime(parse_date(text), Time(0, 0, 0))
    raise _unreadable("日期时间 (date and time)", text, "2026-03-01T09:30:00+08:00")


def parse_duration(text: str) -> Duration | Months:
    if (match := _MONTHS.fullmatch(text)) and (match[2] or match[3]):
        months = int(match[2] or 0) * 12 + int(match[3] or 0)
        return Months(-months if match[1] else months)
    if (match := _DURATION.fullmatch(text)) and match[3] != "T" and (match[2] or match[3]):
        sign, days, _, hours, minutes, seconds, fraction = match.groups("0")
        total = int(days) * DAY + int(hours) * 3600 + int(minutes) * 60 + int(seconds)
        nanos = total * NANOS + _nanos(fraction)
        return Duration(-nanos if sign else nanos)
    raise _unreadable("时长 (duration)", text, "P1DT2H, P1Y6M")


def parse_temporal(text: str) -> Temporal:
    """What ``@"…"`` stands for."""
    if text.lstrip("-").startswith("P"):
        return parse_duration(text)
    if "T" in text.split("@", maxsplit=1)[0]:
        return parse_date_time(text)
    return parse_time(text) if text[2:3] == ":" else parse_date(text)


def temporal_text(value: Temporal) -> str:
    if isinstance(value, Date):
        return _date_text(value)
    if isinstance(value, Time):
        return _time_text(value)
    if isinstance(value, DateTime):
        return f"{_date_text(value.date)}T{_time_text(value.time)}"
    return _duration_text(value) if isinstance(value, Duration) else _months_text(value)


def _unreadable(what: str, text: str, example: str) -> NoValue:
    return NoValue(f"不是{what}：“{text[:40]}”，例如 (for example) {example}")


def _nanos(fraction: str) -> int:
    return int(fraction[:9].ljust(9, "0"))


def _time(hour: str, minute: str, second: str | None, fraction: str | None, zone: str | None) -> tuple[Time, int]:
    """The time, and 1 for 24:00:00, which is the midnight of the next day."""
    clock = int(hour), int(minute), int(second or 0), _nanos(fraction or "")
    if clock == (24, 0, 0, 0):
        return Time(0, 0, 0, 0, _zone(zone)), 1
    return Time(*clock, _zone(zone)), 0


def _zone(text: str | None) -> Zone:
    if not text:
        return None
    if text in {"Z", "z"}:
        return 0
    if text.startswith("@"):
        return text[1:]
    hours, minutes, *seconds = map(int, text[1:].split(":"))
    if minutes > 59 or (seconds and seconds[0] > 59):  # noqa: PLR2004 clock
        raise NoValue("时差超出范围 (offset out of range)")
    offset = hours * 3600 + minutes * 60 + sum(seconds)
    return -offset if text[0] == "-" else offset


def _date_text(date: Date) -> str:
    return f"{'-' if date.year < 0 else ''}{abs(date.year):04}-{date.month:02}-{date.day:02}"


def _time_text(time: Time) -> str:
    return f"{time.hour:02}:{time.minute:02}:{time.second:02}{_fraction(time.nano)}{zone_text(time.zone)}"


def zone_text(zone: Zone) -> str:
    if zone is None:
        return ""
    if isinstance(zone, str):
        return "@" + zone
    if zone == 0:
        return "Z"
    hours, rest = divmod(abs(zone), 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{'-' if zone < 0 else '+'}{hours:02}:{minutes:02}" + (f":{seconds:02}" if seconds else "")


def _fraction(nanos: int) -> str:
    return f".{nanos:09}".rstrip("0") if nanos else ""


def _duration_text(duration: Duration) -> str:
    seconds, nanos = divmod(abs(duration.nanos), NANOS)
    days, hours, minutes = seconds // DAY, seconds % DAY // 3600, seconds % 3600 // 60
    seconds %= 60
    clock = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
    if seconds or nanos:
        clock += f"{seconds}{_fraction(nanos)}S"
    text = (f"{days}D" if days else "") + (f"T{clock}" if clock else "")
    return ("-P" if duration.nanos < 0 else "P") + (text or "T0S")


def _months_text(duration: Months) -> str:
    years, months = divmod(abs(duration.months), 12)
    text = (f"{years}Y" if years else "") + (f"{months}M" if months else "")
    return ("-P" if duration.months < 0 else "P") + (text or "0M")
