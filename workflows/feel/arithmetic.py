"""Arithmetic over numbers, texts, dates, times and durations (DMN 1.5, tables 57 to 60)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from workflows.feel.errors import NoValue
from workflows.feel.operators import kind
from workflows.feel.values import CONTEXT, NUMBERS, Date, DateTime, Duration, Months, Time
from workflows.feel.values.calendar import DAY, NANOS
from workflows.feel.values.numbers import LARGEST, finite, within_reach
from workflows.feel.values.temporal import MIDNIGHT_UTC

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_EXPONENT = 999_999_999  # DMN 1.5, table 60
_DAY_NANOS = DAY * NANOS


def add(left: Any, right: Any) -> Any:
    if type(left) in NUMBERS and type(right) in NUMBERS:
        return finite(CONTEXT.add(within_reach(left), within_reach(right)))
    return _by_types("+", _ADD, left, right)


def subtract(left: Any, right: Any) -> Any:
    if type(left) in NUMBERS and type(right) in NUMBERS:
        return finite(CONTEXT.subtract(within_reach(left), within_reach(right)))
    return _by_types("-", _SUBTRACT, left, right)


def multiply(left: Any, right: Any) -> Any:
    if type(left) in NUMBERS and type(right) in NUMBERS:
        return finite(CONTEXT.multiply(within_reach(left), within_reach(right)))
    return _by_types("*", _MULTIPLY, left, right)


def divide(left: Any, right: Any) -> Any:
    if right == 0 and type(right) in NUMBERS:
        raise NoValue("除以零 (division by zero)")
    if type(left) in NUMBERS and type(right) in NUMBERS:
        return finite(CONTEXT.divide(within_reach(left), within_reach(right)))
    return _by_types("/", _DIVIDE, left, right)


def power(left: Any, right: Any) -> Any:
    if type(left) in NUMBERS and type(right) in NUMBERS:
        if abs(right) > MAX_EXPONENT:
            raise NoValue("指数超出范围 (exponent out of range)")
        if right == 0:
            return Decimal(1)  # 0 ** 0 too, as in IEEE 754
        return finite(CONTEXT.power(within_reach(left), within_reach(right)))
    return _by_types("**", {}, left, right)


def negate(value: Any) -> Any:
    if type(value) in NUMBERS:
        return CONTEXT.minus(within_reach(value))
    if type(value) is Duration:
        return Duration(-value.nanos)
    if type(value) is Months:
        return Months(-value.months)
    raise NoValue(f"不能取负 (cannot be negated)：{kind(value)}")


def _by_types(operator: str, table: dict[tuple[type, type], Callable[[Any, Any], Any]], left: Any, right: Any) -> Any:
    operation = table.get((_number_type(left), _number_type(right)))
    if operation is None:
        raise NoValue(f"不能计算 (not defined)：{kind(left)} {operator} {kind(right)}")
    return operation(left, right)


def _number_type(value: Any) -> type:
    return Decimal if type(value) is int else type(value)


def days_of(value: Date, nanos: int) -> Date:
    return Date.from_days((value.days * _DAY_NANOS + nanos) // _DAY_NANOS)


def _time_plus(value: Time, duration: Duration) -> Time:
    return Time.from_nanos((value.nanos + duration.nanos) % _DAY_NANOS, value.zone)


def _time_between(left: Time, right: Time) -> Duration:
    """A time without an offset takes that of the other."""
    return Duration(left.nanos - right.nanos if None in {left.offset, right.offset} else left.instant - right.instant)


def _between(left: DateTime, right: DateTime) -> Duration:
    if (left.offset is None) != (right.offset is None):
        raise NoValue("一个有时区、一个没有，不能相减 (one has a time zone, the other has none)")
    return Duration(left.instant - right.instant)


def midnight(value: Date) -> DateTime:
    return DateTime(value, MIDNIGHT_UTC)


def _scaled(number: int, factor: Decimal) -> int:
    return _part(CONTEXT.multiply(number, factor))


def _shared(number: int, divisor: Decimal) -> int:
    return _part(CONTEXT.divide(number, divisor))


def _part(number: Decimal) -> int:
    """Of a duration, none of which has so many digits."""
    if abs(number) < LARGEST:
        return int(number)
    raise NoValue("时长超出范围 (duration out of range)")


_ADD: dict[tuple[type, type], Callable[[Any, Any], Any]] = {
    (str, str): lambda a, b: a + b,
    (Date, Months): lambda a, b: a.plus_months(b.months),
    (Months, Date): lambda a, b: b.plus_months(a.months),
    (Date, Duration): lambda a, b: days_of(a, b.nanos),
    (Duration, Date): lambda a, b: days_of(b, a.nanos),
    (DateTime, Months): lambda a, b: a.plus_months(b.months),
    (Months, DateTime): lambda a, b: b.plus_months(a.months),
    (DateTime, Duration): lambda a, b: a.plus(b),
    (Duration, DateTime): lambda a, b: b.plus(a),
    (Time, Duration): _time_plus,
    (Duration, Time): lambda a, b: _time_plus(b, a),
    (Duration, Duration): lambda a, b: Duration(a.nanos + b.nanos),
    (Months, Months): lambda a, b: Months(a.months + b.months),
}
_SUBTRACT: dict[tuple[type, type], Callable[[Any, Any], Any]] = {
    (Date, Months): lambda a, b: a.plus_months(-b.months),
    (Date, Duration): lambda a, b: days_of(a, -b.nanos),
    (Date, Date): lambda a, b: Duration((a.days - b.days) * _DAY_NANOS),
    (Date, DateTime): lambda a, b: _between(midnight(a), b),
    (DateTime, Date): lambda a, b: _between(a, midnight(b)),
    (DateTime, DateTime): _between,
    (DateTime, Months): lambda a, b: a.plus_months(-b.months),
    (DateTime, Duration): lambda a, b: a.plus(Duration(-b.nanos)),
    (Time, Time): _time_between,
    (Time, Duration): lambda a, b: _time_plus(a, Duration(-b.nanos)),
    (Duration, Duration): lambda a, b: Duration(a.nanos - b.nanos),
    (Months, Months): lambda a, b: Months(a.months - b.months),
}
_MULTIPLY: dict[tuple[type, type], Callable[[Any, Any], Any]] = {
    (Duration, Decimal): lambda a, b: Duration(_scaled(a.nanos, b)),
    (Decimal, Duration): lambda a, b: Duration(_scaled(b.nanos, a)),
    (Months, Decimal): lambda a, b: Months(_scaled(a.months, b)),
    (Decimal, Months): lambda a, b: Months(_scaled(b.months, a)),
}
_DIVIDE: dict[tuple[type, type], Callable[[Any, Any], Any]] = {
    (Duration, Decimal): lambda a, b: Duration(_shared(a.nanos, b)),
    (Months, Decimal): lambda a, b: Months(_shared(a.months, b)),
    (Duration, Duration): lambda a, b: divide(a.nanos, b.nanos),
    (Months, Months): lambda a, b: divide(a.months, b.months),
}
