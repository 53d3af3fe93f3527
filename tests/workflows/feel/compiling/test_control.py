from __future__ import annotations

import pytest


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
def test_choices_and_iterations(value, scope, text, expected):
    assert value(text, scope) == expected


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
