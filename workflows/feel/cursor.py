"""The parser's place in the tokens, and the names that are in scope there."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from workflows.feel.errors import FeelSyntaxError
from workflows.feel.names import KEYWORDS, NameTable
from workflows.feel.tokens import Kind, Token, tokenize

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from workflows.feel.names import Vocabulary

MAX_DEPTH = 80
# What a wrong sign was meant to be, by itself or with the one before it.
_SLIPS = {
    "=": "开头的 = 不属于表达式本身 (the leading = is no part of the expression)",
    "'": "字符串用双引号 (strings go between double quotes)",
    "==": "相等写作一个 = (equality is a single =)",
    "<>": "不等写作 != (inequality is !=)",
    "||": "“或者”写作 or (write or)",
}


class Cursor:
    def __init__(self, text: str, vocabulary: Vocabulary, element_id: str = "") -> None:
        self.tokens = tokenize(text, element_id)
        self.text = text
        self.index = 0
        self.depth = 0
        self.vocabulary = vocabulary
        self.scopes = list(vocabulary.names)
        self.own_members = NameTable()  # keys of contexts in this text
        self.in_filter = vocabulary.in_filter
        self.range_end = False
        self.asks_input = False

    # Names.

    def known(self) -> str | None:
        """The longest name in scope that begins here; inner scopes win over outer ones of the same length."""
        found = [scope.longest(self.tokens, self.index) for scope in reversed(self.scopes)]
        if self.in_filter:
            found += [table.longest(self.tokens, self.index) for table in self._members]
        function = self.vocabulary.functions.longest(self.tokens, self.index)
        if function and self.peek(function[1]).text == "(":
            found.append(function)
        return self._step_over(found)

    def known_in(self, *tables: NameTable) -> str | None:
        return self._step_over([table.longest(self.tokens, self.index) for table in tables])

    def _step_over(self, found: list[tuple[str, int] | None]) -> str | None:
        best = max((each for each in found if each), key=lambda each: each[1], default=None)
        if best is None:
            return None
        self.index += best[1]
        return best[0]

    @property
    def _members(self) -> tuple[NameTable, NameTable]:
        return self.own_members, self.vocabulary.members

    def member(self) -> str:
        """What follows a dot. No list of names is needed here: two words side by side are one name."""
        if self.token.kind is Kind.QUOTED:
            return str(self.advance().value)
        if (known := self.known_in(*self._members)) is not None:
            return known
        if self.token.kind is not Kind.WORD:
            raise self.error("点号后缺少名称 (a name must follow the dot)", "名称 (a name)")
        return self.advance().text + self.following_words()

    def following_words(self) -> str:
        words = ""
        while self.token.kind is Kind.WORD and self.token.text not in KEYWORDS:
            words += " " + self.advance().text
        return words

    def declared_name(self, *until: str) -> str:
        """A name that is introduced here: everything up to the sign that must follow, with single spaces."""
        first = self.token
        if first.kind is Kind.QUOTED:
            return str(self.advance().value)
        if first.kind is not Kind.WORD or first.text == "?":
            raise self.error("缺少名称 (a name is missing)", "名称 (a name)")
        last = self.advance()
        while self.token.text not in until and (
            self.token.kind in {Kind.WORD, Kind.NUMBER} or self.token.text in {"+", "-", "*", "/", "'", "’", "."}
        ):
            last = self.advance()
        return " ".join(self.text[first.start : last.end].split())

    # Tokens.

    @property
    def token(self) -> Token:
        return self.tokens[self.index]

    def peek(self, ahead: int) -> Token:
        return self.tokens[min(self.index + ahead, len(self.tokens) - 1)]

    def advance(self) -> Token:
        token = self.tokens[self.index]
        self.index = min(self.index + 1, len(self.tokens) - 1)
        return token

    def at(self, text: str) -> bool:
        token = self.tokens[self.index]
        return token.text == text and token.kind in {Kind.SYMBOL, Kind.WORD}

    def take(self, text: str) -> bool:
        if self.at(text):
            self.index += 1
            return True
        return False

    def expect(self, text: str) -> None:
        if not self.take(text):
            raise self.error(f"缺少 {text} ({text} is missing)", text)

    def expect_end(self) -> None:
        if self.token.kind is not Kind.END:
            raise self.error("多出内容 (text goes on after the end)", "运算符或结尾 (an operator or the end)")

    def error(self, message: str, expected: str = "") -> FeelSyntaxError:
        token = self.token
        found = "结尾 (the end)" if token.kind is Kind.END else token.text
        before = self.tokens[self.index - 1] if self.index else None
        around = (before.text + token.text if before else token.text, token.text + self.peek(1).text, token.text[:1])
        hint = "" if token.kind is Kind.END else next((_SLIPS[signs] for signs in around if signs in _SLIPS), "")
        if before and before.kind is token.kind is Kind.WORD and not KEYWORDS & {before.text, token.text}:
            hint = (
                f"含空格的名称请加反引号：`{before.text} {token.text}` "
                "(a name with spaces that is not known goes between backticks)"
            )
        return FeelSyntaxError(f"{message}，遇到 (found) {found}", *token.at, expected=expected, hint=hint)

    @contextmanager
    def deeper(self) -> Iterator[None]:
        self.depth += 1
        self.check_depth(self.depth)
        yield
        self.depth -= 1

    def check_depth(self, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise self.error(f"嵌套超过 {MAX_DEPTH} 层 (nested too deeply)")

    @contextmanager
    def inside(self, names: Iterable[str] | None = None, *, in_filter: bool = False) -> Iterator[None]:
        saved = self.in_filter, self.range_end
        self.in_filter, self.range_end = in_filter or self.in_filter, False
        if names is not None:
            self.scopes.append(NameTable(names))
        yield
        if names is not None:
            self.scopes.pop()
        self.in_filter, self.range_end = saved
