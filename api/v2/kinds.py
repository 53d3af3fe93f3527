"""Kinds of values in filters: how each is read, which operators it knows, how it is documented."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from api.moments import read_moment

MAX_KEY = 2**63 - 1
DIGITS = re.compile("[0-9]{1,19}")
MAX_NUMBER = 2**31 - 1  # numbers stand in columns of 32 bits
MAX_PATTERN = 1000  # characters of what is compared by LIKE
KEY_SCHEMA = {"type": "string", "pattern": "^[0-9]{1,19}$", "examples": ["1048576"]}
NUMBER_SCHEMA = {"type": "integer", "minimum": -MAX_NUMBER, "maximum": MAX_NUMBER}


@dataclass(frozen=True)
class Kind:
    """``read`` raises ValueError or TypeError for what is no value of this kind."""

    read: Callable[[Any], Any]
    operators: tuple[str, ...]
    schema: dict[str, Any]
    said: str

    @property
    def documented(self) -> dict[str, Any]:
        """The value itself, or an object of operators."""
        several = {"type": "array", "items": self.schema}
        schemas = {"$exists": {"type": "boolean"}, "$in": several, "$notIn": several, "$like": PATTERN.schema}
        operators = {operator: schemas.get(operator, self.schema) for operator in self.operators}
        return {"anyOf": [self.schema, {"type": "object", "properties": operators, "additionalProperties": False}]}


def read_key(value: Any) -> int:
    """Keys are strings in JSON: a double cannot hold them."""
    if not isinstance(value, str) or not DIGITS.fullmatch(value) or int(value) > MAX_KEY:
        raise ValueError("必须是编号:十进制数字串")
    return int(value)


def key_or_none(text: str) -> int | None:
    """The key in an address or a form of a page; None for what is none."""
    try:
        return read_key(text)
    except ValueError:
        return None


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _pattern(value: Any) -> str:
    if len(_text(value)) > MAX_PATTERN:
        raise ValueError(f"最多 {MAX_PATTERN} 个字符")
    return str(value)


def _number(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > MAX_NUMBER:
        raise TypeError
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


_EQUAL = ("$eq", "$neq", "$exists", "$in", "$notIn")
_COMPARED = ("$eq", "$neq", "$exists", "$gt", "$gte", "$lt", "$lte", "$in")

KEY = Kind(read_key, _EQUAL, KEY_SCHEMA, "编号(十进制数字串)")
TEXT = Kind(_text, (*_EQUAL, "$like"), {"type": "string"}, "文字")
NUMBER = Kind(_number, _COMPARED, NUMBER_SCHEMA, f"整数,绝对值不超过 {MAX_NUMBER}")
MOMENT = Kind(read_moment, _COMPARED, {"type": "string", "format": "date-time"}, "带时区的时间")
FLAG = Kind(_flag, ("$eq",), {"type": "boolean"}, "true 或 false")
PATTERN = Kind(_pattern, (), {"type": "string", "maxLength": MAX_PATTERN}, f"文字,最多 {MAX_PATTERN} 个字符")
LIST = replace(PATTERN, operators=("$eq", "$in"))  # a JSON list that holds it


def choice(*values: str) -> Kind:
    def read(value: Any) -> str:
        return values[values.index(_text(value))]

    return Kind(read, (*_EQUAL, "$like"), {"type": "string", "enum": list(values)}, " ".join(values))


KeyParameter = Annotated[int, BeforeValidator(read_key), WithJsonSchema(KEY_SCHEMA)]
