from __future__ import annotations

import pytest


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
