from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.feel import parse_expression


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("decimal(1/3, 2)", Decimal("0.33")),
        ("decimal(2.5, 0)", 2),
        ("decimal(125, -1)", 120),
        ("floor(-1.5)", -2),
        ("floor(-1.56, 1)", Decimal("-1.6")),
        ("ceiling(1.5)", 2),
        ("round up(5.5, 0)", 6),
        ("round down(-5.5, 0)", -5),
        ("round half up(-5.5, 0)", -6),
        ("round half down(5.5, 0)", 5),
        ("round half up(1.5, 6000)", Decimal("1.5")),
        ("abs(-10)", 10),
        ('abs(@"-PT5H")', "PT5H"),
        ('abs(@"-P5M")', "P5M"),
        ("modulo(12, 5)", 2),
        ("modulo(-12, 5)", 3),
        ("modulo(12, -5)", -3),
        ("modulo(10.1, 4.5)", Decimal("1.1")),
        ("modulo(1e40, 3)", 1),
        ("modulo(-1e6000, 7)", 6),
        ("sqrt(16)", 4),
        ("decimal(log(10), 8)", Decimal("2.30258509")),
        ("decimal(exp(5), 8)", Decimal("148.41315910")),
        ("odd(5)", True),
        ("odd(-2)", False),
        ("even(0)", True),
        ("even(1.5)", False),
        ("odd(1.5)", False),
        ("even(1e40)", True),
        ("odd(1e6000)", False),
    ],
)
def test_functions_over_numbers(value, text, expected):
    assert value(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "decimal(1, 9999)",
        "floor(null)",
        'abs("1")',
        "modulo(1, 0)",
        "sqrt(-1)",
        "log(0)",
        "log(-1)",
        "exp(1e10)",
        'odd("1")',
        "round up(1.5)",
    ],
)
def test_wrong_arguments_are_null_with_a_warning(result, text):
    evaluated = result(text)
    assert evaluated.value is None
    assert len(evaluated.warnings) == 1


@given(st.decimals(-(10**20), 10**20, allow_nan=False, places=10), st.integers(-5, 8))
def test_rounding_stays_within_one_unit_and_keeps_its_side(number, scale):
    scope = {"n": number, "s": scale}
    unit = Decimal(1).scaleb(-scale)
    down, up = (parse_expression(f"{name}(n, s)").evaluate(scope).value for name in ("floor", "ceiling"))
    assert down <= number <= up
    assert up - down in (0, unit)
    for name in ("decimal", "round up", "round down", "round half up", "round half down"):
        assert parse_expression(f"{name}(n, s)").evaluate(scope).value in (down, up)
