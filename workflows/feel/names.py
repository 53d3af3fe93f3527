"""Names of several words: which ones are known, and the longest that begins at a token."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TYPE_CHECKING, Any

from workflows.feel.errors import FeelSyntaxError
from workflows.feel.tokens import Kind, Token, tokenize
from workflows.feel.values import properties

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from workflows.feel.types import Type

KEYWORDS = frozenset(
    {
        *("if", "then", "else", "for", "in", "return", "some", "every", "satisfies"),
        *("and", "or", "between", "instance", "function", "true", "false", "null"),
    }
)
# What may follow a dot after a temporal value or a range.
PROPERTIES = frozenset(chain.from_iterable(properties.PROPERTIES.values()))

MAX_WORDS = 40
_JOINED = frozenset({Kind.WORD, Kind.NUMBER, Kind.SYMBOL})


class NameTable:
    """Finds the longest known name that begins at a token, in steps as many as that name has words.

    Names of one plain word need no entry: they are read as they stand. Nor has a name of more than ``MAX_WORDS``.
    """

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._words: dict[str | None, Any] = {}  # word to what may follow; under None the name that ends there
        for name in names:
            self.add(name)

    def add(self, name: str) -> None:
        try:
            words = [token.text for token in tokenize(name)][:-1]
        except FeelSyntaxError:
            return  # such a name can still be written between backticks
        if 1 < len(words) <= MAX_WORDS:
            place = self._words
            for word in words:
                place = place.setdefault(word, {})
            place.setdefault(None, name)

    def longest(self, tokens: Sequence[Token], index: int) -> tuple[str, int] | None:
        """The name and its number of tokens."""
        place, count, found = self._words, 0, None
        while (token := tokens[index + count]).kind in _JOINED and token.text in place:
            place = place[token.text]
            count += 1
            if None in place:
                found = place[None], count
        return found


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
