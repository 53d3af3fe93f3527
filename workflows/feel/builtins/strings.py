"""Functions over strings. A character is a code point, so that 𠮷 counts as one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workflows.feel.builtins.registry import builtin
from workflows.feel.errors import NoValue
from workflows.feel.regex import Pattern, compile_pattern

if TYPE_CHECKING:
    from workflows.feel.run import Run


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


@builtin("upper case(string: string)")
def upper_case(string: str) -> str:
    return string.upper()


@builtin("lower case(string: string)")
def lower_case(string: str) -> str:
    return string.lower()


@builtin("substring before(string: string, match: string)")
def substring_before(string: str, match: str) -> str:
    before, found, _ = string.partition(match) if match else ("", "", "")
    return before if found else ""


@builtin("substring after(string: string, match: string)")
def substring_after(string: str, match: str) -> str:
    return string.partition(match)[2] if match else string


@builtin("contains(string: string, match: string)")
def contains(string: str, match: str) -> bool:
    return match in string


@builtin("starts with(string: string, match: string)")
def starts_with(string: str, match: str) -> bool:
    return string.startswith(match)


@builtin("ends with(string: string, match: string)")
def ends_with(string: str, match: str) -> bool:
    return string.endswith(match)


@builtin("matches(input: string, pattern: string, flags?: string?)", run=True)
def matches(run: Run, text: str, pattern: str, flags: str | None = None) -> bool:
    """XPath fn:matches: is the pattern found anywhere in the input."""
    return compile_pattern(pattern, flags or "").search(text, 0, run) is not None


@builtin("replace(input: string, pattern: string, replacement: string, flags?: string?)", run=True)
def replace(run: Run, text: str, pattern: str, replacement: str, flags: str | None = None) -> str:
    """XPath fn:replace: $1 is the first group, $0 the whole match."""
    compiled = compile_pattern(pattern, flags or "")
    if compiled.search("", 0, run) is not None:
        raise NoValue("模式能匹配空字符串 (the pattern matches the empty string)")
    parts = [replacement] if "q" in (flags or "") else _replacement(replacement, compiled)
    result, length, end = [], 0, 0
    for groups in compiled.every(text, run):
        start, stop = groups[0] or (0, 0)
        made = [text[end:start], *(part if isinstance(part, str) else _group(text, groups, part) for part in parts)]
        length += sum(map(len, made))
        run.check_text(length)
        run.charge(len(made))
        result.extend(made)
        end = stop
    return "".join([*result, text[end:]])


def _group(text: str, groups: list[tuple[int, int] | None], number: int) -> str:
    span = groups[number] if number < len(groups) else None
    return text[span[0] : span[1]] if span else ""


def _replacement(replacement: str, pattern: Pattern) -> list[str | int]:
    """Text and numbers of groups."""
    parts: list[str | int] = []
    index = 0
    while index < len(replacement):
        character = replacement[index]
        following = replacement[index + 1 : index + 2]
        if character == "\\":
            if following not in {"\\", "$"} or not following:
                raise NoValue("替换文本里 \\ 之后只能是 \\ 或 $ (only \\\\ and \\$ in a replacement)")
            parts.append(following)
            index += 2
        elif character == "$":
            if not (following.isascii() and following.isdigit()):
                raise NoValue("替换文本里 $ 之后应为数字 (a digit must follow $)")
            end = index + 2
            # As many digits as still name a group.
            while replacement[end : end + 1].isdecimal() and int(replacement[index + 1 : end + 1]) <= pattern.groups:
                end += 1
            parts.append(int(replacement[index + 1 : end]))
            index = end
        else:
            parts.append(character)
            index += 1
    return parts


@builtin("split(string: string, delimiter: string)", run=True)
def split(run: Run, text: str, delimiter: str) -> list[str]:
    """XPath fn:tokenize: the delimiter is a pattern."""
    pattern = compile_pattern(delimiter, "")
    if pattern.search("", 0, run) is not None:
        raise NoValue("分隔模式能匹配空字符串 (the pattern matches the empty string)")
    parts, end = [], 0
    for groups in pattern.every(text, run):
        start, stop = groups[0] or (0, 0)
        parts.append(text[end:start])
        end = stop
    return [*parts, text[end:]]
