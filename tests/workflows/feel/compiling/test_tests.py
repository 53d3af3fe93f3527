from __future__ import annotations

import pytest

from workflows.feel import parse_unary_tests


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 in 1", True),
        ("1 in (2, 3, 1)", True),
        ("1 in [2, 3]", False),
        ("1 in [[2..4], [0..1]]", True),
        ("1 in (< 2)", True),
        ("3 in < 2", False),
        ("1 in != 1", False),
        ('"b" in ("a", ["b".."c"])', True),
        ("[1, 2] in [[1, 2], 3]", True),
        ("[1, 2] in [1, 2]", True),
        ("[1..2] in [[1..2]]", True),
        ('true in [1, "a"]', False),
        ("null in [1, null]", True),
        ("null in [1..5]", None),
        ("0 in (true)", None),
        ("0 in (1 < 2)", True),
        ("1 in (? + 0 = 1)", True),
        ("(1 in (? = 1)) and (2 in (? = 2))", True),
        ('@"2026-03-01" in [@"2026-02-01"..@"2026-04-01"]', True),
        ("5 in limits", True),
        ("{a: 1} in [{a: 1.0}]", True),
    ],
)
def test_in(value, text, expected):
    assert value(text, {"limits": [[0, 0], 5]}) is expected


@pytest.mark.parametrize(
    ("text", "input"), [("? + 1", 1), ("[null..5]", 1), ("> 1", "a"), ("5", "5"), ("not(5)", "5"), ("? > 1", "a")]
)
def test_a_test_of_another_type_is_null(text, input):
    assert parse_unary_tests(text).evaluate({}, input=input).value is None


def test_the_question_mark_is_the_input_also_inside_filters_and_functions():
    scope = {"xs": [1, 5]}
    assert parse_unary_tests("count(xs[item = ?]) = 1").evaluate(scope, input=5).value is True
    assert parse_unary_tests("some x in xs satisfies x = ?").evaluate(scope, input=4).value is False
    assert parse_unary_tests("?.a = 1").evaluate(scope, input={"a": 1}).value is True
