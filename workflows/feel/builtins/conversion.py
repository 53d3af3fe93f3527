"""Functions that make a value of one type from another: number, string, date, time, duration, range."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from workflows.feel import tree
from workflows.feel.builtins.registry import BUILTINS, builtin
from workflows.feel.errors import FeelSyntaxError, NoValue
from workflows.feel.names import NameTable, Vocabulary
from workflows.feel.operators import check_ends
from workflows.feel.parser import Parser
from workflows.feel.values import CONTEXT, Date, DateTime, Duration, Months, Number, Range, Time
from workflows.feel.values.calendar import NANOS
from workflows.feel.values.numbers import finite
from workflows.feel.values.ranges import half_range
from workflows.feel.values.temporal import MIDNIGHT_UTC
from workflows.feel.values.temporal_text import parse_date, parse_date_time, parse_duration, parse_temporal, parse_time
from workflows.feel.values.text import text_of

if TYPE_CHECKING:
    from workflows.feel.run import Run

# The functions that may stand in the text of a range.
_LITERALS = Vocabulary(functions=NameTable(("date and time", "years and months duration")))
_MAKERS = {"date", "time", "date and time", "duration"}
_ZONE = 90  # steps to look for a time zone that there is not
_NUMBER = re.compile(r"-?(?:[0-9]{1,400}(?:\.[0-9]{1,400})?|\.[0-9]{1,400})(?:[eE][+-]?[0-9]{1,5})?")


@builtin("number(from: string)", weight=4)
def number(from_: str) -> Number:
    if not _NUMBER.fullmatch(from_):
        raise NoValue(f"不是数 (not a number)：“{from_[:40]}”")
    return finite(CONTEXT.create_decimal(from_))


@builtin("number(from: string, grouping separator: string?, decimal separator: string?)")
def number_with_separators(from_: str, grouping: str | None, decimal: str | None) -> Number:
    if grouping not in {None, " ", ",", "."} or decimal not in {None, ",", "."} or (grouping and grouping == decimal):
        raise NoValue("分隔符应为空格、逗号或点，且两者不同 (separators are a space, a comma or a point, and differ)")
    plain = from_.replace(grouping, "") if grouping else from_
    if decimal == ",":
        plain = plain.replace(".", "?").replace(",", ".")
    return number(plain)


@builtin("string(from: any)", run=True)
def string(run: Run, from_: Any) -> str | None:
    return None if from_ is None else text_of(from_, run)


@builtin("date(from: string)", weight=4)
def date(from_: str) -> Date:
    return parse_date(from_)


@builtin("date(from: day)")
def date_of(from_: Date | DateTime) -> Date:
    return from_.date if isinstance(from_, DateTime) else from_


@builtin("date(year: integer, month: integer, day: integer)")
def date_from_parts(year: int, month: int, day: int) -> Date:
    return Date(year, month, day)


@builtin("time(from: string)", run=True, weight=6)
def time(run: Run, from_: str) -> Time:
    run.charge(_ZONE if "@" in from_ else 0)
    return parse_time(from_)


@builtin("time(from: time)")
def time_itself(from_: Time) -> Time:
    return from_


@builtin("time(from: day)")
def time_of(from_: Date | DateTime) -> Time:
    return from_.time if isinstance(from_, DateTime) else MIDNIGHT_UTC


@builtin("time(hour: integer, minute: integer, second: number, offset?: days and time duration?)")
def time_from_parts(hour: int, minute: int, second: Number, offset: Duration | None = None) -> Time:
    if not 0 <= second < 60:  # noqa: PLR2004 clock
        raise NoValue("没有这个时刻 (no such time)")
    whole = int(second)
    nano = int(CONTEXT.multiply(CONTEXT.subtract(second, whole), NANOS))
    zone = None if offset is None else int(offset.nanos / NANOS)
    return Time(hour, minute, whole, nano, zone)


@builtin("date and time(from: string)", run=True, weight=6)
def date_and_time(run: Run, from_: str) -> DateTime:
    run.charge(_ZONE if "@" in from_ else 0)
    return parse_date_time(from_)


@builtin("date and time(from: date and time)")
def date_and_time_itself(from_: DateTime) -> DateTime:
    return from_


@builtin("date and time(date: day, time: time)")
def date_and_time_from_parts(date: Date | DateTime, time: Time) -> DateTime:
    return DateTime(date_of(date), time)


@builtin("date and time(date: date and time, timezone: string)", weight=80)
def in_zone(date: DateTime, timezone: str) -> DateTime:
    """Camunda: the same instant on other clocks."""
    zone = parse_time("00:00:00" + (timezone if timezone[:1] in {"Z", "+", "-"} else "@" + timezone)).zone
    return DateTime.from_instant(date.instant, zone)


@builtin("duration(from: string)", weight=10)
def duration(from_: str) -> Duration | Months:
    return parse_duration(from_)


@builtin("duration(from: duration)")
def duration_itself(from_: Duration | Months) -> Duration | Months:
    return from_


@builtin("range(from: string)", run=True, weight=150)
def range_from(run: Run, from_: str) -> Range:
    """The text of a range whose ends are literals."""
    run.charge(10 * len(from_))
    try:
        node = Parser(from_, _LITERALS).range_literal()
    except FeelSyntaxError as problem:
        raise NoValue(f"不是区间 (not a range)：“{from_[:40]}”，例如 (for example) [1..5)：{problem}") from None
    if isinstance(node, tree.HalfRange):
        end = _end(run, node.operand)
        check_ends(end, end)
        return half_range(node.operator, end)
    start, end = _end(run, node.start), _end(run, node.end)
    check_ends(start, end)
    return Range(start, end, node.start_included, node.end_included)


def _end(run: Run, node: tree.Node) -> Any:
    if isinstance(node, tree.Literal) and node.value is not None:
        return node.value
    if isinstance(node, tree.TemporalLiteral):
        return parse_temporal(node.text)
    if isinstance(node, tree.Call) and isinstance(node.callee, tree.Name) and node.callee.name in _MAKERS:
        return BUILTINS[node.callee.name].invoke(run, [_end(run, each) for each in node.positional], {})
    raise NoValue("区间的端点应为字面值 (the ends of the range are literals)")


@builtin("years and months duration(from: day, to: day)", weight=3)
def years_and_months(from_: Date | DateTime, to: Date | DateTime) -> Months:
    """Whole months from one day to the other."""
    one, other = date_of(from_), date_of(to)
    months = (other.year - one.year) * 12 + other.month - one.month
    if months > 0 and other.day < one.day:
        months -= 1
    elif months < 0 and other.day > one.day:
        months += 1
    return Months(months)
