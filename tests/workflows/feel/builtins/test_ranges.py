from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("before(1, 10)", True),
        ("before(1, (1..10])", True),
        ("before([1..10), [10..20])", True),
        ("before([1..10], [10..20])", False),
        ("after(12, [1..10])", True),
        ("after(point: 12, range: [1..10])", True),
        ("meets([1..5], [5..10])", True),
        ("met by([5..10], [1..5))", False),
        ("overlaps([1..5], [5..8])", True),
        ("overlaps([1..5), [5..8])", False),
        ("overlaps before([1..5], [3..8])", True),
        ("overlaps after(range1: [3..8], range2: [1..5])", True),
        ("finishes(10, [1..10])", True),
        ("finished by([1..10], [5..10])", True),
        ("includes([1..10], 5)", True),
        ("during((1..5), [1..5])", True),
        ("starts([1..5], [1..10])", True),
        ("started by([1..10], 1)", True),
        ("coincides([1..5], [1..5])", True),
        ('during(@"2026-03-01", [@"2026-01-01"..@"2026-04-01"])', True),
    ],
)
def test_relations_of_ranges_and_points(value, text, expected):
    assert value(text) is expected


@pytest.mark.parametrize("text", ["before(null, 1)", 'before(1, "a")', "meets(1, [1..2])", "before(1, (< 5))"])
def test_relations_of_what_has_no_order_are_null(result, text):
    evaluated = result(text)
    assert evaluated.value is None
    assert evaluated.warnings


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('day of year(@"2026-03-01")', 60),
        ('day of week(@"2026-03-02")', "Monday"),
        ('month of year(@"2026-03-02T00:00:00")', "March"),
        ('week of year(@"2005-01-01")', 53),
        ('week of year(@"2026-12-31")', 53),
    ],
)
def test_the_calendar(value, text, expected):
    assert value(text) == expected
