"""Kinds of values in filters: how each is read, which operators it knows, how it is documented."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BeforeValidator, TypeAdapter, WithJsonSchema

MAX_KEY = 2**63 - 1
KEY_SCHEMA = {"type": "string", "pattern": "^[0-9]{1,19}$", "examples": ["1048576"]}
_MOMENTS: TypeAdapter[datetime] = TypeAdapter(AwareDatetime)


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
        schemas = {"$exists": {"type": "boolean"}, "$in": several, "$notIn": several}
        operators = {operator: schemas.get(operator, self.schema) for operator in self.operators}
        return {"anyOf": [self.schema, {"type": "object", "properties": operators, "additionalProperties": False}]}


def read_key(value: Any) -> int:
    """Keys are strings in JSON: a double cannot hold them."""
    if not isinstance(value, str) or not (value.isascii() and value.isdigit()) or int(value[:20]) > MAX_KEY:
        raise ValueError("必须是编号:十进制数字串")
    return int(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _number(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > MAX_KEY:
        raise TypeError
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _moment(value: Any) -> datetime:
    return _MOMENTS.validate_python(_text(value))


_EQUAL = ("$eq", "$neq", "$exists", "$in", "$notIn")
_COMPARED = ("$eq", "$neq", "$exists", "$gt", "$gte", "$lt", "$lte", "$in")

KEY = Kind(read_key, _EQUAL, KEY_SCHEMA, "编号(十进制数字串)")
TEXT = Kind(_text, (*_EQUAL, "$like"), {"type": "string"}, "文字")
NUMBER = Kind(_number, _COMPARED, {"type": "integer"}, "整数")
MOMENT = Kind(_moment, _COMPARED, {"type": "string", "format": "date-time"}, "带时区的时间")
FLAG = Kind(_flag, ("$eq",), {"type": "boolean"}, "true 或 false")
LIST = Kind(_text, ("$eq", "$in"), {"type": "string"}, "文字")  # a JSON list that holds it


def choice(*values: str) -> Kind:
    def read(value: Any) -> str:
        return values[values.index(_text(value))]

    return Kind(read, (*_EQUAL, "$like"), {"type": "string", "enum": list(values)}, " ".join(values))


KeyParameter = Annotated[int, BeforeValidator(read_key), WithJsonSchema(KEY_SCHEMA)]
