from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(function(a, b) a - b)(5, 3)", 2),
        ("(function(a, b) a - b)(b: 5, a: 3)", -2),
        ("(function(a, b) [a, b])(b: 5)", [None, 5]),
        ("(function(a, b) a)(b: null)", None),
        ("{f: function(a) a + n, n: 1, r: f(1)}.r", 101),
        ("{double: function(x) x * 2, r: for i in xs return double(i)}.r", [2, 5, 6]),
        ("(function(a: number) a + 1)([5])", 6),
        ("(function(a: list<number>) count(a))(5)", 1),
        ('(function(a: date and time) a.hour)(@"2026-03-01")', 0),
        ("(function(f) f(4))(sqrt)", 2),
        ("(function(f: function<number>->number) f(4))(function(x: number) x * 2)", 8),
        ("(function(f: function<number>->number) f(4))(function(x: string) x)", None),
        ("{abs: function(x) 7, r: abs(-1)}.r", 7),
        ('date("2026-03-01").day', 1),
        ("{sum: 5, r: sum([1, 2])}.r", 3),
        ("sort([3, 1, 2], function(a, b) a > b)", [3, 2, 1]),
    ],
)
def test_functions(value, scope, text, expected):
    assert value(text, scope) == expected


@pytest.mark.parametrize(
    "text",
    [
        "nothing(1)",
        "1(2)",
        'date.x("2026")',
        "(function(a) a)(1, 2)",
        "(function(a) a)()",
        "(function(a) a)(b: 1)",
        '(function(a: number) a)("x")',
        "substring()",
        "substring(text: 1)",
        'substring(string: "a", nothing: 1)',
    ],
)
def test_a_call_that_does_not_fit_is_null_with_a_warning(result, scope, text):
    evaluated = result(text, scope)
    assert evaluated.value is None
    assert evaluated.warnings


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("time(10.5, 0, 0)", "参数 hour 应为整数"),
        ("before(1)", "point1、point2 或 (or) point、range"),
        ("abs(true)", "参数 n 应为 (should be) number，得到 (got) 布尔 boolean"),
        ("date(1, 2)", "from 或 (or) year、month、day"),
        ("now(1)", "无 (none)"),
        ("substring(text: 1)", "string、start position、length?"),
        ("{a: 1}.b", "上下文里没有 b"),
        ("[1, 2][5]", "共 2 项"),
        ('1 + "a"', "数 number + 字符串 string"),
        ("TRUE", "应写作 true"),
    ],
)
def test_a_warning_says_what_did_not_fit(result, text, told):
    (warning,) = result(text).warnings
    assert told in warning.text
