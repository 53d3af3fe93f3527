"""The parser's place in the tokens, and the names that are in scope there."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from workflows.feel.errors import FeelSyntaxError
from workflows.feel.hints import hint_at
from workflows.feel.names import KEYWORDS, NameTable
from workflows.feel.tokens import COMPARISONS, NAME_SYMBOLS, Kind, Token, tokenize

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from workflows.feel.names import Vocabulary

MAX_DEPTH = 80
_NO_NAME = {
    "(": "名称前不加括号 (no bracket before the name)",
    "": "大括号里是“名称: 值”，列表用 [1, 2] (braces hold name: value, a list is [1, 2])",
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
            hint = _NO_NAME.get(first.text if first.kind is Kind.SYMBOL else "")
            raise self.error("缺少名称 (a name is missing)", "名称 (a name)", hint or "")
        last = self.advance()
        while self.token.text not in until and _in_names(self.token):
            last = self.advance()
        return " ".join(self.text[first.start : last.end].split())

    def names_argument(self) -> bool:
        """Do a name and a colon stand here."""
        index = self.index
        while self.tokens[index].kind is Kind.QUOTED or _in_names(self.tokens[index]):
            index += 1
        return index > self.index and self.tokens[index].text == ":"

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

    def comparison(self) -> str:
        """The sign of a comparison, if one stands here."""
        return self.advance().text if self.token.kind is Kind.SYMBOL and self.token.text in COMPARISONS else ""

    def expect(self, text: str, hint: str = "") -> None:
        if not self.take(text):
            raise self.error(f"缺少 {text} (missing)", text, hint)

    def close(self, text: str, opening: Token) -> None:
        """The bracket that ends what another began."""
        if not self.at(text) and self.token.kind is Kind.END:
            place = f"第 {opening.at.line} 行第 {opening.at.column} 列的 {opening.text}"
            raise self.error(f"缺少 {text} (missing)", text, f"{place} 没有结束 (the bracket there is not closed)")
        self.expect(text)

    def another(self, closing: str) -> bool:
        """Is there a comma, and so one more."""
        if not self.take(","):
            return False
        if self.token.kind is Kind.END or (self.at(closing) and not (closing == "]" and self._begins(1))):
            raise self.error(
                "逗号后面没有内容 (nothing follows the comma)", hint="去掉最后的逗号 (remove the last comma)"
            )
        return True

    def _begins(self, ahead: int) -> bool:
        """Does a value begin there: is the ``]`` before it that of ``]1..5[``."""
        token = self.peek(ahead)
        return token.kind not in {Kind.END, Kind.SYMBOL} and token.text not in KEYWORDS

    def expect_end(self, hint: str = "") -> None:
        if self.token.kind is not Kind.END:
            raise self.error("多出内容 (text goes on after the end)", "运算符或结尾 (an operator or the end)", hint)

    def error(self, message: str, expected: str = "", hint: str = "") -> FeelSyntaxError:
        token = self.token
        found = "结尾 (the end)" if token.kind is Kind.END else token.text
        hint = hint_at(self.tokens, self.index, hint)
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


def _in_names(token: Token) -> bool:
    """May it stand in a name that is introduced, after the first word."""
    return token.kind in {Kind.WORD, Kind.NUMBER} or (token.kind is Kind.SYMBOL and token.text in NAME_SYMBOLS)
