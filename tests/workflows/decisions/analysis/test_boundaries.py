"""Which cells can be cut into segments, and where."""

from __future__ import annotations

from decimal import Decimal

import pytest

from workflows.decisions.analysis.boundaries import boundaries
from workflows.feel import parse_unary_tests
from workflows.feel.values import Date, Duration, Months, Time
from workflows.feel.values.temporal_text import parse_date_time


@pytest.mark.parametrize(
    ("cell", "values"),
    [
        ("5", [5]),
        ("-5", [-5]),
        ("- 2 * 3", [-6]),
        ("< 5, >= 7", [5, 7]),
        ("[1..5)", [1, 5]),
        ("(< 5)", [5]),
        ("not(1, [3..4])", [1, 3, 4]),
        ("!= 5", [5]),
        ("? > 5 and ? < 9 or not(? = 7)", [5, 9, 7]),
        ("5 < ?", [5]),
        ("? between 2 and 4", [2, 4]),
        ("? in (1, > 3, [5..6])", [1, 3, 5, 6]),
        ("? in [1, 2]", [1, 2]),
        ('"甲", "乙"', ["甲", "乙"]),
        ('list contains(["甲"], ?)', ["甲"]),
        ('upper case("a")', ["A"]),
        ("true", [True]),
        ("?", [True]),
        ("null", [None]),
        ('date("2026-03-01")', [Date(2026, 3, 1)]),
        ('@"2026-03-01"', [Date(2026, 3, 1)]),
        ('< time("09:30:00")', [Time(9, 30, 0)]),
        ('> date and time("2026-03-01T09:30:00+08:00")', [parse_date_time("2026-03-01T09:30:00+08:00")]),
        ('[duration("P1D")..@"P2D"]', [Duration(86_400 * 10**9), Duration(2 * 86_400 * 10**9)]),
        ('> @"P1Y"', [Months(12)]),
        ('date("2026-03-01") + duration("P1D")', [Date(2026, 3, 2)]),
    ],
)
def test_the_values_of_a_plain_cell_are_where_its_answer_can_change(cell: str, values: list[object]) -> None:
    found = boundaries(parse_unary_tests(cell))
    assert found.plain
    assert found.closed
    assert list(found.values) == values
    one_kind = {int: Decimal}
    assert [one_kind.get(type(value), type(value)) for value in found.values] == [
        one_kind.get(type(value), type(value)) for value in values
    ]


@pytest.mark.parametrize(
    "cell",
    [
        "modulo(?, 2) = 0",
        "? * 2 > 5",
        "> ?",
        "5 in (? .. 9)",
        "if ? > 1 then true else false",
        "? > 5 and string length(string(?)) = 2",
        'starts with(?, "E01")',
        '["a".."f"]',
        '< "f"',
        'time("09:00:00+08:00")',
        "{a: 1}",
        "some x in [1, 2] satisfies x = ?",
        "? instance of number",
    ],
)
def test_other_cells_on_the_input_alone_can_only_be_asked(cell: str) -> None:
    found = boundaries(parse_unary_tests(cell))
    assert not found.plain
    assert found.closed


@pytest.mark.parametrize(
    "cell",
    [
        "> limit",
        "5, limit",
        "f(?)",
        "< today()",
        "not(now())",
        "? > limit or true",
        '< working due(@"2026-03-02", 1, "work_day")',
    ],
)
def test_cells_on_variables_host_functions_or_the_clock_cannot_even_be_asked(cell: str) -> None:
    found = boundaries(parse_unary_tests(cell))
    assert not found.plain
    assert not found.closed


def test_a_cell_that_costs_too_much_is_not_looked_into() -> None:
    assert not boundaries(parse_unary_tests("count(for i in 1..1000000 return i)")).plain


def test_what_has_no_value_is_a_problem_and_no_boundary() -> None:
    found = boundaries(parse_unary_tests('date("2024-02-30"), < 5'))
    assert found.plain
    assert found.values == (Decimal(5),)
    assert len(found.problems) == 1
