"""JSON as this house keeps it: every digit exact, no text a database would choke on."""

from __future__ import annotations

import json
import math
from decimal import Decimal
from typing import Any

import orjson

from workflows.store.errors import Invalid

MAX_DEPTH = 64
_INT64 = 63  # bits; orjson writes no longer integers by itself


class NotJson(Invalid):
    """The value is no clean JSON."""

    code = "NOT_JSON"


def loads(text: str | bytes) -> Any:
    """Numbers with a point become Decimals, so that 0.1 stays 0.1."""
    return json.loads(text, parse_float=Decimal, parse_constant=_no_number)


def dumps(value: Any) -> str:
    return encode(value).decode()


def encode(value: Any, *, sort_keys: bool = False) -> bytes:
    """``sort_keys`` gives the canonical form, over which hashes are taken."""
    option = orjson.OPT_SORT_KEYS if sort_keys else None
    try:
        return orjson.dumps(value, default=_exact, option=option)
    except orjson.JSONEncodeError:
        return orjson.dumps(_long_integers(value), default=_exact, option=option)


def clean(value: Any) -> Any:
    """A copy whose numbers are exact; NotJson names the place of NUL, a lone surrogate, NaN, another type or too deep
    nesting.
    """
    try:
        return _copied(value, MAX_DEPTH)
    except (_Unusual, UnicodeEncodeError):
        return _examined(value)


class _Unusual(ValueError):
    """Not what a copy can be made of at once: it may be wrong."""


def _copied(value: Any, room: int) -> Any:
    """Every variable of every step goes through here, so the places are not named."""
    kind = type(value)
    if kind is str:
        if "\0" in value or not (value.isascii() or value.encode()):
            raise _Unusual
        return value
    if kind is int or kind is bool or value is None:
        return value
    if kind is dict and room:
        room -= 1
        copied = {}
        for name, item in value.items():
            if type(name) is not str or "\0" in name or not (name.isascii() or name.encode()):
                raise _Unusual
            copied[name] = _copied(item, room)
        return copied
    if kind is list and room:
        room -= 1
        return [_copied(item, room) for item in value]
    if kind is Decimal and value.is_finite():
        return value
    raise _Unusual


def _examined(value: Any, pointer: str = "", depth: int = 0) -> Any:
    """The same, more slowly."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return clean_text(value, pointer or "/")
    if depth == MAX_DEPTH:
        raise _not_json(pointer, f"嵌套超过 {MAX_DEPTH} 层")
    if isinstance(value, dict):
        return {
            clean_text(name, f"{pointer}/"): _examined(item, f"{pointer}/{_escaped(name)}", depth + 1)
            for name, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [_examined(item, f"{pointer}/{index}", depth + 1) for index, item in enumerate(value)]
    if isinstance(value, float | Decimal):
        if not math.isfinite(value):
            raise _not_json(pointer, "数值必须有限")
        return Decimal(repr(value)) if isinstance(value, float) else value
    raise _not_json(pointer, f"{type(value).__name__} 不是 JSON 值")


def check(value: Any) -> None:
    """NotJson where ``clean`` would refuse."""
    clean(value)


def clean_text(text: Any, pointer: str) -> str:
    """Text without NUL and lone surrogates, which no database and no UTF-8 can hold."""
    if not isinstance(text, str):
        raise _not_json(pointer, "名称必须是文字")
    if "\0" in text:
        raise _not_json(pointer, "含有空字符 U+0000")
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise _not_json(pointer, "含有不成对的代理字符") from None
    return text


def _not_json(pointer: str, problem: str) -> NotJson:
    return NotJson(f"{pointer or '/'}:{problem}", details=[{"pointer": pointer, "message": problem}])


def _escaped(name: Any) -> str:
    return str(name).replace("~", "~0").replace("/", "~1")


def _exact(value: Any) -> orjson.Fragment:
    if isinstance(value, Decimal) and value.is_finite():
        return orjson.Fragment(str(value))
    raise TypeError(f"{type(value).__name__} is not JSON")


def _long_integers(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _long_integers(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_long_integers(item) for item in value]
    if isinstance(value, int) and value.bit_length() > _INT64:
        return orjson.Fragment(str(value))
    return value


def _no_number(name: str) -> Any:
    raise NotJson(f"{name} 不是 JSON 数值")
