from __future__ import annotations

import pytest

from workflows.feel import FeelSyntaxError, parse_expression, parse_unary_tests


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("10 - 4 - 3", 3),
        ("100 / 10 / 5", 2),
        ("-3 ** 2", 9),
        ("2 ** 3 ** 2", 64),
        ("--1", 1),
        ("- (1)", -1),
        ("1 + 1 = 2 and 2 > 1", True),
        ("true or false and false", True),
        ("1 < 2 = true", True),
        ("not(true) or true", True),
        ("5 between 1 and 10 and true", True),
        ("if true then 1 else 2 + 10", 1),
        ("(if false then 1 else 2) + 10", 12),
        ("1 + 2 instance of number", None),
        ("(1 + 2) instance of number", True),
        ("[1..3].start + 1", 2),
        ("]1..3].start included", False),
        ("[1..3[.end included", False),
        ("1 in (2..4)", False),
        ("3 in (2..4)", True),
        ("3 in (1, [2..4])", True),
        ("3 in [2..4] and true", True),
        ("3 in ([1, 3])[2]", True),
        ("3 in ({a: 3}).a", True),
        ("for x in [1, 2], y in [x, 10] return x * y", [1, 10, 4, 20]),
        ("{a: {b: 1}}.a.b", 1),
        ("[[1, 2], [3]][1][2]", 2),
        ("(function(x) function(y) x - y)(5)(2)", 3),
        ("{}", {}),
        ("[]", []),
        # A comparison with one end is a range (rule 7).
        ("(> 5).start", 5),
        ("{r: <= 5}.r.end included", True),
        ("before(1, > 5)", True),
        ("[1, 3, 7][item in [< 2, > 5]]", [1, 7]),
        ("[1, 3, 7][item in (< 2, > 5)]", [1, 7]),
        ("(= 5) = [5..5]", True),
        ("(< 5) = (< 5)", True),
        ("(< 5) = (<= 5)", False),
        ("(> 2 + 3).start", 5),
    ],
)
def test_operators_bind_as_the_grammar_says(result, text, expected):
    assert result(text).value == expected


@pytest.mark.parametrize(
    ("text", "names", "scope", "expected"),
    [
        ("monthly salary + 1", ["monthly salary"], {"monthly salary": 2}, 3),
        ("monthly   salary + 1", ["monthly salary"], {"monthly salary": 2}, 3),
        ("`monthly salary` + 1", [], {"monthly salary": 2}, 3),
        ("月薪 * 12", [], {"月薪": 2}, 24),
        ("`立案 时间`", [], {"立案 时间": 5}, 5),
        ("a-b", [], {"a": 5, "b": 3}, 2),
        ("a-b", ["a-b"], {"a": 5, "b": 3, "a-b": 7}, 7),
        ("profit+loss * 2", ["profit+loss"], {"profit+loss": 4}, 8),
        ("Jean's car", ["Jean's car"], {"Jean's car": 1}, 1),
        ("days in month + 1", ["days in month"], {"days in month": 30}, 31),
        ("date and place", ["date and place"], {"date and place": 1}, 1),
        ("Decision 2 + 1", ["Decision 2", "Decision"], {"Decision 2": 4}, 5),
        ("loan.monthly payment + 1", [], {"loan": {"monthly payment": 4}}, 5),
        ("{`立案 时间`: 1}.`立案 时间`", [], {}, 1),
        ("loan.`in arrears`", [], {"loan": {"in arrears": True}}, True),
        ("xs[unit price > 1].unit price", [], {"xs": [{"unit price": 1}, {"unit price": 2}]}, [2]),
        ("{first name: 1, b: first name + 1}.b", [], {}, 2),
        ("{foo+bar: 1, b: foo+bar + 1}.b", [], {}, 2),
        ("{a**b: 1, b: a**b + 1}.b", [], {}, 2),
        ("{what if?: 1, b: what if? + 1}.b", [], {}, 2),
        ("{in stock: 1, b: in stock + 1}.b", [], {}, 2),
        ("{Jean’s: 1, b: Jean’s + 1}.b", [], {}, 2),
        ("{a.b/c 1: 1, b: a.b/c 1 + 1}.b", [], {}, 2),
        ("(function(a.b) a.b)(a.b: 1)", [], {}, 1),
        ("(function(a and b) a and b)(a and b: true)", [], {}, True),
        ("for a-b in [1, 2] return a-b + 1", [], {}, [2, 3]),
        ("(a)-(b)", ["a-b"], {"a": 5, "b": 3, "a-b": 7}, 2),
        ("a - b", ["a-b"], {"a": 5, "b": 3, "a-b": 7}, 7),
        ('{"a key": 1}.a key', [], {}, 1),
        ("for a b in [1, 2] return a b + 1", [], {}, [2, 3]),
        ("some a b in [1, 2] satisfies a b > 1", [], {}, True),
        ("(function(a b, c) a b - c)(3, 1)", [], {}, 2),
        ("(function(a b, c) a b - c)(c: 1, a b: 3)", [], {}, 2),
        ("date", [], {"date": 1}, 1),
        ("if_x", [], {"if_x": 1}, 1),
    ],
)
def test_names_are_found_whatever_they_are_made_of(result, text, names, scope, expected):
    assert result(text, scope, names).value == expected


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('amount > 10 and status = "x"', {"amount", "status"}),
        ("case.priority + 1", {"case"}),
        ("for i in xs return i + y", {"xs", "y"}),
        ("xs[item > limit]", {"xs", "limit"}),
        ("{a: 1, b: a + c}", {"c"}),
        ("{a: a + 1}", {"a"}),
        ("(function(p) p + q)(1)", {"q"}),
        ("sum(xs) + mine(1)", {"xs", "mine"}),
        ('date + date("2026-01-01")', {"date"}),
        ("1 + 2", set()),
    ],
)
def test_an_expression_tells_which_variables_it_reads(text, names):
    assert parse_expression(text).names == names


@pytest.mark.parametrize(
    ("text", "column", "told"),
    [
        ("", 1, "表达式"),
        ("1 +", 4, "a value"),
        ("1 + * 2", 5, "a value"),
        ("(1", 3, ")"),
        ("[1, 2", 6, "]"),
        ("{a 1}", 5, ":"),
        ("{a: 1", 6, "}"),
        ("if true then 1", 15, "else"),
        ("if true 1", 9, "then"),
        ("for i in [1] i", 14, "return"),
        ("some i in [1] return i", 15, "satisfies"),
        ("for in [1] return 1", 8, "in"),
        ("x between 1", 12, "and"),
        ("1 2", 3, "an operator"),
        ("amount greater 10", 8, "`amount greater`"),
        ("a == 1", 4, "一个 ="),
        ("a <> 1", 4, "!="),
        ("x.", 3, "a name"),
        ("f(a: 1, 2)", 9, "name:"),
        ("1 instance of", 14, "number"),
        ("[1..2", 6, "] ) ["),
        ("(!= 1)", 2, "!="),
        ("function(a) external {}", 13, "external"),
        ("then", 1, "a value"),
        ("= amount > 10", 1, "leading ="),
        ("xs[> 5]", 4, "a value"),
        ("if > 5 then 1 else 2", 4, "a value"),
        ("{a: != 5}", 5, "!="),
        ("status = 'ok'", 10, "double quotes"),
        ("a || b", 3, "write or"),
        ("x instance of context<1: number>", 23, "a name"),
        ("f(1:2)", 3, "a name"),
        ("true(", 6, "a value"),
        ("1 in 2..3", 7, "an operator"),
        ("for 1 in xs return 1", 5, "a name"),
    ],
)
def test_a_syntax_error_tells_where_and_what_was_expected(text, column, told):
    with pytest.raises(FeelSyntaxError) as caught:
        parse_expression(text)
    assert (caught.value.line, caught.value.column) == (1, column)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 10_000,
        "[" * 10_000,
        "{a:" * 5_000,
        "-" * 10_000 + "1",
        "not(" * 5_000,
        "function() " * 2_000 + "1",
        "if true then " * 2_000,
        "1 in (" * 4_000,
        "x" + ".a" * 10_000,
        "x" + "[1]" * 8_000,
        "x" + "()" * 8_000,
        "1" + " = 1" * 5_000,
        "1 instance of " + "list<" * 4_000,
        "for " + ", ".join(f"i{n} in 1..2" for n in range(2_000)) + " return 1",
    ],
)
def test_deep_nesting_is_a_syntax_error(text):
    with pytest.raises(FeelSyntaxError, match="nested too deeply"):
        parse_expression(text)


def test_long_sums_and_conditions_nest_nothing(value):
    assert value("1" + " + 1" * 5_000) == 5_001
    assert value("true" + " and true" * 2_000) is True


@pytest.mark.parametrize(
    ("text", "passing", "failing"),
    [
        ("-", [1, None, "x"], []),
        ("", [1, None], []),
        ("5", [5], [4]),
        ("-5", [-5], [5]),
        ('"a", "b"', ["a", "b"], ["c"]),
        ('not("a", "b")', ["c"], ["a", "b"]),
        ("< 5", [4], [5]),
        (">= 5, < 0", [5, -1], [3]),
        ("!= 5", [4], [5]),
        ("= 5", [5], [4]),
        ("[1..5]", [1, 5], [0, 6]),
        ("(1..5)", [2], [1, 5]),
        ("]1..5[", [2], [1, 5]),
        ("not([1..5], 9)", [0], [1, 9]),
        ("true", [True], [False, 1, "true", None]),
        ("not(true)", [False], [True, 1]),
        ("null, 5", [None, 5], [1]),
        ("not(null)", [1, "a"], [None]),
        ("not(< 5)", [5], [4, None]),
        ("[< 2, > 5]", [1, 6], [3]),
        ("(> 5)", [6], [5]),
        ("some x in ? satisfies x > 1", [[1, 2]], [[1], []]),
        ("? between 1 and limit", [1, 7], [8]),
        ("null", [None], [1]),
        ("? > 3 and ? < 6", [4], [3, 6]),
        ("even(?)", [4], [3]),
        ("not(? > 3)", [2], [4]),
        ("not(? > 3) or ? = 9", [2, 9], [4]),
        ('[1, 2], "x"', [1, 2, "x", [1, 2]], [3]),
        ('date("2026-01-01")', [], [1]),
        ("limit", [7], [8]),
        ("limit > 5", [1, "any"], []),
        ("? in (1, 2)", [1], [3]),
        ('contains(?, "路")', ["长青路"], ["街"]),
    ],
)
def test_unary_tests_pass_what_they_name(text, passing, failing):
    tests = parse_unary_tests(text)
    scope = {"limit": 7}
    assert [tests.evaluate(scope, input=each).value for each in passing] == [True] * len(passing)
    assert not any(tests.evaluate(scope, input=each).value for each in failing)


@pytest.mark.parametrize("text", ["not(1, 2", "1,", "< ", "- 1 2", "not()"])
def test_unary_tests_that_cannot_be_read_are_syntax_errors(text):
    with pytest.raises(FeelSyntaxError):
        parse_unary_tests(text)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("金额 => 100", ">="),
        ("金额 =< 100", "<="),
        ("金额 == 100", "一个 ="),
        ("金额 <> 100", "!="),
        ("a && b", "and"),
        ("a || b", "or"),
        ("!a", "not("),
        ("not a", "not("),
        ("a AND b", "and"),
        ("a is null", "x = null"),
        ("金额 大于 100", "写作 >"),
        ("状态 是 已办结", "写作 ="),
        ("a 并且 b", "写作 and"),
        ("如果 a 那么 b 否则 c", "if 条件 then"),
        ("非 a", "not("),
        ('a like "x"', "contains"),
        ("a instanceof number", "instance of"),
        ("a ? 1 : 2", "if 条件 then"),
        ("case when a then b", "if 条件 then"),
        ("if (a) { 1 } else { 2 }", "if 条件 then"),
        ("x -> x + 1", "function(x)"),
        ("a += 1", "赋值"),
        ("[1, 2, ]", "最后的逗号"),
        ("{a: 1, }", "最后的逗号"),
        ("sum(1, 2, )", "最后的逗号"),
        ("function(a, ) a", "最后的逗号"),
        ("(1 + 2", "第 1 行第 1 列的 ("),
        ("[1,\n 2", "第 1 行第 1 列的 ["),
        ("sum(1", "第 1 行第 4 列的 ("),
        ("1 + 2)", "多了一个括号"),
        ("1.000,5", "小数点"),
        ("10,000", "小数点"),
        ("100元", "单位"),
        ("5%", "小数"),
        ("金额 ≥ 100", ">="),
        ("金额 ≠ 100", "!="),
        ("金额＞100", "半角符号 >"),
        ("（1 + 2）", "半角符号 ("),
        ("金额 > １００", "半角符号 1"),
        ("「办结」", '半角符号 "'),
        ("状态 = “办结”", '半角符号 "'),
        ("状态 = '办结'", "双引号"),
        ("{a = 1}", "冒号"),
        ("a in {1, 2}", "列表用 [1, 2]"),
        ("for (x in xs) return x", "不加括号"),
        ("for x in xs x", "return 值"),
        ("some x in xs x > 1", "satisfies 条件"),
        ("else", "`else`"),
        ("xs[> 5]", "item > 5"),
        ("1 in 2..3", "[1..5]"),
        ("2026-01-01", "减法"),
        ("date(2026-01-01)", "减法"),
        ("amount > 2026-01-01", "减法"),
    ],
)
def test_a_usual_slip_is_met_with_what_is_right(text, hint):
    with pytest.raises(FeelSyntaxError) as caught:
        parse_expression(text)
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ('"a"，"b"', "半角符号 ,"),
        ('"a"、"b"', "半角逗号"),
        ('"a", ', "最后的逗号"),
        ("> 100 and < 200", "? > 1 and ? < 5"),
        ("100~200", "[1..5]"),
        ("1..5", "[1..5]"),
        ("(1, 2)", "不加括号"),
        ('not "a"', "not("),
        ("==5", "一个 ="),
        (">= 2026-01-01", "减法"),
    ],
)
def test_a_usual_slip_in_a_cell_is_met_with_what_is_right(text, hint):
    with pytest.raises(FeelSyntaxError) as caught:
        parse_unary_tests(text)
    assert hint in caught.value.hint


def test_what_looks_like_a_slip_and_is_none_stays(value):
    assert value("2026 - 01 - 01") == 2024
    assert value("2026-13-01") == 2012
    assert value("[[1], ]2..3]][2].start included") is False
    assert value("case-2026-01-01", {"case-2026-01-01": 5}, ["case-2026-01-01"]) == 5
