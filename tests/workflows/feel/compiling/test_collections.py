from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("xs[1]", 1),
        ("xs[-1]", 3),
        ("xs[count(xs)]", 3),
        ("xs[one.a.b - 5]", 2.5),
        ("xs[item > 2]", [2.5, 3]),
        ("xs[true]", [1, 2.5, 3]),
        ("xs[false]", []),
        ("xs[null]", []),
        ("rows[n > 1].n", [2, 3]),
        ("rows[item.n = 2].name", ["乙"]),
        ("rows[name = null].n", [3]),
        ("rows[n = 1][1].name", "甲"),
        ("rows.n", [1, 2, 3]),
        ("rows.name", ["甲", "乙", None]),
        ("xs[item < n]", [1, 2.5, 3]),
        ("rows[some x in xs satisfies x = n].n", [1, 3]),
        ("[{item: 1}, {item: 2}][item >= 2]", [{"item": 2}]),
        ("[[1], [2, 3]][count(item) > 1]", [[2, 3]]),
        ("one[a.b = 7].a.b", [7]),
        ("n[1]", 100),
        ("n[item > 5]", [100]),
        ("null[1]", None),
        ("null[true]", []),
        ("item", "outer"),
        ("one.a.b", 7),
        ("[[{a: 1}], [{a: 2}]].a", [[1], [2]]),
        ("{a: 1, b: a + 1, c: {d: b + n}}.c.d", 102),
        ("{n: 1, r: n}.r", 1),
        ("{n: n + 1}.n", 101),
        ('{"a b": 1}', {"a b": 1}),
    ],
)
def test_lists_contexts_filters_and_paths(value, scope, text, expected):
    assert value(text, scope) == expected


@pytest.mark.parametrize(
    "text", ["xs[0]", "xs[4]", "xs[1.5]", 'xs["a"]', "one.nothing", "null.a", "n.a", "{a: 1, a: 2}", "[1][item()]"]
)
def test_what_is_not_there_is_null_with_a_warning(result, scope, text):
    evaluated = result(text, scope)
    assert evaluated.value in (None, [])
    assert evaluated.warnings


def test_foreign_values_are_left_out_of_what_a_filter_chooses(result):
    evaluated = result("count(xs[item > 0])", {"xs": [1, object(), 2]})
    assert evaluated.value == 2
    assert evaluated.warnings
