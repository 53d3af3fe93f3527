"""What Camunda 8 adds to the standard, so that its diagrams run here unchanged."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

from workflows.feel.builtins.conversion import date_of
from workflows.feel.builtins.lists import index_of
from workflows.feel.builtins.registry import builtin
from workflows.feel.errors import NoValue
from workflows.feel.operators import equal
from workflows.feel.regex import compile_pattern
from workflows.feel.values import Date, DateTime
from workflows.feel.values.calendar import NANOS, days_in_month
from workflows.feel.values.json import json_text, parse_json

if TYPE_CHECKING:
    from workflows.feel.run import Run


@builtin("get or else(value: any, default: any)")
def get_or_else(value: Any, default: Any) -> Any:
    return default if value is None else value


@builtin("is defined(value: any)")
def is_defined(value: Any) -> bool:
    return value is not None


@builtin("assert(value: any, condition: any)", "assert(value: any, condition: any, cause: string)")
def assert_that(value: Any, condition: Any, cause: str = "") -> Any:
    """Null and a warning where Camunda fails: an evaluation never raises for its data."""
    if condition is not True:
        raise NoValue(cause or "条件不成立 (the condition does not hold)")
    return value


@builtin("is empty(list: list)")
def is_empty(items: list[Any]) -> bool:
    return not items


@builtin("is blank(string: string)")
def is_blank(string: str) -> bool:
    return not string.strip()


@builtin("trim(string: string)")
def trim(string: str) -> str:
    return string.strip()


@builtin("extract(string: string, pattern: string)", run=True)
def extract(run: Run, string: str, pattern: str) -> list[str]:
    """Every match of the pattern."""
    spans = [groups[0] for groups in compile_pattern(pattern, "", run).every(string, run)]
    return [string[span[0] : span[1]] for span in spans if span]


@builtin("duplicate values(list: list)", run=True)
def duplicate_values(run: Run, items: list[Any]) -> list[Any]:
    duplicates: list[Any] = []
    for item in items:
        run.charge(1 + len(items) * 2)
        if len(index_of(run, items, item)) > 1 and not any(equal(item, known, run) for known in duplicates):
            duplicates.append(item)
    return duplicates


@builtin("partition(list: list, size: integer)", run=True)
def partition(run: Run, items: list[Any], size: int) -> list[list[Any]]:
    if size < 1:
        raise NoValue("size 应大于零 (should be positive)")
    run.charge(len(items) // size)
    return [items[first : first + size] for first in range(0, len(items), size)]


@builtin("last day of month(date: day)", weight=5)
def last_day_of_month(date: Date | DateTime) -> Date:
    day = date_of(date)
    return Date(day.year, day.month, days_in_month(day.year, day.month))


@builtin("unix timestamp(date: date and time)", weight=5)
def unix_timestamp(date: DateTime) -> int:
    """Milliseconds since 1970-01-01T00:00:00Z."""
    return date.instant * 1000 // NANOS


@builtin("from unix timestamp(milliseconds: integer)", weight=5)
def from_unix_timestamp(milliseconds: int) -> DateTime:
    return DateTime.from_instant(milliseconds * NANOS // 1000, 0)


@builtin("to json(value: any)", run=True)
def write_json(run: Run, value: Any) -> str:
    """Temporal values become their text, as they do in variables."""
    run.unrepeated += 1  # 1.50 equals 1.5 and is written otherwise
    try:
        text = json_text(value)
    except ValueError as problem:
        raise NoValue(str(problem)) from None
    run.charge(len(text) >> 4)
    return run.text(text)


@builtin("from json(value: string)", weight=16)
def read_json(value: str) -> Any:
    return parse_json(value)


@builtin("to base64(value: string)", run=True)
def write_base64(run: Run, value: str) -> str:
    return run.text(base64.b64encode(value.encode("utf-8", "replace")).decode())


@builtin("from base64(value: string)")
def read_base64(value: str) -> str:
    try:
        return base64.b64decode(value, validate=True).decode()
    except (binascii.Error, ValueError):
        raise NoValue("不是 Base64 编码的文本 (no text in Base64)") from None


@builtin("uuid()", "random number()")
def no_chance() -> Any:
    """The same step asked again must come to the same end, and a simulation to that of the run."""
    raise NoValue(
        "结果每次不同，不在表达式里生成 (an expression leaves nothing to chance)；请由处理程序给出 (ask a handler)"
    )
