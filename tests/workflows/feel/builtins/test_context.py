from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('context([{key: "a", value: 1}])', {"a": 1}),
        ('context put({a: 1}, "b", 2)', {"a": 1, "b": 2}),
        ('context put({a: {b: 1}}, ["a", "c"], 2)', {"a": {"b": 1, "c": 2}}),
        ('context put({}, ["a", "c"], 2)', {"a": {"c": 2}}),
        ("context merge([{a: 1}, {a: 2, b: 3}])", {"a": 2, "b": 3}),
        ('get value({a: 1}, "a")', 1),
        ('get value({a: {b: 1}}, ["a", "b"])', 1),
        ("get entries({a: 1})", [{"key": "a", "value": 1}]),
        ('get value(context: {a: 1}, key: "a")', 1),
        ("get entries(context: {a: 1})[1].key", "a"),
    ],
)
def test_functions_over_contexts(value, text, expected):
    assert value(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "get value({a: 1}, null)",
        'context put({a: 1}, ["a", "b"], 2)',
        "context put({a: 1}, null, 2)",
        'context([{key: "a"}])',
        "context([{key: 1, value: 1}])",
        'context([{key: "a", value: 1}, {key: "a", value: 1}])',
        "context merge([1])",
        "context put({}, [], 1)",
        'get value({a: 1}, "b")',
        'get value({a: 1}, ["a", "b"])',
    ],
)
def test_wrong_arguments_are_null_with_a_warning(result, text):
    evaluated = result(text)
    assert evaluated.value is None
    assert evaluated.warnings
