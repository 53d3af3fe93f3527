from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.feel import parse_expression


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.1 + 0.2 = 0.3", True),
        ("1 / 3", Decimal("0.3333333333333333333333333333333333")),
        ("2 / 3 * 3", Decimal("2.000000000000000000000000000000000")),
        ("10 ** 20 + 1", 100000000000000000001),
        ("2 ** 0.5", Decimal("1.414213562373095048801688724209698")),
        ("2 ** -1", Decimal("0.5")),
        ('"甲" + "乙"', "甲乙"),
        ("1 = 1.0", True),
        ('"a" < "b"', True),
        ("[1, 2] = [1, 2.0]", True),
        ("[1, 2] = [2, 1]", False),
        ("[1] = [1, 2]", False),
        ('{a: 1, b: "x"} = {b: "x", a: 1}', True),
        ("{a: 1} = {a: 2}", False),
        ("{a: 1} = {b: 1}", False),
        ("[1..5] = [1..5]", True),
        ("[1..5] = [1..5)", False),
        ("null = null", True),
        ("null != 1", True),
        ("1 = null", False),
        ('@"10:00:00+01:00" = @"09:00:00Z"', True),
        ('@"2026-03-01T08:00:00+08:00" = @"2026-03-01T00:00:00Z"', True),
        ('@"2026-03-01T08:00:00@Asia/Shanghai" = @"2026-03-01T00:00:00Z"', True),
        ('@"2026-03-01T08:00:00" = @"2026-03-01T08:00:00Z"', False),
        ('@"P1D" = @"PT24H"', True),
        ('@"2026-03-01" < @"2026-03-02"', True),
        ('@"P1Y" > @"P11M"', True),
        ("5 between 1 and 5", True),
        ("0 between 1 and 5", False),
        ('5 between "a" and 3', False),
        ("not(5 in [1..3])", True),
        ("{a: 0.5, b: [null]} = {a: 1/2, b: [null]}", True),
        # A value without an offset takes that of the other (table 54); equality does not (table 53).
        ('@"10:00:00" < @"10:00:01Z"', True),
        ('@"10:00:00+08:00" < @"10:00:00"', False),
        ('@"10:00:00" >= @"10:00:00Z"', True),
        ('@"2026-03-01T08:00:00" < @"2026-03-01T08:00:01@Asia/Shanghai"', True),
        ('@"2026-03-01T08:00:00" in [@"2026-03-01T08:00:00Z"..@"2026-03-02T00:00:00Z"]', True),
        ("0 ** 0", 1),
        ("0 ** 2", 0),
        ("-2 ** 3", -8),
        ("string(-0)", "0"),
        ("string(0 * -1.0)", "0.0"),
        ("[3..3].start", 3),
        ('["a".."b"].end', "b"),
    ],
)
def test_operators_over_values_of_one_kind(value, text, expected):
    assert value(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        '1 + "1"',
        "1 / 0",
        "0 ** -1",
        "true + 1",
        "-true",
        '-"a"',
        '"a" * 2',
        "[1] + [2]",
        "null + 1",
        '1 = "1"',
        "true = 1",
        "1 < true",
        "1 >= true",
        "(< null)",
        '"a" > 1',
        "null < 1",
        "[1] < [2]",
        "5 between null and 6",
        '@"2026-03-01T00:00:00" - @"2026-03-01T00:00:00Z"',
        '@"2026-03-01" < @"2026-03-01T00:00:00"',
        '@"P1Y" < @"P1D"',
        '@"2026-03-01" + 1',
        '@"P1D" / 0',
        '1 in ["a".."z"]',
        "1 in [null..5]",
        # The ends of a range are of one kind and in order (10.3.2.7).
        "[5..1]",
        '[1.."a"]',
        '[@"2026-03-02"..@"2026-03-01"]',
        "[true..true]",
        "(< true)",
        "4 in [5..1]",
        "2 ** 1000000000",
        "(-8) ** (1/3)",
        "9e6144 * 10",
    ],
)
def test_operators_over_other_values_are_null_with_one_warning(result, text):
    evaluated = result(text)
    assert evaluated.value is None
    assert len(evaluated.warnings) == 1


@given(st.integers(), st.integers())
def test_integers_compare_exactly(a, b):
    scope = {"a": a, "b": b}
    for sign, expected in (("<", a < b), ("<=", a <= b), ("=", a == b), ("!=", a != b)):
        assert parse_expression(f"a {sign} b").evaluate(scope).value is expected


# One value of each kind, and which pairs of kinds an operator is defined for (DMN 1.5, tables 54 and 57 to 60).
KINDS = {
    "number": "2",
    "string": '"a"',
    "boolean": "true",
    "null": "null",
    "list": "[2]",
    "context": "{a: 2}",
    "range": "[1..2]",
    "function": "(function(x) x)",
    "date": '@"2026-03-02"',
    "time": '@"09:00:00Z"',
    "date and time": '@"2026-03-02T09:00:00Z"',
    "days": '@"P1D"',
    "months": '@"P1M"',
}
POINTS_OF_TIME = ("date", "date and time")
ORDERED = ("number", "string", "date", "time", "date and time", "days", "months")
DEFINED = {
    "+": {
        *((kind, kind) for kind in ("number", "string", "days", "months")),
        *((kind, "days") for kind in (*POINTS_OF_TIME, "time")),
        *(("days", kind) for kind in (*POINTS_OF_TIME, "time")),
        *((kind, "months") for kind in POINTS_OF_TIME),
        *(("months", kind) for kind in POINTS_OF_TIME),
    },
    "-": {
        *((kind, kind) for kind in ("number", "time", "days", "months")),
        *((one, other) for one in POINTS_OF_TIME for other in (*POINTS_OF_TIME, "days", "months")),
        ("time", "days"),
    },
    "*": {("number", "number"), *((one, other) for kind in ("days", "months") for one, other in ((kind, "number"), ("number", kind)))},
    "/": {("number", "number"), *((kind, other) for kind in ("days", "months") for other in ("number", kind))},
    "**": {("number", "number")},
    **{sign: {(kind, kind) for kind in ORDERED} for sign in ("<", "<=", ">", ">=")},
    # Equality is defined for two of one kind, and for null and anything (tables 49 and 53).
    "=": {*((kind, kind) for kind in KINDS), *(("null", kind) for kind in KINDS), *((kind, "null") for kind in KINDS)},
}  # fmt: skip


@pytest.mark.parametrize("operator", DEFINED)
def test_an_operator_is_defined_for_the_pairs_of_the_tables_and_no_others(result, operator):
    for one, left in KINDS.items():
        for other, right in KINDS.items():
            if {one, other} == {"function"}:
                continue  # two functions written apart
            evaluated = result(f"{left} {operator} {right}")
            assert (evaluated.value is not None) is ((one, other) in DEFINED[operator]), (one, operator, other)
            assert bool(evaluated.warnings) is (evaluated.value is None)


def test_unequal_is_not_equal(result):
    for left in KINDS.values():
        for right in KINDS.values():
            assert result(f"{left} != {right}").value is result(f"not({left} = {right})").value


@pytest.mark.parametrize("kind", KINDS)
def test_only_numbers_and_durations_are_negated(result, kind):
    assert (result(f"-{KINDS[kind]}").value is not None) is (kind in {"number", "days", "months"})


TYPES = {
    **{kind: kind for kind in ("number", "string", "boolean", "date", "time", "date and time")},
    "null": "Null",
    "list": "list<Any>",
    "context": "context<a: Any>",
    "range": "range<Any>",
    "function": "function<Any>->Any",
    "days": "days and time duration",
    "months": "years and months duration",
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_value_is_an_instance_of_its_own_type_and_of_any(result, kind):
    found = [each for each, type in TYPES.items() if result(f"{KINDS[kind]} instance of {type}").value is True]
    assert found == [kind]
    assert result(f"{KINDS[kind]} instance of Any").value is (kind != "null")
