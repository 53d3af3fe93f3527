from __future__ import annotations

from decimal import Decimal

import pytest

from workflows.feel import FeelSyntaxError, parse_expression
from workflows.feel.tokens import MAX_TEXT, Kind, tokenize


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1", 1),
        ("1.50", Decimal("1.50")),
        (".5", Decimal("0.5")),
        ("1e3", 1000),
        ("12.5E-1", Decimal("1.25")),
        ("0.1234567890123456789012345678901234567", Decimal("0.1234567890123456789012345678901235")),
        ('"甲\\n乙\\t\\"丙\\" \\\\"', '甲\n乙\t"丙" \\'),
        (r'"\u4e2d\U01F40E"', "中🐎"),
        (r'"\uD83D\uDC0E"', "🐎"),
        (r'"\uD83D"', "\ufffd"),
        (r'"\U110000"', r"\U110000"),
        (r'"\d+\s"', r"\d+\s"),
        ('"two\nlines"', "two\nlines"),
        ("1 // to the end\n + 1 /* and \n between */", 2),
        ('"/* no comment */"', "/* no comment */"),
        ("\ufeff1\u200b +\u00a01", 2),
        ("{a\u180eb: 1, c\u1680d: a b}.c d", 1),
        ("1\u0085+\u2028\u20291\u202f+\u205f\u30001", 3),
        ("1E+2", 100),
        (".5e-2", Decimal("0.005")),
        ("007", 7),
        ("1 /* a /* b */ + 1", 2),
        (r'"\'\q"', "'\\q"),
    ],
)
def test_literals_and_comments_mean_what_the_standard_says(value, text, expected):
    assert value(text) == expected


def test_positions_count_lines_and_columns_from_one():
    assert [(token.text, *token.at[:2]) for token in tokenize("a +\n  b")] == [
        ("a", 1, 1),
        ("+", 1, 3),
        ("b", 2, 3),
        ("", 2, 4),
    ]


@pytest.mark.parametrize(
    ("text", "line", "column", "hint"),
    [
        ("1；2", 1, 2, "半角符号 ;"),
        ("a，b", 1, 2, "半角符号 ,"),
        ("“甲”", 1, 1, '半角符号 "'),
        ("1 +\n &", 2, 2, "and"),
        ('x = "open', 1, 5, "引号"),
        ("1 /* open", 1, 3, "*/"),
        ("`open", 1, 1, "反引号"),
        ("${x}", 1, 1, "变量"),
        ("5 % 2", 1, 3, "modulo"),
        ("\0", 1, 1, ""),
        ("a\ud800", 1, 2, ""),
    ],
)
def test_an_unknown_character_is_named_with_its_place_and_a_hint(text, line, column, hint):
    with pytest.raises(FeelSyntaxError) as caught:
        parse_expression(text)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert hint in caught.value.hint
    assert str(caught.value).encode()


def test_a_number_too_large_for_decimal128_is_refused():
    with pytest.raises(FeelSyntaxError, match="out of range"):
        parse_expression("1e7000")


def test_a_text_beyond_the_limit_is_refused_at_once():
    with pytest.raises(FeelSyntaxError, match="too long"):
        parse_expression("1+" * MAX_TEXT)


def test_full_width_letters_and_chinese_are_names():
    assert [token.kind for token in tokenize("月薪 Ａ１ 〇")][:-1] == [Kind.WORD] * 3
