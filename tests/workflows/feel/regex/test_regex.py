from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.feel import FeelBudgetExceeded, Run
from workflows.feel.errors import NoValue
from workflows.feel.regex import MAX_PATTERN, compile_pattern


def spans(pattern, text, flags="", budget=100_000):
    return [groups[0] for groups in compile_pattern(pattern, flags, Run()).every(text, Run(budget=budget))]


@pytest.mark.parametrize(
    ("pattern", "flags", "passing", "failing"),
    [
        ("a|b", "", ["xb"], ["c"]),
        ("^a.c$", "", ["abc"], ["a\nc", "abcd"]),
        ("^a.c$", "s", ["a\nc"], []),
        ("^b$", "m", ["a\nb\nc"], ["ab"]),
        ("^$", "m", ["a\n\nb"], ["a\n"]),
        ("ABC", "i", ["abc", "aBc"], ["ab"]),
        ("[^a]", "i", ["b"], ["A"]),
        ("[a-z-[aeiou]]", "", ["b"], ["a", "E"]),
        ("a b", "x", ["ab"], ["a b"]),
        ("[ ]\\ s", "x", ["  "], []),
        ("a.(", "q", ["xa.(x"], ["ab("]),
        (r"^\p{IsCJKUnifiedIdeographs}+$", "", ["娄底市"], ["娄底a"]),
        (r"^\P{L}+$", "", ["123"], ["a"]),
        (r"^\p{Lu}\p{Ll}*$", "", ["Abc"], ["abc"]),
        (r"^[\w-]+$", "", ["a-b", "甲"], ["a b"]),
        (r"^\s\S$", "", [" a"], ["aa"]),
        (r"^\i\c*$", "", ["_a-1"], ["1a"]),
        (r"^\D\W$", "", ["a "], ["1 ", "aa"]),
        (r"^(a+)b\1$", "", ["aabaa"], ["aaba"]),
        (r"^(?:ab){2,3}$", "", ["abab", "ababab"], ["ab", "abababab"]),
        ("^a{2}$", "", ["aa"], ["a", "aaa"]),
        ("^a{2,}$", "", ["aa", "aaaa"], ["a"]),
        ("^(a|ab)(c|bcd)$", "", ["ac", "abcd", "abc"], ["ab"]),
        ("^(a*)*$", "", ["", "aaa"], ["b"]),
        ("^(|a)+$", "", ["", "aa"], ["b"]),
        (r"^(.)(.)(.)(.)(.)(.)(.)(.)(.)(.)\10\1$", "", ["abcdefghijja"], ["abcdefghija0"]),
        (r"^a\.b$", "", ["a.b"], ["axb"]),
        ("[\\]\\-a]", "", ["]", "-", "a"], ["b"]),
        ("[a-]", "", ["-", "a"], ["b"]),
        (r"[\] ]x y", "x", ["]xy", " xy"], ["]x y"]),
        (r"[\d\-x]", "", ["5", "-", "x"], ["a"]),
    ],
)
def test_patterns_of_xpath(pattern, flags, passing, failing):
    assert all(spans(pattern, text, flags) for text in passing)
    assert not any(spans(pattern, text, flags) for text in failing)


@pytest.mark.parametrize(
    "pattern",
    ["(", ")", "a)", "[", "[]", "[b-a]", "*a", "a**", "a{3,2}", "{1}", "\\", "\\q", "\\1", "(a)\\2", "[\\1]", "(?=a)",
     "\\p{Nothing}", "\\p{L", "[a-\\q]", "[a", "[" + "a-[" * 60, "a" * (MAX_PATTERN + 1), "((a{100}){100}){100}", "(" * 60 + "a" + ")" * 60, "[[a]"],
)  # fmt: skip
def test_what_is_no_pattern_is_refused(pattern):
    with pytest.raises(NoValue):
        compile_pattern(pattern, "", Run())


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)+$", "(a*)*b", "(.*)(.*)(.*)(.*)[0-9]", "(a?){50}a{50}b"])
def test_patterns_that_blow_up_elsewhere_are_linear_here(pattern):
    text = "a" * 200 + "!"
    assert spans(pattern, text, budget=1_000_000) == []


def test_a_back_reference_that_blows_up_ends_with_the_budget():
    with pytest.raises(FeelBudgetExceeded):
        spans(r"(a*)*(a*)*(a*)*\1\2\3b", "a" * 60)


parts = st.sampled_from(
    ["a", "b", "[ab]", "[^a]", ".", "(a|b)", "(ab)", "(?:b|)", "a*", "b+?", "a?", "(a|b)*", "a{1,2}"]
)


@given(st.lists(parts, min_size=1, max_size=6).map("".join), st.text("abc", max_size=12))
def test_matches_and_their_groups_agree_with_the_regular_expressions_of_python(pattern, text):
    found = compile_pattern(pattern, "", Run()).search(text, 0, Run(budget=10_000_000))
    expected = re.search(pattern, text)
    assert (found is None) == (expected is None)
    if found and expected:
        assert found[0] == expected.span()
