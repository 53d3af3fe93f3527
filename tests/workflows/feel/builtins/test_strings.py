from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('substring("foobar", 3)', "obar"),
        ('string join(list: ["a", "b"], suffix: "!")', "ab!"),
        ('replace("abcdefghijklX", "(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)(k)(l)X", "$12$1")', "la"),
        ('replace("aXbX", "(X)|(Y)", "<$2>")', "a<>b<>"),
        ('substring("foobar", 3, 3)', "oba"),
        ('substring("foobar", -2, 1)', "a"),
        ('substring("foobar", 3, 4)', "obar"),
        ('substring("\\U01F40Eab", 2)', "ab"),
        ('substring(string: "foobar", start position: 3)', "obar"),
        ('string length("娄底🐎")', 3),
        ('upper case("aBc4")', "ABC4"),
        ('lower case("aBc4")', "abc4"),
        ('substring before("foobar", "bar")', "foo"),
        ('substring before("foobar", "xyz")', ""),
        ('substring before("foobar", "")', ""),
        ('substring after("foobar", "ob")', "ar"),
        ('substring after("foobar", "x")', ""),
        ('substring after("foobar", "")', "foobar"),
        ('contains("foobar", "oba")', True),
        ('starts with("foobar", "fo")', True),
        ('ends with("foobar", "r")', True),
        ('replace("0123456789", "(\\d{3})(\\d{3})(\\d{4})", "($1) $2-$3")', "(012) 345-6789"),
        ('replace("abc", "b", "[$0]")', "a[b]c"),
        ('replace("abc", "b", "\\\\$")', "a$c"),
        ('replace("a.c", ".", "-", "q")', "a-c"),
        ('replace("a1", "(a)", "$12")', "a21"),
        ('matches("13812345678", "^1[3-9]\\d{9}$")', True),
        ('split("a;b;;", ";")', ["a", "b", "", ""]),
        ('split("", ";")', [""]),
        ('string join(["a", null, "c"], "-")', "a-c"),
        ('string join(["a", "b"])', "ab"),
        ('string join(["a", "b"], ", ", "[", "]")', "[a, b]"),
        ("string join([])", ""),
        ('string join("a")', "a"),
    ],
)
def test_functions_over_strings(value, text, expected):
    assert value(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        'substring("a", 0)',
        'substring("a", 3)',
        'substring("a", 1, 0)',
        'substring("a", 1.5)',
        "string length(1)",
        "upper case(null)",
        'matches("a", "[a")',
        'matches("a", "a", "z")',
        'replace("a", "a*", "b")',
        'replace("a", "a", "$")',
        'replace("a", "a", "\\\\n")',
        'split("a", "")',
        'split("a", "x*")',
        'string join([1, 2], "")',
    ],
)
def test_wrong_arguments_are_null_with_a_warning(result, text):
    evaluated = result(text)
    assert evaluated.value is None
    assert len(evaluated.warnings) == 1
