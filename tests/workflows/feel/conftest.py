"""One evaluation for the tables of the tests: text and variables in, JSON value out."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from workflows.feel import parse_expression, to_json

NOW = datetime(2026, 3, 2, 7, 30, tzinfo=ZoneInfo("Asia/Shanghai"))


def evaluate(text, scope=None, names=()):
    return parse_expression(text, names).evaluate(scope or {}, now=NOW)


@pytest.fixture
def value():
    return lambda text, scope=None, names=(): to_json(evaluate(text, scope, names).value)


@pytest.fixture
def result():
    return evaluate
