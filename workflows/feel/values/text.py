"""Any value as text, as string() gives it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workflows.feel.errors import NoValue
from workflows.feel.values import NUMBERS
from workflows.feel.values.functions import Invocable
from workflows.feel.values.numbers import number_text
from workflows.feel.values.python import MAX_NESTING, entries, from_python
from workflows.feel.values.ranges import Range
from workflows.feel.values.temporal_text import temporal_text

if TYPE_CHECKING:
    from workflows.feel.run import Run

_MEMBER = 3  # steps
_WORDS = {True: "true", False: "false", None: "null"}


def text_of(value: Any, run: Run, nesting: int = MAX_NESTING) -> str:
    if type(value) is str:
        return value
    if isinstance(value, Invocable):
        raise NoValue("函数不能转成字符串 (a function has no text)")
    return run.text(_text(value, run, nesting))


def _text(value: Any, run: Run, nesting: int) -> str:
    if type(value) in NUMBERS:
        run.unrepeated += 1  # 1.0 equals 1.00 and is written otherwise
        return number_text(value)
    if value is None or type(value) is bool:
        return _WORDS[value]
    if type(value) is list:
        return f"[{', '.join(_member(item, run, nesting) for item in value)}]"
    if type(value) is dict:
        return f"{{{', '.join(f'{_key(key)}: {_member(item, run, nesting)}' for key, item in entries(value))}}}"
    if type(value) is Range:
        opening, closing = "[" if value.start_included else "(", "]" if value.end_included else ")"
        # Of a range without an end there is nothing between bracket and dots, as range() reads it.
        start, end = ("" if each is None else _member(each, run, nesting) for each in (value.start, value.end))
        return f"{opening}{start}..{end}{closing}"
    run.charge(_MEMBER)
    return temporal_text(value)


def _member(value: Any, run: Run, nesting: int) -> str:
    run.charge(_MEMBER + (len(value) >> 7 if type(value) is str else 0))
    run.check_nesting(nesting)
    value = from_python(value)
    return quoted(value) if type(value) is str else text_of(value, run, nesting - 1)


def _key(key: str) -> str:
    return key if key.isidentifier() else quoted(key)


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
