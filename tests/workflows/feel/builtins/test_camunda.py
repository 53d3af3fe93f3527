from __future__ import annotations

from decimal import Decimal

import pytest

from workflows.feel import parse_expression


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
        ("duplicate values([1, 2, 1, null, null])", [1, None]),
    ],
)
def test_what_camunda_adds(value, text, expected):
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
