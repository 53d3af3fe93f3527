"""FEEL values as JSON values, and as JSON text."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from workflows.feel.errors import NoValue
from workflows.feel.values.functions import Invocable
from workflows.feel.values.numbers import CONTEXT, NUMBERS, finite, number_text, whole
from workflows.feel.values.python import MAX_NESTING, from_python
from workflows.feel.values.ranges import Range
from workflows.feel.values.temporal import Date, DateTime, Duration, Months, Time
from workflows.feel.values.temporal_text import temporal_text

MAX_VALUES = 100_000
_TEMPORAL = (Date, Time, DateTime, Duration, Months)


def to_json(value: Any) -> Any:
    """Numbers as int or Decimal; temporal values as their text.

    Raises ValueError for functions and ranges, for NUL and lone surrogates, and for what is too deep or too large.
    """
    return _to_json(value, MAX_NESTING, [MAX_VALUES])


def _to_json(value: Any, nesting: int, left: list[int]) -> Any:
    left[0] -= 1
    if nesting == 0 or left[0] < 0:
        raise ValueError("值嵌套太深或太大 (the value is too deep or too large)")
    try:
        value = from_python(value)
    except NoValue as problem:
        raise ValueError(str(problem)) from None
    if type(value) is list:
        return [_to_json(item, nesting - 1, left) for item in value]
    if type(value) is dict:
        return {_key(key): _to_json(item, nesting - 1, left) for key, item in value.items()}
    if type(value) is Decimal:
        integer = whole(value)
        return value if integer is None else integer
    if type(value) is str:
        return _written(value)
    if isinstance(value, _TEMPORAL):
        return temporal_text(value)
    if isinstance(value, (Range, Invocable)):
        kind = "区间 (a range)" if isinstance(value, Range) else "函数 (a function)"
        raise ValueError(f"{kind}不能成为变量的值 cannot be written as JSON")  # noqa: TRY004 one kind of error
    return value


def _key(key: Any) -> str:
    """Python's numbers may be keys too; of other objects nobody knows what they write."""
    if type(key) not in {str, int}:
        raise ValueError("键应为字符串 (a key must be a string)")
    return _written(str(key))


def _written(text: str) -> str:
    """A text that JSON and every database can hold."""
    try:
        if "\0" not in text and (text.isascii() or text.encode()):
            return text
    except UnicodeEncodeError:
        pass
    raise ValueError("文本含有空字符或不成对的代理字符 (NUL or a lone surrogate cannot be written)")


def json_text(value: Any) -> str:
    """Compact text of what to_json() gives, numbers with all their digits. Raises ValueError as it does."""
    return _json_text(to_json(value))


def _json_text(value: Any) -> str:
    if type(value) in NUMBERS:
        return number_text(value)
    if type(value) is list:
        return f"[{','.join(map(_json_text, value))}]"
    if type(value) is dict:
        return f"{{{','.join(f'{_quoted(key)}:{_json_text(item)}' for key, item in value.items())}}}"
    return _quoted(value)


def _quoted(value: str | bool | None) -> str:
    return json.dumps(value, ensure_ascii=False)


def parse_json(text: str) -> Any:
    """The value of a JSON text (RFC 8259). Raises NoValue."""
    try:
        return json.loads(text, parse_float=_number, parse_int=_number, parse_constant=_number)
    except (ValueError, RecursionError) as problem:
        raise NoValue(f"不是 JSON (not JSON)：{problem}") from None


def _number(text: str) -> Decimal:
    return finite(CONTEXT.create_decimal(text))
