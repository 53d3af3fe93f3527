"""The time of a timer event: ISO 8601 text or a cron expression becomes an instant, or a repetition of instants."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

from workflows.calendar import CHINA
from workflows.engine.waiting import text

if TYPE_CHECKING:
    from collections.abc import Callable

LOCAL = CHINA.zone  # where a text says no zone, and for today()

DURATION = re.compile(
    r"(?P<sign>-)?P(?=.)(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?=.)(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d{1,6})?)S)?)?\Z"
)
INSTANT = re.compile(r"(?P<plain>[^@\[]+)(?:@(?P<zone>.+)|\[(?P<named>[^\]]+)\])?\Z", re.DOTALL)
MACROS = {
    "@yearly": "0 0 0 1 1 *",
    "@annually": "0 0 0 1 1 *",
    "@monthly": "0 0 0 1 * *",
    "@weekly": "0 0 0 * * 0",
    "@daily": "0 0 0 * * *",
    "@midnight": "0 0 0 * * *",
    "@hourly": "0 0 * * * *",
}
CRON_FIELDS = 6
CYCLE = re.compile(r"R(?P<times>\d*)/(?:(?P<start>[^/P\[][^/\[]*(?:\[[^\]]*\])?)/)?(?P<period>P[^/]+)\Z")


@dataclass(frozen=True, slots=True)
class Duration:
    """Months are added by the calendar (31 January + 1 month = 28 February), the rest as elapsed time."""

    months: int
    rest: timedelta

    def after(self, start: datetime) -> datetime:
        if self.months:
            local = start.astimezone(LOCAL)
            year, month = divmod(local.year * 12 + local.month - 1 + self.months, 12)
            day = min(local.day, calendar.monthrange(year, month + 1)[1])
            start = local.replace(year=year, month=month + 1, day=day)
        return start + self.rest


@dataclass(frozen=True, slots=True)
class Cron:
    """Seconds, minutes, hours, day of month, month, day of week, as Camunda 8 has it; in local time."""

    text: str

    def after(self, start: datetime) -> datetime:
        return next(CronSim(self.text, start.astimezone(LOCAL)))


@dataclass(frozen=True, slots=True)
class Cycle:
    """``times`` is how often it fires, None without end."""

    times: int | None
    start: datetime | None
    period: Duration | Cron


def parse_duration(text: str) -> Duration:
    """Read an ISO 8601 duration (P1DT2H, P1M, P2W, -PT1H); ValueError otherwise."""
    match = DURATION.match(text)
    if match is None:
        raise ValueError(f"「{text}」不是 ISO 8601 时长 (e.g. PT2H)")
    part = {name: match[name] or "0" for name in ("years", "months", "weeks", "days", "hours", "minutes", "seconds")}
    sign = -1 if match["sign"] else 1
    try:
        rest = timedelta(
            weeks=int(part["weeks"]),
            days=int(part["days"]),
            hours=int(part["hours"]),
            minutes=int(part["minutes"]),
            microseconds=int(Decimal(part["seconds"]) * 1_000_000),
        )
        months = int(part["years"]) * 12 + int(part["months"])
    except (OverflowError, ValueError) as error:
        raise ValueError(f"时长「{text}」太大 (too long)") from error
    return Duration(sign * months, sign * rest)


def parse_instant(text: str) -> datetime:
    """Read an ISO 8601 date and time, or a date (its midnight); ValueError otherwise.

    A zone may follow, as ``@zone`` or ``[zone]``; where there is an offset too, that counts.
    """
    match = INSTANT.match(text)
    plain, zone = (match["plain"], match["zone"] or match["named"]) if match else (text, None)
    try:
        moment = datetime.fromisoformat(plain)
        local = ZoneInfo(zone) if zone else LOCAL
    except (OSError, ValueError, ZoneInfoNotFoundError) as error:  # OSError: the zone is a folder, or too long a name
        raise ValueError(f"「{text}」不是 ISO 8601 日期时间 (e.g. 2026-03-02T09:00:00+08:00)") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=local)


def parse_cycle(text: str) -> Cycle:
    """Read R/PT1H, R3/PT1H, R3/2026-03-02T09:00:00Z/P1D, PT1H, or a cron expression; ValueError otherwise."""
    if text.startswith("P"):
        text = f"R/{text}"
    if not text.startswith("R"):
        return Cycle(None, None, parse_cron(text))
    match = CYCLE.match(text)
    if match is None:
        raise ValueError(f"「{text}」不是 ISO 8601 周期或 cron 表达式 (e.g. R3/PT1H or 0 0 9 * * MON-FRI)")
    period = parse_duration(match["period"])
    if period.months <= 0 and period.rest <= timedelta():
        raise ValueError(f"周期「{text}」须大于零 (must be positive)")
    return Cycle(
        int(match["times"]) if match["times"] else None,
        parse_instant(match["start"]) if match["start"] else None,
        period,
    )


def parse_cron(text: str) -> Cron:
    """Read ``0 0 9 * * MON-FRI`` or ``@daily``; ValueError otherwise, and for days of month and of week at once."""
    fields = MACROS.get(text.strip(), text).replace("?", "*").split()
    if len(fields) != CRON_FIELDS:
        raise ValueError(f"「{text}」不是六段的 cron 表达式:秒 分 时 日 月 星期 (e.g. 0 0 9 * * MON-FRI)")
    if "*" not in {fields[3], fields[5]}:  # Camunda means both, others either: nobody would know
        raise ValueError(f"cron 表达式「{text}」不能同时限定日和星期 (day of month and day of week)")
    cron = Cron(" ".join(fields))
    try:
        cron.after(datetime(2000, 1, 1, tzinfo=UTC))
    except (CronSimError, StopIteration) as error:
        raise ValueError(f"「{text}」不是 cron 表达式:{error} (cron)") from error
    return cron


def first_time(kind: str, value: str, now: datetime) -> dict[str, Any]:
    """What a timer's wait keeps: when it is due and, of a cycle, how often and by which period. ValueError."""
    parsed = PARSERS[kind](value)
    if isinstance(parsed, Cycle):
        period = parsed.period.text if isinstance(parsed.period, Cron) else value.rpartition("/")[2]
        return {"due": text(parsed.start or parsed.period.after(now)), "times": parsed.times, "period": period}
    return {"due": text(parsed.after(now) if isinstance(parsed, Duration) else parsed)}


def next_time(wait: dict[str, Any], after: datetime) -> datetime | None:
    """When a cycle is due again; None for what does not repeat, and after the year 9999."""
    if "period" not in wait:
        return None
    try:
        return parse_cycle(wait["period"]).period.after(after)
    except (ValueError, OverflowError, StopIteration):
        return None


PARSERS: dict[str, Callable[[str], datetime | Duration | Cycle]] = {
    "date": parse_instant,
    "duration": parse_duration,
    "cycle": parse_cycle,
}
