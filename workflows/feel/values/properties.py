"""The properties that follow a dot after a temporal value or a range (DMN 1.5, tables 53 and 56)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from workflows.feel.values.calendar import DAY, NANOS
from workflows.feel.values.ranges import Range
from workflows.feel.values.temporal import Date, DateTime, Duration, Months, Time, zone_name

if TYPE_CHECKING:
    from collections.abc import Callable


def _offset(value: Time | DateTime) -> Duration | None:
    return None if value.offset is None else Duration(value.offset * NANOS)


def _exact(seconds: int, nanos: int) -> int | Decimal:
    return seconds if nanos == 0 else Decimal(seconds * NANOS + nanos).scaleb(-9).normalize()


def _part(divisor: int, modulus: int) -> Callable[[Duration], int]:
    """A part of a duration has the sign of the whole."""

    def read(value: Duration) -> int:
        part = abs(value.nanos) // (divisor * NANOS) % modulus
        return -part if value.nanos < 0 else part

    return read


def _seconds(value: Duration) -> int | Decimal:
    seconds, nanos = divmod(abs(value.nanos), NANOS)
    exact = _exact(seconds % 60, nanos)
    return -exact if value.nanos < 0 else exact


_DATE: dict[str, Callable[[Any], Any]] = {
    "year": lambda value: value.year,
    "month": lambda value: value.month,
    "day": lambda value: value.day,
    "weekday": lambda value: value.weekday,
}
_TIME: dict[str, Callable[[Any], Any]] = {
    "hour": lambda value: value.hour,
    "minute": lambda value: value.minute,
    "second": lambda value: _exact(value.second, value.nano),
    "time offset": _offset,
    "timezone": zone_name,
}


def _of(attribute: str, reader: Callable[[Any], Any]) -> Callable[[DateTime], Any]:
    return lambda value: reader(value.date if attribute == "date" else value.time)


PROPERTIES: dict[type, dict[str, Callable[[Any], Any]]] = {
    Date: _DATE,
    Time: _TIME,
    DateTime: {
        **{name: _of("date", reader) for name, reader in _DATE.items()},
        **{name: _of("time", reader) for name, reader in _TIME.items()},
        "time offset": _offset,
    },
    Duration: {
        "days": _part(DAY, 10**12),
        "hours": _part(3600, 24),
        "minutes": _part(60, 60),
        "seconds": _seconds,
    },
    Months: {
        "years": lambda value: int(value.months / 12),
        "months": lambda value: value.months - 12 * int(value.months / 12),
    },
    Range: {
        "start": lambda value: value.start,
        "end": lambda value: value.end,
        "start included": lambda value: value.start_included,
        "end included": lambda value: value.end_included,
    },
}
