from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("text", "expected"),
    [
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
def test_not_and_is(value, text, expected):
    assert value(text) == expected
