"""The border to Python: which foreign values come in, and as what."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from workflows.feel.errors import NoValue
from workflows.feel.values.calendar import NANOS
from workflows.feel.values.functions import Invocable
from workflows.feel.values.numbers import CONTEXT, finite
from workflows.feel.values.ranges import Range
from workflows.feel.values.temporal import Date, DateTime, Duration, Months, Time

if TYPE_CHECKING:
    from workflows.feel.run import Run

MAX_NESTING = 100  # lists and contexts inside one another, where all members are looked at
# Values of exactly these types need no look. A Decimal does: it may be NaN.
NATIVE = frozenset({int, str, bool, type(None), list, dict, Date, Time, DateTime, Duration, Months, Range})


def from_python(value: Any) -> Any:
    """A FEEL value, members left as they are. Raises NoValue for what is no value in FEEL, so no object gets in.

    Asks the type and never the object: what an object says of itself may be a lie, or raise.
    """
    kind = type(value)
    if kind in NATIVE:
        return value
    try:
        if (known := _BORDER.get(kind)) is not None:
            return known(value)
        for python, convert in _BORDER.items():
            if issubclass(kind, python):
                return convert(value)
    except NoValue:
        raise
    except Exception as problem:  # a mapping of the caller's may do anything
        raise NoValue(f"读取时出错 (cannot be read): {type(problem).__name__}") from problem
    raise NoValue(f"FEEL 没有这种值 (not a FEEL value): {kind.__name__}")


def entries(context: dict[Any, Any]) -> list[tuple[str, Any]]:
    """Those that FEEL has names for: a key of another type than str belongs to the caller alone."""
    return [(key, value) for key, value in context.items() if type(key) is str]


def list_from_python(values: list[Any], run: Run) -> list[Any]:
    """A list whose items are FEEL values: mostly the list itself."""
    if NATIVE.issuperset(map(type, values)):
        return values
    decimals = [value for value in values if type(value) is Decimal]
    if NATIVE.issuperset({*map(type, values)} - {Decimal}) and all(map(Decimal.is_finite, decimals)):
        return values
    run.charge(2 * len(values))
    return [from_python(value) for value in values]


def _time(value: time) -> Time:
    offset = value.utcoffset()
    zone = int(offset.total_seconds()) if offset is not None else None
    return Time(value.hour, value.minute, value.second, value.microsecond * 1000, zone)


def _float(value: float) -> Decimal:
    if not math.isfinite(value):
        raise NoValue("不是有限的数 (not a finite number)")
    return Decimal(repr(value))


# datetime before date, of which it is a kind.
_BORDER: dict[type, Any] = {
    Invocable: lambda value: value,
    Decimal: lambda value: finite(CONTEXT.plus(value)),  # of any length, from elsewhere
    float: _float,
    str: str.__str__,
    int: int.__int__,
    datetime: DateTime.from_python,
    date: lambda value: Date(value.year, value.month, value.day),
    time: _time,
    timedelta: lambda value: Duration((value.days * 86_400 + value.seconds) * NANOS + value.microseconds * 1000),
    dict: lambda value: dict(dict.items(value)),
    list: list.copy,
    tuple: lambda value: list(tuple.__iter__(value)),
    Mapping: dict,
}
