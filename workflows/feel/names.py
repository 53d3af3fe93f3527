"""Names of several words: which ones are known, and the longest that begins at a token."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from workflows.feel.errors import FeelSyntaxError
from workflows.feel.tokens import Kind, Token, tokenize

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from workflows.feel.types import Type

KEYWORDS = frozenset(
    {
        *("if", "then", "else", "for", "in", "return", "some", "every", "satisfies"),
        *("and", "or", "between", "instance", "function", "true", "false", "null"),
    }
)
# What the properties of temporal values and ranges are called (DMN 1.5, table 53 and 56).
PROPERTIES = ("time offset", "start included", "end included")


class NameTable:
    """Finds the longest known name that begins at a token.

    Names of one plain word need no entry: they are read as they stand.
    """

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._by_first: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for name in names:
            self.add(name)

    def add(self, name: str) -> None:
        try:
            words = tuple(token.text for token in tokenize(name))[:-1]
        except FeelSyntaxError:
            return  # such a name can still be written between backticks
        if len(words) > 1:
            known = self._by_first.setdefault(words[0], [])
            if all(words != other for other, _ in known):
                known.append((words, name))
                known.sort(key=lambda entry: -len(entry[0]))

    def longest(self, tokens: Sequence[Token], index: int) -> tuple[str, int] | None:
        """The name and its number of tokens."""
        for words, name in self._by_first.get(tokens[index].text, ()):
            found = tokens[index : index + len(words)]
            if len(found) == len(words) and all(
                token.text == word and token.kind in {Kind.WORD, Kind.NUMBER, Kind.SYMBOL}
                for token, word in zip(found, words, strict=True)
            ):
                return name, len(words)
        return None


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What words may mean where a text stands.

    ``names`` are in scope, one table a scope, the innermost last. ``members`` may follow a dot, and name what is
    filtered inside a filter. ``types`` are the item definitions by name.
    ``in_filter`` is true of the condition of a boxed filter, which stands alone.
    """

    names: tuple[NameTable, ...] = ()
    members: NameTable = field(default_factory=lambda: NameTable(PROPERTIES))
    functions: NameTable = field(default_factory=NameTable)
    types: dict[str, Type] = field(default_factory=dict)
    in_filter: bool = False

    def inside(self, names: Iterable[str]) -> Vocabulary:
        """That of a scope within this one."""
        return replace(self, names=(*self.names, NameTable(names)))
