from __future__ import annotations

import pytest

from workflows.feel import FeelSyntaxError, parse_expression

SCOPE = {
    "xs": [1, 2.5, 3],
    "rows": [{"name": "甲", "n": 1}, {"name": "乙", "n": 2}, {"n": 3}],
    "one": {"a": {"b": 7}},
    "item": "outer",
    "n": 100,
    "date": "a variable",
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("if 1 < 2 then 1 else 2", 1),
        ("if null then 1 else 2", 2),
        ("if 5 then 1 else 2", 2),
        ("for i in 1..3 return i * i", [1, 4, 9]),
        ("for i in 3..1 return i", [3, 2, 1]),
        ("for i in -1..1 return i", [-1, 0, 1]),
        ("for i in (1..3) return i", [2]),
        ("for i in [1..3] return i", [1, 2, 3]),
        ("for i in 1..2, j in i..2 return [i, j]", [[1, 1], [1, 2], [2, 2]]),
        ("for i in [] return i", []),
        ("for i in 5 return i + 1", [6]),
        ("for i in 0..4 return if i = 0 then 1 else i * partial[-1]", [1, 1, 2, 6, 24]),
        ("for i in 1..3 return count(partial)", [0, 1, 2]),
        ("for i in 1..2 return for j in 1..2 return count(partial)", [[0, 1], [0, 1]]),
        ('for d in @"2026-02-27"..@"2026-03-01" return d.day', [27, 28, 1]),
        ('for d in [@"2026-02-27"..@"2026-03-01") return d.day', [27, 28]),
        ('for d in @"2026-01-02"..@"2026-01-01" return d.day', [2, 1]),
        ("(for i in 1..3 return function(x) x + i)[2](10)", 12),
        ("some i in xs satisfies i > 2", True),
        ("some i in [] satisfies true", False),
        ("every i in xs satisfies i > 1", False),
        ("every i in [] satisfies false", True),
        ("every i in [1, null] satisfies i > 0", None),
        ("some i in [null, 1] satisfies i > 0", True),
        ("some i in [1, 2], j in [2, 3] satisfies i = j", True),
        ("some x in xs satisfies x", None),
    ],
)
def test_choices_and_iterations(value, text, expected):
    assert value(text, SCOPE) == expected


@pytest.mark.parametrize(
    "text",
    [
        "for i in null return i",
        "every i in null satisfies true",
        'for i in "a".."c" return i',
        'for i in ["a".."c"] return i',
        "for i in 1.5..3 return i",
        "for i in [3..1] return i",
        "for i in (< 3) return i",
    ],
)
def test_what_cannot_be_iterated_is_null_with_a_warning(result, text):
    evaluated = result(text)
    assert evaluated.value is None
    assert evaluated.warnings


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("xs[1]", 1),
        ("xs[-1]", 3),
        ("xs[count(xs)]", 3),
        ("xs[one.a.b - 5]", 2.5),
        ("xs[item > 2]", [2.5, 3]),
        ("xs[true]", [1, 2.5, 3]),
        ("xs[false]", []),
        ("xs[null]", []),
        ("rows[n > 1].n", [2, 3]),
        ("rows[item.n = 2].name", ["乙"]),
        ("rows[name = null].n", [3]),
        ("rows[n = 1][1].name", "甲"),
        ("rows.n", [1, 2, 3]),
        ("rows.name", ["甲", "乙", None]),
        ("xs[item < n]", [1, 2.5, 3]),
        ("rows[some x in xs satisfies x = n].n", [1, 3]),
        ("[{item: 1}, {item: 2}][item >= 2]", [{"item": 2}]),
        ("[[1], [2, 3]][count(item) > 1]", [[2, 3]]),
        ("one[a.b = 7].a.b", [7]),
        ("n[1]", 100),
        ("n[item > 5]", [100]),
        ("null[1]", None),
        ("null[true]", []),
        ("item", "outer"),
        ("one.a.b", 7),
        ("[[{a: 1}], [{a: 2}]].a", [[1], [2]]),
        ("{a: 1, b: a + 1, c: {d: b + n}}.c.d", 102),
        ("{n: 1, r: n}.r", 1),
        ("{n: n + 1}.n", 101),
        ('{"a b": 1}', {"a b": 1}),
    ],
)
def test_lists_contexts_filters_and_paths(value, text, expected):
    assert value(text, SCOPE) == expected


@pytest.mark.parametrize(
    "text", ["xs[0]", "xs[4]", "xs[1.5]", 'xs["a"]', "one.nothing", "null.a", "n.a", "{a: 1, a: 2}", "[1][item()]"]
)
def test_what_is_not_there_is_null_with_a_warning(result, text):
    evaluated = result(text, SCOPE)
    assert evaluated.value in (None, [])
    assert evaluated.warnings


def test_foreign_values_are_left_out_of_what_a_filter_chooses(result):
    evaluated = result("count(xs[item > 0])", {"xs": [1, object(), 2]})
    assert evaluated.value == 2
    assert evaluated.warnings


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
def test_functions(value, text, expected):
    assert value(text, SCOPE) == expected


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
def test_a_call_that_does_not_fit_is_null_with_a_warning(result, text):
    evaluated = result(text, SCOPE)
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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 instance of number", True),
        ("true instance of number", False),
        ("null instance of Any", False),
        ("null instance of Null", True),
        ("[1, null] instance of list<number>", True),
        ('[1, "a"] instance of list<number>', False),
        ("[] instance of list<Any>", True),
        ("123 instance of list", False),
        ("[1] instance of list", True),
        ("{a: 1} instance of context", True),
        ("[1..2] instance of range", True),
        ("(function(x: number, y: number) x + y) instance of function<number, number>->number", True),
        ("(function(x: string) x + 1) instance of function<string>->string", False),
        ('(function(x: string) x + "!" + x) instance of function<string>->string', True),
        ("(function(x: number) x > 1 and x < 3) instance of function<number>->boolean", True),
        ("(function(x: number) if x > 1 then -x else 0) instance of function<number>->number", True),
        ('(function(x: number) if x > 1 then "a" else 0) instance of function<number>->number', False),
        ("(function(x: number) [x..9]) instance of function<number>->range<number>", True),
        (
            "(function(x: number) function(y: number) x + y) instance of function<number>->function<number>->number",
            True,
        ),
        ("(function(x) x) instance of function<Any>->number", False),
        ("{a: 1, b: 2} instance of context<a: number>", True),
        ("{a: 1} instance of context<a: number, b: number>", False),
        ("[1..2] instance of range<number>", True),
        ('["a".."b"] instance of range<number>', False),
        ('@"P1D" instance of days and time duration', True),
        ('@"P1Y" instance of days and time duration', False),
        ('@"2026-03-01T00:00:00" instance of date and time and true', True),
        ("(function(a: number) 1) instance of function<number>->number", True),
        ("(function(a: number) 1) instance of function<string>->number", False),
        ("(function() null) instance of function<>->string", True),
        ("count instance of function<list>->Any", True),
        ("[[1]] instance of list<list<number>>", True),
        ("(function() [1, 2]) instance of function<>->list<number>", True),
        ("(function() {a: null}) instance of function<>->context<a: string>", True),
        ("(function(f: range<number>) 1) instance of function<range<number>>->Any", True),
        ("(function() 1 + 1) instance of function<>->Any", True),
    ],
)
def test_instance_of(value, text, expected):
    assert value(text) is expected


@pytest.mark.parametrize("text", ["1 instance of tUnknown", "function(x: list<model.tOwn>) x"])
def test_a_type_that_nobody_defined_is_an_error_that_names_it(text):
    with pytest.raises(FeelSyntaxError, match=r"tUnknown|model\.tOwn"):
        parse_expression(text)
