"""Functions over strings. A character is a code point, so that 𠮷 counts as one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from workflows.feel.builtins.registry import builtin
from workflows.feel.errors import NoValue
from workflows.feel.regex import Pattern, compile_pattern

if TYPE_CHECKING:
    from workflows.feel.run import Run

_REFERENCE = re.compile(r"\\(?P<escaped>[\\$])|\$(?P<digit>[0-9])|[\\$]")


@builtin("substring(string: string, start position: integer, length?: number)")
def substring(string: str, start: int, length: int | None = None) -> str:
    """Positions count from 1, and from -1 backwards."""
    if start == 0 or abs(start) > len(string):
        raise NoValue(f"字符串没有第 {start} 个字符 (no such position)")
    first = start - 1 if start > 0 else len(string) + start
    rest = len(string) - first
    if length is None:
        return string[first:]
    if not 1 <= length < rest + 1:
        raise NoValue(f"length 应在 1 与 {rest} 之间 (length out of range)")
    return string[first : first + int(length)]


@builtin("string length(string: string)")
def string_length(string: str) -> int:
    return len(string)


@builtin("upper case(string: string)", weight=4)
def upper_case(string: str) -> str:
    return string.upper()


@builtin("lower case(string: string)", weight=4)
def lower_case(string: str) -> str:
    return string.lower()


@builtin("substring before(string: string, match: string)", run=True)
def substring_before(run: Run, string: str, match: str) -> str:
    _before_search(run, string, match)
    before, found, _ = string.partition(match) if match else ("", "", "")
    return before if found else ""


@builtin("substring after(string: string, match: string)", run=True)
def substring_after(run: Run, string: str, match: str) -> str:
    _before_search(run, string, match)
    return string.partition(match)[2] if match else string


@builtin("contains(string: string, match: string)", run=True)
def contains(run: Run, string: str, match: str) -> bool:
    _before_search(run, string, match)
    return match in string


def _before_search(run: Run, string: str, match: str) -> None:
    """Python compares a long text with up to so many places before it takes to a linear algorithm."""
    places = min(max(0, len(string) - len(match)), 2_000)
    run.charge(places * len(match) >> 12)


@builtin("starts with(string: string, match: string)")
def starts_with(string: str, match: str) -> bool:
    return string.startswith(match)


@builtin("ends with(string: string, match: string)")
def ends_with(string: str, match: str) -> bool:
    return string.endswith(match)


@builtin("matches(input: string, pattern: string, flags?: string?)", run=True)
def matches(run: Run, text: str, pattern: str, flags: str | None = None) -> bool:
    """XPath fn:matches: is the pattern found anywhere in the input."""
    return compile_pattern(pattern, flags or "", run).search(text, 0, run) is not None


@builtin("replace(input: string, pattern: string, replacement: string, flags?: string?)", run=True)
def replace(run: Run, text: str, pattern: str, replacement: str, flags: str | None = None) -> str:
    """XPath fn:replace: $1 is the first group, $0 the whole match."""
    compiled = compile_pattern(pattern, flags or "", run)
    if compiled.search("", 0, run) is not None:
        raise NoValue("模式能匹配空字符串 (the pattern matches the empty string)")
    run.charge(2 * (replacement.count("$") + replacement.count("\\")))
    parts = [replacement] if "q" in (flags or "") else _replacement(replacement, compiled)
    result, length, end = [], 0, 0
    for groups in compiled.every(text, run):
        start, stop = groups[0] or (0, 0)
        run.charge(2 + len(parts))
        spans = [part if isinstance(part, str) else _span(groups, part) for part in parts]
        length += start - end + sum(len(span) if isinstance(span, str) else span[1] - span[0] for span in spans)
        run.check_text(length)
        result.append(text[end:start])
        result.extend(span if isinstance(span, str) else text[span[0] : span[1]] for span in spans)
        end = stop
    return "".join([*result, text[end:]])


def _span(groups: list[tuple[int, int] | None], number: int) -> tuple[int, int]:
    return (groups[number] if number < len(groups) else None) or (0, 0)


def _replacement(replacement: str, pattern: Pattern) -> list[str | int]:
    """Text and numbers of groups."""
    parts: list[str | int] = []
    index = 0
    for match in _REFERENCE.finditer(replacement):
        parts.append(replacement[index : match.start()])
        index = match.end()
        if match["escaped"]:
            parts.append(match["escaped"])
        elif match["digit"]:
            # As many digits as still name a group.
            while (
                replacement[index : index + 1].isdecimal()
                and int(replacement[match.start() + 1 : index + 1]) <= pattern.groups
            ):
                index += 1
            parts.append(int(replacement[match.start() + 1 : index]))
        else:
            raise NoValue(
                "替换文本里 \\ 之后只能是 \\ 或 $，$ 之后应为数字 (only \\\\, \\$ and $ with a digit in a replacement)"
            )
    return [part for part in (*parts, replacement[index:]) if part != ""]


@builtin("split(string: string, delimiter: string)", run=True)
def split(run: Run, text: str, delimiter: str) -> list[str]:
    """XPath fn:tokenize: the delimiter is a pattern."""
    pattern = compile_pattern(delimiter, "", run)
    if pattern.search("", 0, run) is not None:
        raise NoValue("分隔模式能匹配空字符串 (the pattern matches the empty string)")
    parts, end = [], 0
    for groups in pattern.every(text, run):
        start, stop = groups[0] or (0, 0)
        parts.append(text[end:start])
        end = stop
    return [*parts, text[end:]]
