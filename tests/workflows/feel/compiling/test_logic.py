from __future__ import annotations

import pytest

from workflows.feel import FeelSyntaxError, parse_expression

A, B = (True, False, None), {True: "true", False: "false", None: "null"}


@pytest.mark.parametrize("left", A)
@pytest.mark.parametrize("right", A)
def test_and_or_follow_the_three_valued_tables(result, left, right):
    conjunction = False if False in (left, right) else None if None in (left, right) else True
    disjunction = True if True in (left, right) else None if None in (left, right) else False
    assert result(f"{B[left]} and {B[right]}").value is conjunction
    assert result(f"{B[left]} or {B[right]}").value is disjunction
    assert result(f'{B[left]} and "x"').value is (False if left is False else None)


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
