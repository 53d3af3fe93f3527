from __future__ import annotations

from itertools import product

import pytest

from workflows.feel import parse_expression
from workflows.feel.values import Range


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


# DMN 1.5, table 78, as it stands there. p is a point, r a range.
TABLE_78 = {
    "before(p, p)": "a < b",
    "before(p, r)": "a < b.start or (a = b.start and not(b.start included))",
    "before(r, p)": "a.end < b or (a.end = b and not(a.end included))",
    "before(r, r)": "a.end < b.start or ((not(a.end included) or not(b.start included)) and a.end = b.start)",
    "after(p, p)": "a > b",
    "after(p, r)": "a > b.end or (a = b.end and not(b.end included))",
    "after(r, p)": "a.start > b or (a.start = b and not(a.start included))",
    "after(r, r)": "a.start > b.end or ((not(a.start included) or not(b.end included)) and a.start = b.end)",
    "meets(r, r)": "a.end included and b.start included and a.end = b.start",
    "met by(r, r)": "a.start included and b.end included and a.start = b.end",
    "overlaps(r, r)": "(a.end > b.start or (a.end = b.start and a.end included and b.start included))"
    " and (a.start < b.end or (a.start = b.end and a.start included and b.end included))",
    "overlaps before(r, r)": "(a.start < b.start or (a.start = b.start and a.start included"
    " and not(b.start included))) and (a.end > b.start or (a.end = b.start and a.end included"
    " and b.start included)) and (a.end < b.end or (a.end = b.end and (not(a.end included) or b.end included)))",
    "overlaps after(r, r)": "(b.start < a.start or (b.start = a.start and b.start included"
    " and not(a.start included))) and (b.end > a.start or (b.end = a.start and b.end included"
    " and a.start included)) and (b.end < a.end or (b.end = a.end and (not(b.end included) or a.end included)))",
    "finishes(p, r)": "b.end included and b.end = a",
    "finishes(r, r)": "a.end included = b.end included and a.end = b.end and (a.start > b.start"
    " or (a.start = b.start and (not(a.start included) or b.start included)))",
    "finished by(r, p)": "a.end included and a.end = b",
    "finished by(r, r)": "a.end included = b.end included and a.end = b.end and (a.start < b.start"
    " or (a.start = b.start and (a.start included or not(b.start included))))",
    "includes(r, p)": "(a.start < b and a.end > b) or (a.start = b and a.start included)"
    " or (a.end = b and a.end included)",
    "includes(r, r)": "(a.start < b.start or (a.start = b.start and (a.start included or not(b.start included))))"
    " and (a.end > b.end or (a.end = b.end and (a.end included or not(b.end included))))",
    "during(p, r)": "(b.start < a and b.end > a) or (b.start = a and b.start included)"
    " or (b.end = a and b.end included)",
    "during(r, r)": "(b.start < a.start or (b.start = a.start and (b.start included or not(a.start included))))"
    " and (b.end > a.end or (b.end = a.end and (b.end included or not(a.end included))))",
    "starts(p, r)": "b.start = a and b.start included",
    "starts(r, r)": "a.start = b.start and a.start included = b.start included and (a.end < b.end"
    " or (a.end = b.end and (not(a.end included) or b.end included)))",
    "started by(r, p)": "a.start = b and a.start included",
    "started by(r, r)": "a.start = b.start and a.start included = b.start included and (b.end < a.end"
    " or (b.end = a.end and (not(b.end included) or a.end included)))",
    "coincides(p, p)": "a = b",
    "coincides(r, r)": "a.start = b.start and a.start included = b.start included and a.end = b.end"
    " and a.end included = b.end included",
}


POINTS = [1, 2, 3]
RANGES = [
    Range(start, end, *included)
    for start in POINTS
    for end in POINTS[start - 1 :]
    for included in product([True, False], repeat=2)
    if start < end or included == (True, True)
]
KINDS = {"p": POINTS, "r": RANGES}


@pytest.mark.parametrize("signature", TABLE_78)
def test_a_relation_is_what_the_table_says_for_every_pair_of_small_ranges(signature):
    name, _, kinds = signature.partition("(")
    ours, theirs = parse_expression(f"{name}(a, b)"), parse_expression(TABLE_78[signature])
    for a, b in product(KINDS[kinds[0]], KINDS[kinds[3]]):
        scope = {"a": a, "b": b}
        expected = theirs.evaluate(scope).value
        assert type(expected) is bool
        assert ours.evaluate(scope).value is expected, scope


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("before(1, (> 5))", True),
        ("before((< 5), 5)", True),
        ("before((<= 5), 5)", False),
        ("before(1, (< 5))", False),
        ("after(9, (<= 8))", True),
        ("meets((<= 5), (>= 5))", True),
        ("met by((>= 5), (< 5))", False),
        ("overlaps((< 5), (> 3))", True),
        ("overlaps((< 5), (> 5))", False),
        ("overlaps((< 5), (< 1))", True),
        ("overlaps before((< 5), [3..8])", True),
        ("overlaps after((> 5), [3..8])", True),
        ("includes((> 5), 7)", True),
        ("includes((> 5), 5)", False),
        ("includes((< 5), (< 3))", True),
        ("during([6..7], (> 5))", True),
        ("starts(5, (>= 5))", True),
        ("starts((< 3), (< 5))", True),
        ("finishes((> 5), (> 3))", True),
        ("finished by((> 3), (> 5))", True),
        ("coincides((< 5), (< 5))", True),
        ("coincides((< 5), (> 5))", False),
    ],
)
def test_the_end_that_a_range_has_not_lies_beyond_everything(value, text, expected):
    assert value(text) is expected


@pytest.mark.parametrize("text", ["before(null, 1)", 'before(1, "a")', "meets(1, [1..2])", "before(true, false)"])
def test_relations_of_what_has_no_order_are_null(result, text):
    evaluated = result(text)
    assert evaluated.value is None
    assert evaluated.warnings
