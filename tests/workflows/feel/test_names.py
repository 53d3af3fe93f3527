"""How many tokens are looked at, not how long it takes."""

from __future__ import annotations

import pytest

from workflows.feel import FeelSyntaxError, parse_expression
from workflows.feel.names import MAX_WORDS, NameTable
from workflows.feel.tokens import tokenize


class Counted(list):
    reads = 0

    def __getitem__(self, index):
        self.reads += 1
        return super().__getitem__(index)


def test_the_longest_name_wins_and_the_first_spelling_of_it():
    table = NameTable(["a b", "a  b", "a b c", "a b c d e", "a+1"])
    found = [table.longest(tokenize(text), 0) for text in ("a b", "a b c d", "a + 1", "a", "b a", 'a "b"')]
    assert found == [("a b", 2), ("a b c", 3), ("a+1", 3), None, None, None]


def test_a_name_is_found_in_as_many_steps_as_it_has_words():
    table = NameTable([f"a {number}" for number in range(5_000)])
    tokens = Counted(tokenize("a 4999 b"))
    assert table.longest(tokens, 0) == ("a 4999", 2)
    assert tokens.reads == 3


def test_a_name_of_very_many_words_goes_between_backticks():
    name = " ".join(["a"] * (MAX_WORDS + 1))
    with pytest.raises(FeelSyntaxError):
        parse_expression(name, [name])
    assert parse_expression(f"`{name}`", [name]).evaluate({name: 1}).value == 1
