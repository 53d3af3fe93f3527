"""The text of a pattern to a tree (XML Schema part 2, appendix G, with the additions of XPath 3.1, 5.6.1)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workflows.feel.errors import NoValue
from workflows.feel.regex import sets

if TYPE_CHECKING:
    from workflows.feel.regex.sets import CharacterSet

MAX_DEPTH = 50
_COUNT = re.compile(r"\{([0-9]{1,4})(,([0-9]{1,4})?)?\}")
_QUANTIFIERS = {"?": (0, 1), "*": (0, None), "+": (1, None)}


class Node:
    """A part of a pattern."""


@dataclass(frozen=True, slots=True)
class One(Node):
    """One character of a set. ``weight`` is how much longer the question takes than that for one character."""

    allowed: CharacterSet
    weight: int = 0


@dataclass(frozen=True, slots=True)
class Anchor(Node):
    at_start: bool


@dataclass(frozen=True, slots=True)
class Group(Node):
    number: int
    inner: Node


@dataclass(frozen=True, slots=True)
class Reference(Node):
    number: int


@dataclass(frozen=True, slots=True)
class Sequence(Node):
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Choice(Node):
    branches: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Repeat(Node):
    inner: Node
    least: int
    most: int | None
    greedy: bool


def parse_pattern(pattern: str, flags: str) -> Node:
    """Raises NoValue for what is no pattern."""
    ignore_case = "i" in flags
    if "q" in flags:
        return Sequence(tuple(One(sets.literal(each, ignore_case=ignore_case)) for each in pattern))
    parser = _Parser(
        _without_space(pattern) if "x" in flags else pattern, dot_all="s" in flags, ignore_case=ignore_case
    )
    node = parser.choice()
    if parser.rest:
        raise parser.error("多出的 ) (unbalanced parenthesis)")
    return node


def _without_space(pattern: str) -> str:
    """White space counts only inside classes."""
    kept, depth, index = [], 0, 0
    while index < len(pattern):
        character = pattern[index]
        if character == "\\" and depth:
            kept.append(pattern[index : index + 2])
            index += 2
            continue
        depth += (character == "[") - (character == "]" and depth > 0)
        if depth or character not in " \t\n\r":
            kept.append(character)
        index += 1
    return "".join(kept)


class _Parser:
    def __init__(self, text: str, *, dot_all: bool, ignore_case: bool) -> None:
        self._text = text
        self._index = 0
        self._depth = 0
        self._opened = 0
        self._closed: set[int] = set()
        self._dot = sets.any_character if dot_all else sets.any_but_line_end
        self._ignore_case = ignore_case
        self._members = 0  # of the class that is read

    @property
    def rest(self) -> str:
        return self._text[self._index :]

    def error(self, message: str) -> NoValue:
        return NoValue(f"模式第 {self._index + 1} 个字符 (pattern, character {self._index + 1})：{message}")

    def choice(self) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self.error("嵌套太深 (nested too deeply)")
        branches = [self._sequence()]
        while self._take("|"):
            branches.append(self._sequence())
        self._depth -= 1
        return branches[0] if len(branches) == 1 else Choice(tuple(branches))

    def _sequence(self) -> Node:
        parts = []
        while self.rest and self._peek() not in "|)":
            parts.append(self._quantified(self._atom()))
        return Sequence(tuple(parts))

    def _quantified(self, atom: Node) -> Node:
        if (match := _COUNT.match(self._text, self._index)) is not None:
            least = int(match[1])
            most = least if match[2] is None else None if match[3] is None else int(match[3])
            self._index = match.end()
            if most is not None and most < least:
                raise self.error("次数颠倒 (reversed count)")
        elif (sign := self._peek()) in _QUANTIFIERS:
            least, most = _QUANTIFIERS[sign]
            self._index += 1
        else:
            return atom
        return Repeat(atom, least, most, greedy=not self._take("?"))

    def _atom(self) -> Node:
        character = self._next()
        if character == "(":
            return self._group()
        if character in "^$":
            return Anchor(character == "^")
        if character == "\\" and self._peek().isdecimal():
            return self._reference()
        self._members = 0
        return One(self._set(character), self._members // 2)

    def _set(self, character: str) -> CharacterSet:
        if character == "[":
            return self._class()
        if character == ".":
            return self._dot
        if character == "\\":
            return self._escape()
        if character in "?*+{}]":
            raise self.error(f"{character} 前没有可重复的内容，或应写作 \\{character} (misplaced)")
        return sets.literal(character, ignore_case=self._ignore_case)

    def _group(self) -> Node:
        if self._take("?"):
            if not self._take(":"):
                raise self.error("不支持的组 (unknown kind of group)")
            number = 0
        else:
            self._opened += 1
            number = self._opened
        inner = self.choice()
        if not self._take(")"):
            raise self.error("缺少 ) (missing parenthesis)")
        self._closed.add(number)
        return Group(number, inner) if number else inner

    def _reference(self) -> Node:
        digits = self._next()
        while self._peek().isdecimal() and int(digits + self._peek()) in self._closed:
            digits += self._next()
        if digits[0] == "0" or int(digits) not in self._closed:
            raise self.error(f"没有第 {digits} 组 (no such group)")
        return Reference(int(digits))

    def _escape(self) -> CharacterSet:
        character = self._next()
        if character in sets.SINGLE:
            return sets.literal(sets.SINGLE[character], ignore_case=self._ignore_case)
        if character in sets.ESCAPES:
            return sets.ESCAPES[character]
        if character.lower() in sets.ESCAPES:
            return sets.negated(sets.ESCAPES[character.lower()])
        if character in "pP" and self._take("{"):
            name, closed, _ = self.rest.partition("}")
            if not closed:
                raise self.error("缺少 } (missing brace)")
            self._index += len(name) + 1
            found = sets.property_set(name)
            return found if character == "p" else sets.negated(found)
        raise self.error(f"不认识的转义 (unknown escape) \\{character}")

    def _class(self) -> CharacterSet:
        """What follows the opening bracket, with a subtraction as in ``[a-z-[aeiou]]``."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self.error("嵌套太深 (nested too deeply)")
        inverted = self._take("^")
        members: list[CharacterSet] = []
        subtracted = None
        while not (members and self._peek() == "]"):
            if members and self.rest.startswith("-["):
                self._index += 2
                subtracted = self._class()
                break
            members.append(self._member())
            self._members += 1
        if not self._take("]"):
            raise self.error("缺少 ] (missing bracket)")
        self._depth -= 1
        chosen = sets.negated(sets.union(members)) if inverted else sets.union(members)
        return chosen if subtracted is None else sets.without(chosen, subtracted)

    def _member(self) -> CharacterSet:
        if self._peek() == "\\" and self.rest[1:2] not in sets.SINGLE:
            self._index += 1
            return self._escape()
        first = self._single()
        if self._peek() == "-" and self.rest[1:2] not in {"", "]", "["} and not self.rest.startswith("-\\d"):
            self._index += 1
            return sets.interval(first, self._single(), ignore_case=self._ignore_case)
        return sets.literal(first, ignore_case=self._ignore_case)

    def _single(self) -> str:
        character = self._next()
        if character in "[]":
            raise self.error(f"字符类里应写作 \\{character} (escape it inside a class)")
        if character == "\\":
            character = self._next()
            if character not in sets.SINGLE:
                raise self.error(f"不认识的转义 (unknown escape) \\{character}")
            return sets.SINGLE[character]
        return character

    def _peek(self) -> str:
        return self._text[self._index : self._index + 1]

    def _next(self) -> str:
        if self._index >= len(self._text):
            raise self.error("模式没有写完 (the pattern ends too early)")
        self._index += 1
        return self._text[self._index - 1]

    def _take(self, sign: str) -> bool:
        found = self._peek() == sign
        self._index += found
        return found
