from __future__ import annotations

from decimal import Decimal

import pytest

from workflows.feel import parse_expression


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('number("1500.50")', Decimal("1500.50")),
        ('number("-1e3")', -1000),
        ('number("1.000,5", ".", ",")', Decimal("1000.5")),
        ('number("1 000.5", " ", ".")', Decimal("1000.5")),
        ('number(from: "1,5", grouping separator: null, decimal separator: ",")', Decimal("1.5")),
        ("string(1.10)", "1.10"),
        ("string(1e3)", "1000"),
        ("string(0.0000001)", "0.0000001"),
        ('string("a")', "a"),
        ("string(null)", None),
        ("string(true)", "true"),
        ('string([1, "a", null])', '[1, "a", null]'),
        ('string({a: 1, "b c": [true]})', '{a: 1, "b c": [true]}'),
        ("string([1..5))", "[1..5)"),
        ("string((< 5))", "(..5)"),
        ("string((>= 5))", "[5..)"),
        ("range(string((<= 5))) = (<= 5)", True),
        ('string(@"P1DT2H3M4.5S")', "P1DT2H3M4.5S"),
        ('date("2026-03-01")', "2026-03-01"),
        ("date(2026, 3, 1)", "2026-03-01"),
        ('date(date and time("2026-03-01T09:00:00"))', "2026-03-01"),
        ('date(@"2026-03-01")', "2026-03-01"),
        ('time("09:30:00")', "09:30:00"),
        ('time("09:30")', "09:30:00"),
        ("time(9, 30, 1.5)", "09:30:01.5"),
        ('time(9, 30, 0, @"PT8H")', "09:30:00+08:00"),
        ('time(@"09:30:00")', "09:30:00"),
        ('time(@"2026-03-01T09:30:00")', "09:30:00"),
        ('time(@"2026-03-01")', "00:00:00Z"),
        ('date and time("2026-03-01T09:30:00+08:00")', "2026-03-01T09:30:00+08:00"),
        ('date and time("2026-03-01")', "2026-03-01T00:00:00"),
        ('date and time(@"2026-03-01", @"09:30:00")', "2026-03-01T09:30:00"),
        ('date and time(@"2026-03-01T00:00:00Z", "Asia/Shanghai")', "2026-03-01T08:00:00@Asia/Shanghai"),
        ('date and time(@"2026-03-01T00:00:00Z", "+05:30")', "2026-03-01T05:30:00+05:30"),
        ('date and time(@"2026-03-01T00:00:00Z")', "2026-03-01T00:00:00Z"),
        ('duration("P1DT2H")', "P1DT2H"),
        ('duration("P26M")', "P2Y2M"),
        ('duration(@"P1D")', "P1D"),
        ('years and months duration(@"2011-12-22", @"2013-08-24")', "P1Y8M"),
        ('years and months duration(@"2013-08-24", @"2011-12-22")', "-P1Y8M"),
        ('years and months duration(@"2013-08-20", @"2011-12-22")', "-P1Y7M"),
        ('string(range("[18..21)"))', "[18..21)"),
        ('range("(2..5]") = (2..5]', True),
        ('range("(..2)") = (< 2)', True),
        ('range("]..2]") = (<= 2)', True),
        ('range("[2..)") = (>= 2)', True),
        ('range("(2..[") = (> 2)', True),
        ('range("[-2..-1]") = [-2..-1]', True),
        ('range("[\\"a\\"..\\"c\\"]") = ["a".."c"]', True),
        ('range("[duration(\\"P1D\\")..duration(\\"P2D\\")]").end', "P2D"),
        ('range("[@\\"2026-01-01\\"..date(\\"2026-02-01\\")]").end', "2026-02-01"),
        ('context([{key: "a", value: 1}])', {"a": 1}),
        ('context put({a: 1}, "b", 2)', {"a": 1, "b": 2}),
        ('context put({a: {b: 1}}, ["a", "c"], 2)', {"a": {"b": 1, "c": 2}}),
        ('context put({}, ["a", "c"], 2)', {"a": {"c": 2}}),
        ("context merge([{a: 1}, {a: 2, b: 3}])", {"a": 2, "b": 3}),
        ('get value({a: 1}, "a")', 1),
        ('get value({a: {b: 1}}, ["a", "b"])', 1),
        ("get entries({a: 1})", [{"key": "a", "value": 1}]),
    ],
)
def test_conversions(value, text, expected):
    assert value(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        'number("x")',
        'number("")',
        'number("1,5", ",", ",")',
        'number("NaN")',
        'number("Infinity")',
        'number("1_000")',
        "string(count)",
        'date("2026-02-30")',
        "date(2026, 13, 1)",
        'date("2026-3-1")',
        'time("24:00:01")',
        'time("2026-03-01T09:30:00Z")',
        'time("T09:30:00")',
        'date("2026-03-01T09:30:00")',
        'date("2026-03-01Z")',
        'number("1.")',
        'number("+1")',
        'number("1.000,01", ".")',
        "get value({a: 1}, null)",
        'context put({a: 1}, ["a", "b"], 2)',
        "context put({a: 1}, null, 2)",
        'context([{key: "a"}])',
        "time(1, 2, 60)",
        'date and time("2026-03-01T09:00:00@Nowhere/Land")',
        'date and time("2026-03-01T09:00:00@../../etc/passwd")',
        'duration("P1Y1D")',
        'duration("P")',
        'duration("PT")',
        '@"soon"',
        'range("[1..x]")',
        'range("5")',
        'range("")',
        'range("[..]")',
        'range("(..)")',
        'range("[..2]")',
        'range("[2..]")',
        'range("[2..1]")',
        'range("[1 + 1..3]")',
        'range("[null..3]")',
        'range("[true..)")',
        'range("(<= 2)")',
        'range("[1")',
        'range("[1..\\"a\\"]")',
        "context([{key: 1, value: 1}])",
        'context([{key: "a", value: 1}, {key: "a", value: 1}])',
        "context merge([1])",
        "context put({}, [], 1)",
        'get value({a: 1}, "b")',
        'get value({a: 1}, ["a", "b"])',
    ],
)
def test_what_cannot_be_converted_is_null_with_a_warning(result, text):
    evaluated = result(text)
    assert evaluated.value is None
    assert evaluated.warnings


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("get or else(nothing, 5)", 5),
        ("get or else(1, 5)", 1),
        ("is defined(nothing)", False),
        ("is defined(1)", True),
        ("assert(1, true)", 1),
        ('assert(1, false, "原因")', None),
        ('is blank(" \\t")', True),
        ('trim(" a ")', "a"),
        ('extract("a1b22", "[0-9]+")', ["1", "22"]),
        ('last day of month(@"2024-02-10")', "2024-02-29"),
        ('unix timestamp(@"1970-01-02T00:00:00Z")', 86_400_000),
        ("from unix timestamp(86400000)", "1970-01-02T00:00:00Z"),
        ('to json({a: 1, b: [0.10, null, true, "甲\\n"]})', '{"a":1,"b":[0.10,null,true,"甲\\n"]}'),
        ('to json(@"2026-03-01T08:00:00@Asia/Shanghai")', '"2026-03-01T08:00:00@Asia/Shanghai"'),
        ("to json([1..2])", None),
        ("to json(count)", None),
        ('from json("{\\"a\\": [1, 0.1, \\"x\\", null, true]}")', {"a": [1, Decimal("0.1"), "x", None, True]}),
        ("from json(to json({a: {b: 1e3}})).a.b + 0.1", Decimal("1000.1")),
        ('from json("{a: 1}")', None),
        ('from json("NaN")', None),
        ('from json("")', None),
        ('to base64("闭环 FEEL")', "6Zet546vIEZFRUw="),
        ('from base64(to base64("闭环 FEEL"))', "闭环 FEEL"),
        ('from base64("????")', None),
        ('from base64("/w==")', None),
        ("uuid()", None),
        ("random number()", None),
        ("assert(value: 1, condition: true)", 1),
        ("get or else(value: null, default: 1)", 1),
        ('get value(context: {a: 1}, key: "a")', 1),
        ("get entries(context: {a: 1})[1].key", "a"),
        ("is empty([])", True),
        ("partition([1, 2, 3], 2)", [[1, 2], [3]]),
        ("partition([1], 0)", None),
        ("duplicate values([1, 2, 1, null, null])", [1, None]),
        ("not(true)", False),
        ("not(null)", None),
        ("is(1, 1.0)", True),
        ('is(@"10:00:00Z", @"11:00:00+01:00")', False),
        ('is(time("23:00:50z"), time("23:00:50+00:00"))', True),
        ('is(time("23:00:50z"), time("23:00:50"))', False),
        ('is(date("2012-12-25"), time("23:00:50"))', False),
        ("is([1], [true])", False),
        ("is([1, {a: 2}], [1, {a: 2.0}])", True),
        ("is({a: 1}, {b: 1})", False),
        ("is(null, null)", True),
        ("is(value1: null)", True),
        ("is(value2: 1)", False),
        ("is(1)", None),
    ],
)
def test_additions_of_camunda_and_the_rest(value, text, expected):
    assert value(text) == expected


def test_a_failed_assertion_says_its_cause():
    (warning,) = parse_expression('assert(1, 1 > 2, "金额不足")').evaluate({}).warnings
    assert "金额不足" in warning.text


def test_json_that_nests_without_end_is_no_value():
    result = parse_expression("from json(text)").evaluate({"text": "[" * 100_000})
    assert result.value is None
    assert result.warnings


def test_a_function_of_chance_says_why_there_is_none():
    for text in ("uuid()", "random number()"):
        (warning,) = parse_expression(text).evaluate({}).warnings
        assert "chance" in warning.text
