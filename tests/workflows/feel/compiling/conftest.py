"""The variables that the tables of these tests read."""

from __future__ import annotations

import pytest


@pytest.fixture
def scope():
    return {
        "xs": [1, 2.5, 3],
        "rows": [{"name": "甲", "n": 1}, {"name": "乙", "n": 2}, {"n": 3}],
        "one": {"a": {"b": 7}},
        "item": "outer",
        "n": 100,
        "date": "a variable",
    }
