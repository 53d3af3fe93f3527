from __future__ import annotations

import re

import pytest

from workflows.feel.errors import FeelBudgetExceeded
from workflows.feel.run import Run
from workflows.governance import patterns

CHARACTERS = [chr(code) for code in [*range(0x250), 0x1680, *range(0x2000, 0x2070), 0x3000, 0x4E00, 0xFEFF, 0x1F600]]
ECMA = re.ASCII  # \d and \w as ECMA-262 has them


def found(pattern: str, text: str) -> bool:
    return patterns.found(pattern, text, Run(budget=1_000_000))


@pytest.mark.parametrize(
    "pattern", [r"^\d$", r"^\D$", r"^\w$", r"^\W$", r"^[\d]$", r"^[^\d]$", r"^[\w]$", r"^[\D]$", r"^[\W]$", r"^[^\W]$"]
)
def test_digits_and_words_are_those_of_json_schema(pattern):
    assert [one for one in CHARACTERS if found(pattern, one)] == [
        one for one in CHARACTERS if re.search(pattern, one, ECMA) and one != "\n" * 2
    ]


SPACES = {*"\t\n\v\f\r \xa0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff", *map(chr, range(0x2000, 0x200B))}


@pytest.mark.parametrize(
    ("pattern", "inside"),
    [(r"^\s$", True), (r"^[\s]$", True), (r"^\S$", False), (r"^[\S]$", False), (r"^[^\s]$", False)],
)
def test_spaces_are_those_of_json_schema(pattern, inside):
    assert [one for one in CHARACTERS if found(pattern, one)] == [
        one for one in CHARACTERS if (one in SPACES) is inside
    ]


@pytest.mark.parametrize(
    "pattern",
    [
        "^[CE]\\d{4}-\\d{2}$", "^\\+?[0-9][0-9-]{4,19}$", "^[0-9+() -]{5,20}$", "^([01]\\d|2[0-3]):[0-5]\\d$|^24:00$",
        "^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@x$", "\\S", "[\\s\\S]", "^[\\w-.]+$", "^[\\w.-]+$", "^[[]$", "\\/", "\\:", "\\-", "a|b", "^a{2,3}?$",
        "(?:ab)+", "(a)\\1", "\\u4e2d", "\\x41", "^[\\u4e00-\\u9fff]+$", "^\\.$", "^[\\]\\\\]$", "^[^-]$", "", "^$", "a.b",
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "text",
    ["", "C0101-02", "+86-0738-1", "0738 (1)-", "23:59", "24:00", "a!#`{@x", "　", " ", "w-.", "[", "/", ":", "-", "b", "aa", "abab", "中", "A", "aXb", "a\nb", ".", "]", "\\", "é"],
)  # fmt: skip
def test_a_pattern_means_what_it_means_elsewhere(pattern, text):
    expected = re.search(
        pattern.replace("[[]", "[\\[]").replace("\\w-.", "\\w\\-."),
        text,
        ECMA if "\\S" not in pattern and "\\s" not in pattern else 0,
    )
    assert found(pattern, text) is (expected is not None)


@pytest.mark.parametrize(
    "pattern",
    [
        "(",
        "[",
        "a**",
        "(?=a)",
        "(?<!a)b",
        "(?P<n>a)",
        "\\b",
        "\\q",
        "\\u12",
        "\\x4",
        "[]",
        "x" * 1_001,
        "(a{9000}){9000}",
        "(" * 500,
    ],
)
def test_what_is_not_supported_is_told(pattern):
    assert patterns.wrong(pattern)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [("^(a+)+$", "a" * 100_000 + "b"), ("(a|aa)+$", "a" * 100_000 + "b"), ("(.*)*x", "a" * 100_000)],
)
def test_a_pattern_that_would_run_for_ever_is_stopped(pattern, text):
    assert patterns.wrong(pattern) is None
    with pytest.raises(FeelBudgetExceeded):
        found(pattern, text)
    assert found(pattern, text[:50] + "x") is bool(re.search(pattern, "a" * 20 + "x"))
