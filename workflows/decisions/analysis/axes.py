"""The kinds of values that a column can be cut into, and a value that people would name between two others."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING, Any

from workflows.feel.values import CONTEXT, Date, DateTime, Duration, Months, Time
from workflows.feel.values.calendar import DAY, MAX_YEAR, NANOS, to_days
from workflows.feel.values.numbers import whole
from workflows.feel.values.temporal import MAX_MONTHS, MAX_NANOS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ZONED = "zoned date and time"  # FEEL does not compare it with one that has no zone
OTHER_TEXT = "其他"


@dataclass(frozen=True, slots=True)
class Axis:
    """An ordered kind: the key that orders its values, and a value strictly between two (None: without end)."""

    key: Callable[[Any], Any]
    between: Callable[[Any, Any], Any]


def kind_of(value: Any) -> str | None:
    """The name of a value's FEEL type, None for what is not cut into segments.

    Date-times with a zone are a kind of their own. A time of day with a zone is none: it has no first and last.
    """
    if type(value) is Time and value.zone is not None:
        return None
    if type(value) is DateTime and value.offset is not None:
        return ZONED
    return _KINDS.get(type(value))


_KINDS: dict[type, str] = {
    int: "number",
    Decimal: "number",
    str: "string",
    bool: "boolean",
    type(None): "null",
    Date: "date",
    Time: "time",
    DateTime: "date and time",
    Duration: "days and time duration",
    Months: "years and months duration",
}


def type_name(kind: str) -> str:
    return "date and time" if kind == ZONED else kind


# Numbers.


def _number_between(low: Any, high: Any) -> Any:
    for found in _numbers(low, high):
        number = Decimal(found)
        if number.is_finite() and (low is None or low < number) and (high is None or number < high):
            integer = whole(number)
            return number if integer is None else integer
    return None


def _numbers(low: Any, high: Any) -> Iterator[Decimal | int]:
    """The next whole number, else the one in the middle with one decimal, and so on; at last whatever lies there."""
    if low is None and high is None:
        yield 1
        return
    for digits in range(18):
        unit = Decimal(1).scaleb(-digits)
        if digits and low is not None and high is not None:
            middle = CONTEXT.divide(CONTEXT.add(Decimal(low), Decimal(high)), Decimal(2))
            yield middle.scaleb(digits, CONTEXT).to_integral_value().scaleb(-digits, CONTEXT)
        if low is not None:
            floor = Decimal(low).scaleb(digits, CONTEXT).to_integral_value(ROUND_FLOOR)
            yield CONTEXT.add(floor.scaleb(-digits, CONTEXT), unit)
        else:
            ceiling = Decimal(high).scaleb(digits, CONTEXT).to_integral_value(ROUND_CEILING)
            yield CONTEXT.subtract(ceiling.scaleb(-digits, CONTEXT), unit)
    ends = [Decimal(end) for end in (low, high) if end is not None]
    yield CONTEXT.divide(CONTEXT.add(ends[0], ends[-1]), Decimal(2))
    yield CONTEXT.multiply(ends[0], Decimal(10))
    yield CONTEXT.divide(ends[0], Decimal(10))


# Kinds that are counted in steps of one: days, months, nanoseconds.


def _steps(
    key: Callable[[Any], int],
    make: Callable[[int, Any], Any],
    units: tuple[int, ...],
    ends: tuple[int, int],
    usual: Any,
) -> Axis:
    def between(low: Any, high: Any) -> Any:
        if low is None and high is None:
            return usual
        least = ends[0] - 1 if low is None else key(low)
        most = ends[1] + 1 if high is None else key(high)
        for unit in units:
            found = key(high) - unit if low is None else least + unit
            if least < found < most:
                return make(found, high if low is None else low)
        return None

    return Axis(key, between)


_SECOND = NANOS
_CLOCK = (3600 * _SECOND, 60 * _SECOND, _SECOND, 1)
_DAY = DAY * NANOS
_LAST_DAY = to_days(MAX_YEAR, 12, 31) - 1
_SOME_DAY = Date(2026, 1, 5)

AXES: dict[str, Axis] = {
    "number": Axis(lambda value: value, _number_between),
    "date": _steps(
        lambda value: value.days, lambda days, _: Date.from_days(days), (1,), (-_LAST_DAY, _LAST_DAY), _SOME_DAY
    ),
    "time": _steps(
        lambda value: value.nanos,
        lambda nanos, _: Time.from_nanos(nanos, None),
        _CLOCK,
        (0, _DAY - 1),
        Time(9, 0, 0),
    ),
    **dict.fromkeys(
        ("date and time", ZONED),
        _steps(
            lambda value: value.instant,
            lambda nanos, like: DateTime.from_instant(nanos, like.time.zone),
            (_DAY, *_CLOCK),
            (-_LAST_DAY * _DAY, _LAST_DAY * _DAY),
            DateTime(_SOME_DAY, Time(9, 0, 0)),
        ),
    ),
    "days and time duration": _steps(
        lambda value: value.nanos,
        lambda nanos, _: Duration(nanos),
        (_DAY, *_CLOCK),
        (-MAX_NANOS, MAX_NANOS),
        Duration(_DAY),
    ),
    "years and months duration": _steps(
        lambda value: value.months, lambda months, _: Months(months), (1,), (-MAX_MONTHS, MAX_MONTHS), Months(1)
    ),
}

# One value of each kind, true and false apart, for columns whose type is not declared.
PROBES: tuple[tuple[str, Any], ...] = (
    ("number", 1),
    ("string", OTHER_TEXT),
    ("boolean", True),
    ("boolean", False),
    ("date", _SOME_DAY),
    ("time", Time(9, 0, 0)),
    ("date and time", DateTime(_SOME_DAY, Time(9, 0, 0))),
    (ZONED, DateTime(_SOME_DAY, Time(9, 0, 0, 0, 8 * 3600))),
    ("days and time duration", Duration(_DAY)),
    ("years and months duration", Months(1)),
    ("list", []),
    ("context", {}),
)
