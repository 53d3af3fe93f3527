"""Equality and order over all kinds of values (DMN 1.5, tables 53 and 54), and what each kind is called."""

from __future__ import annotations

from decimal import Decimal
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from workflows.feel.errors import NoValue
from workflows.feel.values import NUMBERS, Date, DateTime, Duration, Months, Range, Time
from workflows.feel.values.functions import is_function
from workflows.feel.values.numbers import comparable
from workflows.feel.values.python import MAX_NESTING, entries, from_python
from workflows.feel.values.temporal import zone_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from workflows.feel.run import Run

_ZONE = 30  # steps
CLOCKS = frozenset({Time, DateTime})
LONG = 512  # characters of texts that are compared in a fraction of a step


def kind(value: Any) -> str:
    """The name of a value's type, for messages."""
    if is_function(value):
        return "函数 function"
    return _KINDS.get(type(value), type(value).__name__)


_KINDS = {
    int: "数 number",
    Decimal: "数 number",
    str: "字符串 string",
    bool: "布尔 boolean",
    type(None): "null",
    list: "列表 list",
    dict: "上下文 context",
    Date: "日期 date",
    Time: "时刻 time",
    DateTime: "日期时间 date and time",
    Duration: "日时时长 days and time duration",
    Months: "年月时长 years and months duration",
    Range: "区间 range",
}


# Equality.


def equal(left: Any, right: Any, run: Run, nesting: int = MAX_NESTING) -> bool | None:
    """Null where the two have different types, or one is no value in FEEL."""
    if left is right:
        return True
    try:
        left, right = from_python(left), from_python(right)
    except NoValue:
        return None
    if type(left) in NUMBERS and type(right) in NUMBERS:
        left, right = comparable(left, right)
        return bool(left == right)
    if type(left) is not type(right):
        return False if left is None or right is None else None
    _before_comparing(left, run)
    if (parts := _PARTS.get(type(left))) is None:
        return bool(left == right)
    run.charge(4 + (len(left) + len(right) if type(left) is dict else 0))  # keys are put in order
    own, other = parts(left), parts(right)
    return own[0] == other[0] and _all_equal(own[1], other[1], run, nesting)


def _sorted_entries(context: dict[Any, Any]) -> tuple[list[str], list[Any]]:
    known = dict(sorted(entries(context), key=itemgetter(0)))
    return list(known), list(known.values())


# What must be the same before the members are compared one by one, and those members.
_PARTS: dict[type, Callable[[Any], tuple[Any, list[Any]]]] = {
    list: lambda value: (len(value), value),
    dict: _sorted_entries,
    Range: lambda value: ((value.start_included, value.end_included), [value.start, value.end]),
    Time: lambda value: ((value.offset is None, value.instant), []),
    DateTime: lambda value: ((value.offset is None, value.instant), []),
}


def clock_steps(value: Time | DateTime) -> int:
    """What it takes to ask a time zone for its offset."""
    return 2 if zone_name(value) is None else _ZONE


def _before_comparing(value: Any, run: Run) -> None:
    if type(value) is str and len(value) >= LONG:
        run.charge(len(value) // LONG)
    elif type(value) in CLOCKS:
        run.charge(2 * clock_steps(value))


def _all_equal(left: list[Any], right: list[Any], run: Run, nesting: int) -> bool | None:
    run.check_nesting(nesting)
    result: bool | None = True
    for one, other in zip(left, right, strict=True):
        run.charge(3)
        same = equal(one, other, run, nesting - 1)
        if same is False:
            return False
        result = result and same
    return result


# Order.


def ordered(left: Any, right: Any, run: Run | None = None) -> tuple[Any, Any]:
    """Two values as keys that Python orders; a run is charged for long texts.

    Raises NoValue where FEEL does not order them.
    """
    if type(left) in NUMBERS and type(right) in NUMBERS:
        return comparable(left, right)
    if run:
        _before_comparing(left, run)
    if type(left) is type(right) and type(left) in _ORDER:
        if type(left) in CLOCKS and (left.offset is None) != (right.offset is None):
            return left.nanos, right.nanos  # who has no offset takes that of the other (DMN 1.5, table 54)
        key = _ORDER[type(left)]
        return key(left), key(right)
    raise NoValue(f"不能比较大小 (cannot be ordered)：{kind(left)}、{kind(right)}")


_ORDER: dict[type, Callable[[Any], Any]] = {
    str: lambda value: value,
    Date: lambda value: value.days,
    Time: lambda value: value.instant,
    DateTime: lambda value: value.instant,
    Duration: lambda value: value.nanos,
    Months: lambda value: value.months,
}


def less(left: Any, right: Any, run: Run | None = None) -> bool:
    one, other = ordered(left, right, run)
    return bool(one < other)


def less_or_equal(left: Any, right: Any, run: Run | None = None) -> bool:
    one, other = ordered(left, right, run)
    return bool(one <= other)


def check_ends(start: Any, end: Any) -> None:
    """Raises NoValue unless the ends of a range are of one kind and in order (DMN 1.5, 10.3.2.7)."""
    if not less_or_equal(start, end):
        raise NoValue("区间的起点在终点之后 (the range ends before it begins)")


def in_range(value: Any, within: Range, run: Run | None = None) -> bool:
    """An open side is null and excluded. Raises NoValue where the value cannot be ordered with an end."""
    after = within.start is None or (less_or_equal if within.start_included else less)(within.start, value, run)
    before = within.end is None or (less_or_equal if within.end_included else less)(value, within.end, run)
    return after and before
