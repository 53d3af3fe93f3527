from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.feel import parse_expression
from workflows.feel.values import CONTEXT


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('@"2026-01-31" + @"P1M"', "2026-02-28"),
        ('@"2024-02-29" + @"P1Y"', "2025-02-28"),
        ('@"2026-03-01" - @"P1M"', "2026-02-01"),
        ('@"2026-03-01" + @"P1DT23H"', "2026-03-02"),
        ('@"2026-03-01" - @"PT1H"', "2026-02-28"),
        ('@"P1D" + @"2026-03-01"', "2026-03-02"),
        ('@"2026-03-01" - @"2026-02-01"', "P28D"),
        ('@"2026-03-01T09:00:00+08:00" + @"PT20H"', "2026-03-02T05:00:00+08:00"),
        ('@"PT20H" + @"2026-03-01T09:00:00Z"', "2026-03-02T05:00:00Z"),
        ('@"2026-03-29T01:30:00@Europe/Paris" + @"PT1H"', "2026-03-29T03:30:00@Europe/Paris"),
        ('@"2026-01-31T09:00:00" + @"P1M"', "2026-02-28T09:00:00"),
        ('@"P1M" + @"2026-01-31T09:00:00"', "2026-02-28T09:00:00"),
        ('@"P1M" + @"2026-01-31"', "2026-02-28"),
        ('@"2026-03-31T09:00:00" - @"P1M"', "2026-02-28T09:00:00"),
        ('@"2026-03-01T09:00:00Z" - @"PT10H"', "2026-02-28T23:00:00Z"),
        ('@"2026-03-02T00:00:00Z" - @"2026-03-01T08:00:00+08:00"', "P1D"),
        ('@"2026-03-02" - @"2026-03-01T00:00:00Z"', "P1D"),
        ('@"2026-03-02T00:00:00Z" - @"2026-03-01"', "P1D"),
        ('@"23:30:00" + @"PT1H"', "00:30:00"),
        ('@"PT1H" + @"23:30:00"', "00:30:00"),
        ('@"00:30:00" - @"PT1H"', "23:30:00"),
        ('@"10:00:00" - @"09:15:00"', "PT45M"),
        ('@"10:00:00+08:00" - @"09:15:00"', "PT45M"),
        ('@"10:00:00+08:00" - @"02:00:00Z"', "PT0S"),
        ('@"P1D" + @"PT12H"', "P1DT12H"),
        ('@"P1Y" - @"P1M"', "P11M"),
        ('@"PT1H" * 1.5', "PT1H30M"),
        ('2 * @"P1M"', "P2M"),
        ('@"P1Y" / 5', "P2M"),
        ('@"P1D" / @"PT1H"', 24),
        ('@"P1Y" / @"P1M"', 12),
        ('-@"P1D"', "-P1D"),
        ('-@"P1Y"', "-P1Y"),
        ("-(1 + 1)", -2),
    ],
)
def test_temporal_arithmetic(value, text, expected):
    assert value(text) == expected


decimals = st.decimals(min_value=-(10**15), max_value=10**15, allow_nan=False, places=6)


@given(decimals, decimals, decimals)
def test_arithmetic_is_that_of_decimal128(a, b, c):
    scope = {"a": a, "b": b, "c": c}
    expected = CONTEXT.subtract(CONTEXT.add(a, CONTEXT.multiply(b, c)), b)
    assert parse_expression("a + b * c - b").evaluate(scope).value == expected
    assert parse_expression("a < b or a = b or a > b").evaluate(scope).value is True
