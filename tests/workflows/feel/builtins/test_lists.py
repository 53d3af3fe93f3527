from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.feel import parse_expression


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("list contains([1, 2, null], null)", True),
        ("list contains([1, 2], 2.0)", True),
        ('list contains(["1"], 1)', False),
        ("count([1, null])", 2),
        ("count(1)", 1),
        ("count([1, [2, 3]])", 2),
        ("count([])", 0),
        ("min([3, 1, 2])", 1),
        ('max("a", "c", "b")', "c"),
        ('max([@"2026-01-01", @"2026-02-01"])', "2026-02-01"),
        ("min([])", None),
        ("sum([1, 2.5])", Decimal("3.5")),
        ("sum([])", None),
        ("mean(1, 2, 3)", 2),
        ("product([2, 3, 4])", 24),
        ("median([8, 2, 5, 3, 4])", 4),
        ("median([6, 1, 2, 3])", Decimal("2.5")),
        ("stddev([2, 4, 7, 5])", Decimal("2.081665999466132735282297706979931")),
        ("mode([6, 3, 9, 6, 6])", [6]),
        ("mode([6, 1, 9, 6, 1])", [1, 6]),
        ("mode([])", []),
        ("median([])", None),
        ("product([])", None),
        ("all([true, true])", True),
        ("all([true, null])", None),
        ("all([false, null])", False),
        ("any([false, null])", None),
        ("any([true, 1])", True),
        ("any([])", False),
        ("sublist([4, 5, 6], 2)", [5, 6]),
        ("sublist([4, 5, 6], -2, 1)", [5]),
        ("append([1], 2, 3)", [1, 2, 3]),
        ("append(1, [2])", [1, [2]]),
        ("concatenate([1], [2, 3], 4)", [1, 2, 3, 4]),
        ("insert before([1, 3], 2, 2)", [1, 2, 3]),
        ("insert before([1, 3], -1, 2)", [1, 2, 3]),
        ("remove([1, 2, 3], 2)", [1, 3]),
        ("remove([1, 2, 3], -1)", [1, 2]),
        ("list replace([1, 2], 2, 5)", [1, 5]),
        ("list replace([1, 2, 3], function(item, newItem) item < newItem, 2)", [2, 2, 3]),
        ("reverse([1, 2])", [2, 1]),
        ("index of([1, 2, 3, 2], 2)", [2, 4]),
        ("index of([1, null], null)", [2]),
        ("union([1, 2], [2, 3])", [1, 2, 3]),
        ("distinct values([1, 2, 1.0, null, null])", [1, 2, None]),
        ("flatten([[1, [2]], 3])", [1, 2, 3]),
        ("sort([3, 1, 2])", [1, 2, 3]),
        ('sort(["b", "a"], function(x, y) x < y)', ["a", "b"]),
        ("sort(list: [2, 1], precedes: function(x, y) x > y)", [2, 1]),
        ("sort([])", []),
        ("is empty([])", True),
        ("duplicate values([1, 2, 1, 2, 3])", [1, 2]),
        ("partition([1, 2, 3], 2)", [[1, 2], [3]]),
    ],
)
def test_functions_over_lists(value, text, expected):
    assert value(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "count(null)",
        "count()",
        'min([1, "a"])',
        "max([null])",
        "max([[1]])",
        'sum([1, "a"])',
        'sum(["a", "b"])',
        'mean(["a"])',
        "stddev([1])",
        "mode([null])",
        "sublist([1], 0)",
        "sublist([1], 1, 5)",
        "insert before([], 1, 1)",
        "remove([1], 2)",
        "list replace([1], function(a) true, 1)",
        "list replace([1], function(a, b) 1, 1)",
        'sort([1, "a"])',
        "partition([1], 0)",
        "flatten(null)",
    ],
)
def test_wrong_arguments_are_null_with_a_warning(result, text):
    evaluated = result(text)
    assert evaluated.value is None
    assert evaluated.warnings


numbers = st.lists(st.integers(-1000, 1000))


@given(numbers)
def test_sorting_is_sorting(xs):
    assert parse_expression("sort(xs)").evaluate({"xs": xs}).value == sorted(xs)
    descending = parse_expression("sort(xs, function(a, b) a > b)").evaluate({"xs": xs}).value
    assert descending == sorted(xs, reverse=True)


@given(numbers)
def test_lists_agree_with_python(xs):
    scope = {"xs": xs}
    assert parse_expression("distinct values(xs)").evaluate(scope).value == list(dict.fromkeys(xs))
    assert parse_expression("reverse(reverse(xs)) = xs").evaluate(scope).value is True
    assert parse_expression("sum(append(xs, 0))").evaluate(scope).value == sum(xs)
    assert parse_expression("count(xs[item > 0])").evaluate(scope).value == sum(x > 0 for x in xs)
